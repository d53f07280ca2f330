import { formatYaml, isJsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import { plainText } from './plain-text.ts';
import { compareLines, type LineChange } from './text-lines.ts';

/** Values up to this many characters stand in one line. */
const LONGEST_LINE = 80;
/** Lines shown around a changed line of a long value. */
const CONTEXT = 2;

/** A line of the difference of two values; `gap` stands for lines that are the same and are not shown. */
export type ValueLine = LineChange | { readonly type: 'gap' };

/** A value in one line: JSON that nothing acts on. */
export function shortValue(value: JsonValue): string {
  return plainText(stringifyJson(value));
}

/** Whether a value is read better in lines of its own. */
export function isLongValue(value: JsonValue): boolean {
  return (typeof value === 'string' && value.includes('\n')) || shortValue(value).length > LONGEST_LINE;
}

/** A value in as many lines as it is read best: the lines of a text, YAML for what has a structure. Safe to print. */
export function valueLines(value: JsonValue): readonly string[] {
  if (!isLongValue(value)) return [shortValue(value)];
  return rawLines(value).map(plainText);
}

/** What differs between two values, by lines, with a few lines around. Safe to print. */
export function compareValues(before: JsonValue, after: JsonValue): readonly ValueLine[] {
  const lines = compareLines(rawLines(before).join('\n'), rawLines(after).join('\n'));
  const near = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ type }) => type !== 'kept');
  const shown = lines.map((line, index) => ({ line, index })).filter(({ index }) => near(index));
  return shown.flatMap(({ line, index }, position): readonly ValueLine[] => {
    const isGap = position > 0 && (shown[position - 1]?.index ?? index) < index - 1;
    const safe = { ...line, line: plainText(line.line) };
    return isGap ? [{ type: 'gap' }, safe] : [safe];
  });
}

function rawLines(value: JsonValue): readonly string[] {
  if (typeof value === 'string' && value.includes('\n')) return value.split('\n');
  const isStructure = isJsonObject(value) || (Array.isArray(value) && value.length > 0);
  if (isStructure && stringifyJson(value).length > LONGEST_LINE) {
    // A list has no YAML of its own here: its JSON has a line for each scalar too.
    return (isJsonObject(value) ? formatYaml(value).trimEnd() : stringifyJson(value, 2)).split('\n');
  }
  return [stringifyJson(value)];
}
