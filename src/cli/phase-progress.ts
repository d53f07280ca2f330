import type { Output } from './io.ts';

/** Says on a terminal what is being done, once it takes more than a second. Silent where nobody watches. */
export interface PhaseProgress {
  begin(phase: string): void;
  clear(): void;
}

const PATIENCE_MS = 1000;

/** @param now milliseconds of a clock that does not go back. */
export function createPhaseProgress(output: Output, now: () => number = () => performance.now()): PhaseProgress {
  if (!output.isTTY) return { begin: () => undefined, clear: () => undefined };
  const started = now();
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;
  const draw = (text: string): void => {
    drawn = text !== '';
    void output.write(`\r\u001b[2K${text}`);
  };
  return {
    begin(phase) {
      clearTimeout(timer);
      const wait = PATIENCE_MS - (now() - started);
      // Rendering holds the event loop, so what comes late is told at its beginning.
      if (wait <= 0) draw(`${phase} …`);
      else timer = setTimeout(() => draw(`${phase} …`), wait).unref();
    },
    clear() {
      clearTimeout(timer);
      if (drawn) draw('');
    },
  };
}
