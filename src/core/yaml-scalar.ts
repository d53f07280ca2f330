/**
 * A scalar as kubectl's reader resolves it. `float` tells 1e3 from 1000: they are the same value and different keys.
 * `rounded`: an integer outside int64 and uint64 that became the nearest double.
 */
export interface ResolvedScalar {
  readonly value: null | boolean | number | bigint | string;
  readonly float?: boolean;
  readonly rounded?: boolean;
}

/** Why a scalar has no value; in plain words, without the scalar. */
export class ScalarError extends Error {}

const TRUE = ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'];
const FALSE = ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'];
const NULL = ['', '~', 'null', 'Null', 'NULL'];
const INFINITE = ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'];
const NEGATIVE_INFINITE = ['-.inf', '-.Inf', '-.INF'];
const NOT_A_NUMBER = ['.nan', '.NaN', '.NAN'];

/** Words with a meaning of their own. Other spellings (`nULL`, `tRUE`) are strings. */
const WORDS = new Map<string, null | boolean | number>([
  ...TRUE.map((word) => [word, true] as const),
  ...FALSE.map((word) => [word, false] as const),
  ...NULL.map((word) => [word, null] as const),
  ...INFINITE.map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...NEGATIVE_INFINITE.map((word) => [word, Number.NEGATIVE_INFINITY] as const),
  ...NOT_A_NUMBER.map((word) => [word, Number.NaN] as const),
]);

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const DOTTED_FLOAT = /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/;
const INTEGER =
  /^(?<sign>[-+]?)(?:0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<binary>[01]+)|0[oO]?(?<octal>[0-7]+)|(?<decimal>0|[1-9][0-9]*))$/;
/** Most integers are written like this, and a double holds them. */
const SMALL_INTEGER = /^(?:0|[1-9][0-9]{0,14})$/;
const DECIMAL_INTEGER = /^[-+]?[0-9]+$/;

const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);

/**
 * The value of a plain scalar: YAML 1.1 as go-yaml v2 reads it, which is what sigs.k8s.io/yaml is built on. Pure; never throws.
 * NaN and infinities are numbers here: they are legal as keys, and the constructor refuses them as values.
 */
export function resolvePlain(text: string): ResolvedScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return typeof word === 'number' ? { value: word, float: true } : { value: word };
  const first = text.charCodeAt(0);
  // '.'
  if (first === 0x2e) return DOTTED_FLOAT.test(text) ? float(text) : { value: text };
  const isDigit = first >= 0x30 && first <= 0x39;
  if (!isDigit && first !== 0x2b && first !== 0x2d) return { value: text };
  return resolveNumber(text);
}

function resolveNumber(text: string): ResolvedScalar {
  const digits = text.includes('_') ? text.replaceAll('_', '') : text;
  const integer = readInteger(digits);
  if (integer !== undefined) return { value: integer };
  if (!FLOAT.test(digits)) return { value: text };
  const resolved = float(digits);
  if (typeof resolved.value === 'string') return { value: text };
  return DECIMAL_INTEGER.test(digits) && !isSmall(digits) ? { ...resolved, rounded: true } : resolved;
}

/** `089` is no octal number and ends up here too: it is 89 exactly. */
function isSmall(digits: string): boolean {
  return Number.isSafeInteger(Number(digits));
}

function readInteger(text: string): number | bigint | undefined {
  if (SMALL_INTEGER.test(text)) return Number(text);
  const groups = INTEGER.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { sign, hex, binary, octal, decimal } = groups;
  const literal =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal;
  const magnitude = BigInt(literal ?? 0);
  const value = sign === '-' ? -magnitude : magnitude;
  if (value < MIN_INT64 || value > MAX_UINT64) return undefined;
  // A sign makes it an int64: strconv.ParseUint takes none.
  if (sign !== '' && value > 2n ** 63n - 1n) return undefined;
  return narrow(value);
}

/** A number where every digit fits, a bigint elsewhere. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Whether an integer fits int64 or uint64. */
export function fitsInt64(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_UINT64;
}

function float(text: string): ResolvedScalar {
  const value = Number(text);
  // Go's parser calls 1e400 out of range, so that it stays a string.
  return Number.isFinite(value) ? { value: Object.is(value, -0) ? 0 : value, float: true } : { value: text };
}

/**
 * The value of a scalar with an explicit tag, whatever its quotes.
 *
 * @param tag as written: `!!int`, `!<tag:yaml.org,2002:int>`, `!custom`. One that kubectl does not resolve leaves a string.
 * @throws {ScalarError} when the text is not of the tag's type.
 */
export function resolveTagged(text: string, tag: string): ResolvedScalar {
  const name = /^(?:!!|!<tag:yaml\.org,2002:)(?<name>[a-z]+)>?$/.exec(tag)?.groups?.name;
  switch (name) {
    case 'binary':
      return { value: decodeBase64(text) };
    case 'bool':
    case 'int':
    case 'float':
    case 'null':
      return expectType(resolvePlain(text), name);
    default:
      return { value: text };
  }
}

function expectType(resolved: ResolvedScalar, name: 'bool' | 'int' | 'float' | 'null'): ResolvedScalar {
  const { value } = resolved;
  if (name === 'null' && value === null) return resolved;
  if (name === 'bool' && typeof value === 'boolean') return resolved;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (name === 'int' && isNumber && resolved.float !== true) return resolved;
  if (name === 'float' && isNumber) return { value: Number(value), float: true };
  throw new ScalarError(`the value does not fit its tag !!${name}`);
}

function decodeBase64(text: string): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
    throw new ScalarError('the value of a !!binary is not base64');
  }
  const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/**
 * The key that kubectl's reader makes of a scalar: JSON keys are strings, and floats print as Go's `%g` of a float32.
 *
 * @throws {ScalarError} for null and for integers beyond int64, which kubectl refuses.
 */
export function keyText({ value, float: isFloat }: ResolvedScalar): string {
  if (typeof value === 'string') return value;
  if (value === null) throw new ScalarError('a key must not be empty or null: quote it');
  if (typeof value === 'boolean') return String(value);
  if (isFloat === true) return formatFloat32(Number(value));
  if (BigInt(value) > 2n ** 63n - 1n) throw new ScalarError('an integer key must fit 64 bits: quote it');
  return String(value);
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`. */
function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (single === 0) return '0';
  if (Number.isNaN(single)) return '.nan';
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  const [mantissa = '', exponent = ''] = shortest(single).split('e');
  const power = Number(exponent);
  const negative = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '') || '0';
  // %g of the shortest form switches to an exponent below 1e-4 and from 1e6 on.
  if (power < -4 || power >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${negative}${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  if (power < 0) return `${negative}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  const rest = digits.slice(power + 1);
  return `${negative}${whole}${rest === '' ? '' : `.${rest}`}`;
}

function shortest(single: number): string {
  for (let precision = 0; precision < 9; precision += 1) {
    const text = single.toExponential(precision);
    if (Math.fround(Number(text)) === single) return text;
  }
  return single.toExponential();
}
