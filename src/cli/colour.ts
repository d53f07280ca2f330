import { createStyle, type Style } from '../report/style.ts';
import type { Io, Output } from './io.ts';

/** Colour as asked for, else on a terminal unless NO_COLOR is set. @see https://no-color.org */
export function styleFor(output: Output, wanted: boolean | undefined, { env }: Io): Style {
  const noColour = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return createStyle(wanted ?? (output.isTTY && !noColour));
}
