import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { VERSION } from '../version.ts';

/** What stopped a command, in words: what, why, and what next. */
export function describeFailure(error: unknown, args: readonly string[]): string {
  if (error instanceof GitfedError && error.code !== 'INTERNAL') return `gitfed: ${lines(error.message)}`;
  if (isFileError(error)) return `gitfed: ${lines(error.message)}`;
  if (isInterruption(error))
    return 'gitfed: stopped. What was done until then stays; the same command goes on from there.';
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `gitfed: internal error: ${lines(details)}`,
    `This is a mistake in gitfed ${VERSION}. Report it with this text and the command: gitfed ${plainText(args.join(' '))}`,
  ].join('\n');
}

/** A pass that was stopped says so in the words of whatever it was about to do. */
function isInterruption(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'AbortError' || ('failure' in error && error.failure === 'Aborted');
}

/** A message may have several lines, and none of them may drive the terminal. */
function lines(text: string): string {
  return text.split('\n').map(plainText).join('\n');
}

/** What the system said about a file that the person named: no mistake of gitfed. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && 'path' in error;
}
