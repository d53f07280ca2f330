import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { compareText } from './text-order.ts';
import { keptText } from './yaml-kept.ts';

/**
 * YAML of a manifest that every YAML 1.1 and 1.2 reader reads back as the same value. Block style, keys `apiVersion`, `kind`, `metadata`
 * and then sorted, LF, a final newline, no document marker. Pure: the same value gives the same bytes.
 *
 * @see https://yaml.org/type/ for the scalars of YAML 1.1 that have to be quoted.
 */
export function formatYaml(manifest: JsonObject): string {
  if (isEmpty(manifest)) return '{}\n';
  return keptText(manifest, '', () => `${writeEntries(manifest, '', HEAD_KEYS)}\n`);
}

const HEAD_KEYS = ['apiVersion', 'kind', 'metadata'] as const;
const NO_HEAD: readonly string[] = [];

function writeMapping(mapping: JsonObject, indent: string): string {
  return keptText(mapping, indent, () => writeEntries(mapping, indent, NO_HEAD));
}

function writeEntries(mapping: JsonObject, indent: string, head: readonly string[]): string {
  let text = '';
  for (const key of orderedKeys(mapping, head)) {
    const value = mapping[key];
    if (value === undefined) continue;
    if (text !== '') text += `\n${indent}`;
    text += `${writeKey(key, indent)}${writeEntryValue(value, indent)}`;
  }
  return text;
}

function orderedKeys(mapping: JsonObject, head: readonly string[]): readonly string[] {
  const keys = Object.keys(mapping);
  if (keys.length > 1) keys.sort(compareText);
  if (head.length === 0) return keys;
  const first = head.filter((key) => Object.hasOwn(mapping, key));
  return [...first, ...keys.filter((key) => !first.includes(key))];
}

/** Keys longer than this are written as `? key`: a scanner looks 1,024 characters ahead for the colon. */
const LONGEST_SIMPLE_KEY = 512;

/** A key with its colon; one that is too long for a line takes two. */
export function writeKey(key: string, indent: string): string {
  const text = isPlain(key) ? key : quote(key);
  return text.length > LONGEST_SIMPLE_KEY ? `? ${text}\n${indent}:` : `${text}:`;
}

function writeEntryValue(value: JsonValue, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return `\n${indent}${writeSequence(value as readonly JsonValue[], indent)}`;
  }
  if (isJsonObject(value)) {
    if (isEmpty(value)) return ' {}';
    const deeper = `${indent}  `;
    return `\n${deeper}${writeMapping(value, deeper)}`;
  }
  return ` ${writeScalar(value as Scalar, `${indent}  `)}`;
}

function writeSequence(items: readonly JsonValue[], indent: string): string {
  return keptText(items, indent, () => {
    const deeper = `${indent}  `;
    return items.map((item) => `- ${writeItem(item, deeper)}`).join(`\n${indent}`);
  });
}

function writeItem(item: JsonValue, indent: string): string {
  if (Array.isArray(item)) return item.length === 0 ? '[]' : writeSequence(item as readonly JsonValue[], indent);
  if (isJsonObject(item)) return isEmpty(item) ? '{}' : writeMapping(item, indent);
  return writeScalar(item as Scalar, indent);
}

function isEmpty(mapping: JsonObject): boolean {
  for (const _key in mapping) return false;
  return Object.keys(mapping).length === 0;
}

export type Scalar = null | boolean | number | bigint | string;

/** A scalar; a text of several lines may be a literal block, whose lines have `indent` in front. */
export function writeScalar(value: Scalar, indent: string): string {
  if (typeof value === 'string') return writeString(value, indent);
  if (typeof value === 'number') return writeNumber(value);
  return String(value);
}

/** YAML 1.1 wants a point in a float with an exponent; a whole number without one would be read as an integer. */
function writeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value);
  const text = Number.isInteger(value) ? value.toExponential() : String(value);
  const [mantissa = '', exponent] = text.split('e');
  if (exponent === undefined) return text;
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}

function writeString(value: string, indent: string): string {
  if (isPlain(value)) return value;
  return isLiteral(value) ? writeLiteral(value, indent) : quote(value);
}

/** Words of any YAML version that are not strings, in lower case. */
const WORDS = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null']);
const LONGEST_WORD = 5;

/** Text that starts with a letter, `_` or `/` and holds nothing that any reader takes for structure. */
const PLAIN = /^[A-Za-z_/](?:[A-Za-z0-9_./@%+,;()=~-]|:(?=[A-Za-z0-9_./-])| (?=[A-Za-z0-9_./(]))*$/;

export function isPlain(value: string): boolean {
  return PLAIN.test(value) && !(value.length <= LONGEST_WORD && WORDS.has(value.toLowerCase()));
}

/** A line that a literal block holds unchanged in every reader: printable, neither indented by a tab nor only spaces. */
const LITERAL_LINE =
  /^(?: *[!-~\u00A1-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFEF][\t -~\u00A1-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFEF]*)?$/;

/** Whether a text of several lines can be a literal block. Its first line must not be indented: the reader takes the block's indentation from it. */
function isLiteral(value: string): boolean {
  if (!value.includes('\n') || /^[ \n]/.test(value)) return false;
  return value.split('\n').every((line) => LITERAL_LINE.test(line));
}

function writeLiteral(value: string, indent: string): string {
  const body = value.replace(/\n+$/, '');
  const newlines = value.length - body.length;
  const chomping = newlines === 0 ? '-' : newlines === 1 ? '' : '+';
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${indent}${line}`));
  // With "+" every newline counts; the last one is written by whoever joins the lines.
  return `|${chomping}\n${lines.join('\n')}${'\n'.repeat(Math.max(0, newlines - 1))}`;
}

/** What is not written as it is: quotes, controls, and characters that a reader or an editor takes for something else. */
const ESCAPED = /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00A0\uFFF0-\uFFFF]/gu;

/**
 * Escapes that YAML 1.1, YAML 1.2 and JSON share. Characters beyond the basic plane stand for themselves, since kubectl refuses their
 * escapes.
 */
export function quote(value: string): string {
  return `"${value.toWellFormed().replace(ESCAPED, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '"':
      return '\\"';
    case '\\':
      return '\\\\';
    case '\n':
      return '\\n';
    case '\t':
      return '\\t';
    case '\r':
      return '\\r';
    default:
      if (character.length > 1) return character;
      return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
}
