import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';

/**
 * The only file that knows js-yaml: its scanner gives events with source offsets, and everything that gives them a meaning is ours.
 */
export { EVENT_ID, type Event, SCALAR_STYLE, type ScalarEvent };

/** The events of one document, and the text they point into (which may differ from the source by a few spaces). */
export interface ScannedDocument {
  readonly events: readonly Event[];
  readonly text: string;
  /** Offset in the source of an offset in `text`. */
  readonly sourceOffset: (offset: number) => number;
}

/** A scanner's complaint: a reason without the text, and where. */
export class ScanError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** Insertions of a space that one document may need; beyond it the scanner's complaint stands. */
const MAX_INSERTIONS = 200;

/**
 * Scans one document.
 *
 * People close a flow collection at the indentation of its parent and kubectl takes that; js-yaml does not, so a space goes before
 * the bracket that it complains about.
 *
 * @throws {ScanError}
 */
export function scanDocument(source: string, maxDepth: number): ScannedDocument {
  const insertions: number[] = [];
  let text = source;
  for (;;) {
    const sourceOffset = (offset: number): number => offset - insertions.filter((at) => at < offset).length;
    try {
      return { events: parseEvents(text, { maxDepth }), text, sourceOffset };
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const offset = Math.min(error.mark?.position ?? 0, text.length);
      const closes = text[offset] === '}' || text[offset] === ']';
      if (error.reason !== 'deficient indentation' || !closes || insertions.length >= MAX_INSERTIONS) {
        throw new ScanError(error.reason, sourceOffset(offset));
      }
      insertions.push(offset);
      text = `${text.slice(0, offset)} ${text.slice(offset)}`;
    }
  }
}

/** The decoded text of a scalar. @throws {ScanError} for escapes that kubectl refuses though js-yaml takes them. */
export function scalarText(scanned: ScannedDocument, event: ScalarEvent): string {
  if (event.valueStart < 0) return '';
  if (event.fast) return scanned.text.slice(event.valueStart, event.valueEnd);
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED) refuseForeignEscapes(scanned, event);
  return getScalarValue(scanned.text, event);
}

function refuseForeignEscapes({ text, sourceOffset }: ScannedDocument, event: ScalarEvent): void {
  for (let at = text.indexOf('\\', event.valueStart); at >= 0 && at < event.valueEnd; at = text.indexOf('\\', at + 2)) {
    if (text[at + 1] === '/') throw new ScanError('unknown escape sequence', sourceOffset(at));
    if (/^u[dD][89a-fA-F]/.test(text.slice(at + 1, at + 4))) {
      throw new ScanError('an escape that names half a character', sourceOffset(at));
    }
  }
}
