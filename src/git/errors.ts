import { GitfedError } from '../errors.ts';

/** A git process that failed; `stderr` has its words, without the credentials of any URL. */
export class GitProcessError extends GitfedError {
  readonly stderr: string;
  /** Absent where it did not come to an end of its own: it could not be started, was killed, or was silent for too long. */
  readonly exitCode: number | undefined;

  constructor(message: string, stderr: string, exitCode?: number) {
    super('GIT', message);
    this.name = 'GitProcessError';
    this.stderr = stderr;
    this.exitCode = exitCode;
  }
}

/**
 * Whether git was asked something and answered no, which it does by ending with 1. What broke off, whyever, is no answer: to take it for one
 * would make a branch that went back look like one that never was followed.
 */
export function isNo(error: unknown): error is GitProcessError {
  return error instanceof GitProcessError && error.exitCode === 1;
}

/** Makes an error of ours out of why a process failed: its own words, or those of whoever could not start it. */
export function gitFailure(error: unknown, command: string, exitCode?: number): GitProcessError {
  const stderr = withoutCredentials(error instanceof Error ? error.message : String(error)).trim();
  return new GitProcessError(`git ${command} failed: ${explain(stderr)}`, stderr, exitCode);
}

/** What git says is written for somebody at its prompt; these happen to people who only ever typed "gitfed". */
function explain(stderr: string): string {
  if (/dubious ownership/.test(stderr)) {
    return 'the repository belongs to another user. If it is to be trusted, run: git config --global --add safe.directory PATH';
  }
  if (/ENOENT/.test(stderr) && /spawn/.test(stderr)) return 'git was not found. Install git and put it on the PATH.';
  if (/No space left on device|[Dd]isk quota exceeded|Out of diskspace/.test(stderr))
    return 'the disk is full. Make room, and try again.';
  const unwritten = /couldn't write '(?<file>[^']+)'/.exec(stderr)?.groups?.['file'];
  if (unwritten !== undefined) return `${unwritten} could not be written. Look whether the disk is full.`;
  if (/block timeout reached/.test(stderr)) return 'git gave no answer in time.';
  if (/Authentication failed|could not read Username|Permission denied \(publickey/.test(stderr)) {
    return `the remote refused the credentials: ${firstLine(stderr)}`;
  }
  return firstLine(stderr);
}

function firstLine(text: string): string {
  const lines = text.split(/[\r\n]/).filter((line) => line.trim() !== '' && !isProgress(line));
  const telling = lines.find((line) => /^(?:fatal|error|remote):/.test(line)) ?? lines[0] ?? 'it gave no reason';
  return telling.replace(/^(?:fatal|error): /, '');
}

/** What the server said of it, as one line; `''` where it said nothing. */
export function serverWords(stderr: string): string {
  return stderr
    .split(/[\r\n]/)
    .filter((line) => line.startsWith('remote: ') && !isProgress(line))
    .map((line) => line.slice('remote: '.length).trim())
    .filter((line) => line !== '')
    .slice(0, 5)
    .join(' ');
}

function isProgress(line: string): boolean {
  return /^(?:remote: )?[A-Z][a-z ]+: +\d|^remote: (?:Enumerating|Total) /.test(line);
}

/**
 * Text without the user name and password of any URL in it. A password that was not encoded may hold anything, so that all up to the last @
 * of a line goes; a path with an @ goes with it.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/(?<scheme>[a-z][a-z0-9+.-]*:\/\/)(?:(?!\w+:\/\/)[^\n'"])*@/gi, '$<scheme>');
}
