/** 0: fine, warnings alone too. 1: ran, and found errors or differences. 2: could not run. 130: watched until it was interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** A stream to write text to. */
export interface Output {
  /** Resolves when more may be written: a slow reader slows us down instead of filling memory. */
  write(text: string): Promise<void>;
  readonly isTTY: boolean;
  /** How wide the terminal is now; absent where there is none. */
  readonly columns?: number | undefined;
  /** Whether its reader has gone: what is written from then on is dropped. */
  readonly isClosed?: boolean;
}

/** What a command sees of the process it runs in. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Commentary: findings, progress, hints. */
  readonly stderr: Output;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of standard input. */
  readonly readInput?: () => Promise<string>;
  /** Asks the person at the terminal; absent where nobody is there to answer. */
  readonly ask?: (question: string) => Promise<string>;
  /** The words that run this program again, all paths absolute: those of Node.js, and the file. */
  readonly self?: readonly string[];
  /** Aborted when the person presses Ctrl-C, or the process is asked to end. Asking for it takes over these signals. */
  interruption(): AbortSignal;
  /** Calls back at each SIGHUP, which then does not end the process. @returns how to end that. */
  readonly onHangup?: (listener: () => void) => () => void;
}
