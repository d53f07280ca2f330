import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from './json.ts';
import type { LayoutNode } from './yaml-layout.ts';
import { isPlain, quote, type Scalar, writeKey, writeScalar } from './yaml-write.ts';

/** How a document writes what is in it. */
export interface BlockStyle {
  /** Of a mapping below the key that has it. */
  readonly step: number;
  /** Of a list below the key that has it: 0 where dashes stand below the first letter of the key. */
  readonly list: number;
  /** Texts of several lines are quoted on one: a block would swallow a comment behind it. */
  readonly isOneLine: boolean;
}

/** A value behind `key:` or `-`: what stands in that line, and the lines below it with their indentation. */
export interface SlotText {
  readonly head: string;
  readonly body: readonly string[];
}

/** Whether a value takes lines of its own. */
export function isFilledCollection(value: JsonValue): value is JsonObject | readonly JsonValue[] {
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(value).length > 0;
}

/** A value behind the colon of a key in this column, in block style. */
export function slotText(value: JsonValue, column: number, style: BlockStyle): SlotText {
  if (isFilledCollection(value)) {
    const deeper = column + (Array.isArray(value) ? style.list : style.step);
    return { head: '', body: blockLines(value, deeper, style) };
  }
  return scalarText(value, column + style.step, style);
}

function scalarText(value: JsonValue, column: number, { isOneLine }: BlockStyle): SlotText {
  if (Array.isArray(value)) return { head: '[]', body: [] };
  if (isJsonObject(value)) return { head: '{}', body: [] };
  if (isOneLine) return { head: flowText(value), body: [] };
  const [head = '', ...body] = writeScalar(value as Scalar, spaces(column)).split('\n');
  return { head, body };
}

/** The lines of a collection that begins in this column. */
export function blockLines(
  value: JsonObject | readonly JsonValue[],
  column: number,
  style: BlockStyle,
): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => itemLines(item, column, style));
  return Object.entries(value).flatMap(([key, item]) => entryLines(key, item as JsonValue, column, style));
}

/** The lines of one entry of a mapping. */
export function entryLines(key: string, value: JsonValue, column: number, style: BlockStyle): readonly string[] {
  const { head, body } = slotText(value, column, style);
  const name = `${spaces(column)}${writeKey(key, spaces(column))}`;
  return [head === '' ? name : `${name} ${head}`, ...body];
}

/** The lines of one item of a list, whose dash is in this column. */
export function itemLines(value: JsonValue, column: number, style: BlockStyle): readonly string[] {
  const start = `${spaces(column)}- `;
  if (isFilledCollection(value)) {
    const [first = '', ...rest] = blockLines(value, column + 2, style);
    return [`${start}${first.slice(column + 2)}`, ...rest];
  }
  const { head, body } = scalarText(value, column + 2, style);
  return [`${start}${head}`, ...body];
}

/** A value on one line, as it may stand anywhere in YAML. */
export function flowText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => flowText(item)).join(', ')}]`;
  if (isJsonObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${flowString(key)}: ${flowText(item)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? flowString(value) : writeScalar(value as Scalar, '');
}

/** `512Mi` and `250m`, which people write without quotes, and every reader takes for text. */
const QUANTITY = /^\d+(?:\.\d+)?(?:[KMGTPE]i|[mkMGTP])$/;

/** Longer collections are written in lines of their own. */
const LONGEST_FLOW = 80;

/** A value on one line in the style of the one that it replaces: the same quotes, or the same brackets. `undefined` where that had neither. */
export function sameStyle(
  text: string,
  { kind, style, contentStart, end }: LayoutNode,
  value: JsonValue,
): string | undefined {
  const first = text[contentStart];
  if (typeof value === 'string') {
    if (kind !== 'scalar' || contentStart === end) return undefined;
    if (first === '"') return quote(value);
    if (style === 'flow' && first !== "'" && QUANTITY.test(value)) return value;
    return first === "'" && /^[ -~]+$/.test(value) ? `'${value.replaceAll("'", "''")}'` : undefined;
  }
  if (style !== 'flow' || !isFilledCollection(value) || end - contentStart <= 2) return undefined;
  if ((kind === 'sequence') !== Array.isArray(value) || kind === 'scalar' || kind === 'alias') return undefined;
  const written = flowText(value);
  return written.length > LONGEST_FLOW ? undefined : written;
}

/** In brackets a comma ends a plain text, and people read fewer of them without quotes. */
export function flowString(value: string): string {
  return isPlain(value) && /^[\w./@%+-]+$/.test(value) ? value : quote(value);
}

/**
 * A value as JSON.
 *
 * @param unit what one level is indented by; `undefined` for all on one line.
 * @param indent of the line that it begins in.
 */
export function jsonText(value: JsonValue, unit: string | undefined, indent: string): string {
  if (unit === undefined) return stringifyJson(value);
  return stringifyJson(value, 1).replaceAll(/\n( *)/g, (_line, levels: string) => {
    return `\n${indent}${unit.repeat(levels.length)}`;
  });
}

export function spaces(count: number): string {
  return ' '.repeat(Math.max(0, count));
}
