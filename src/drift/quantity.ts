import type { FieldStep, JsonValue } from '../core/index.ts';

/** `mantissa` × 10^`exponent`, exactly; the mantissa has no trailing zero, so that equal amounts have equal fields. */
export interface Quantity {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

const SHAPE =
  /^(?<sign>[+-]?)(?=\.?\d)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d+)|(?<suffix>[numkMGTPE]|[KMGTPE]i)?)$/;

/** No amount of anything is longer; a longer text would only cost time. */
const MAX_LENGTH = 128;
const MAX_EXPONENT = 1_000_000;

/**
 * Reads an amount as Kubernetes writes them: `1500m`, `2Gi`, `0.5`, `1e3`. Pure; exact, where an API server rounds up what is smaller
 * than a billionth and caps what an int64 does not hold.
 *
 * @returns `undefined` for what is no quantity, and for texts of more than 128 characters.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): Quantity | undefined {
  const parts = text.length > MAX_LENGTH ? undefined : SHAPE.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { sign, whole = '', fraction = '', exponent = '0', suffix = '' } = parts;
  const power = Number(exponent);
  if (Math.abs(power) > MAX_EXPONENT) return undefined;
  const binary = Object.hasOwn(BINARY, suffix) ? (BINARY[suffix] ?? 0n) : 0n;
  const decimal = Object.hasOwn(DECIMAL, suffix) ? (DECIMAL[suffix] ?? 0) : 0;
  const digits = BigInt(`${whole}${fraction}`) << binary;
  return normalize(sign === '-' ? -digits : digits, power + decimal - fraction.length);
}

function normalize(mantissa: bigint, exponent: number): Quantity {
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const text = mantissa.toString();
  const bare = text.replace(/0+$/, '');
  return { mantissa: BigInt(bare), exponent: exponent + text.length - bare.length };
}

/** Less than, equal to or greater than 0, as for `toSorted`. Pure and exact. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const signs = signOf(a) - signOf(b);
  if (signs !== 0 || a.mantissa === 0n) return signs;
  // Numbers of another length are told apart by it: powers of ten are only computed between numbers of about one size.
  const lengths = lengthOf(a) - lengthOf(b);
  if (lengths !== 0) return lengths * signOf(a);
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = scaleTo(a, exponent) - scaleTo(b, exponent);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function signOf({ mantissa }: Quantity): number {
  return mantissa === 0n ? 0 : mantissa < 0n ? -1 : 1;
}

function lengthOf({ mantissa, exponent }: Quantity): number {
  return mantissa.toString().replace('-', '').length + exponent;
}

function scaleTo({ mantissa, exponent }: Quantity, to: number): bigint {
  return mantissa * 10n ** BigInt(exponent - to);
}

/** Whether two values, texts or numbers, are the same quantity: `1000m` and `1`. Not so if one of them is no quantity. */
export function isSameQuantity(a: JsonValue, b: JsonValue): boolean {
  const left = quantityOf(a);
  const right = quantityOf(b);
  return left !== undefined && right !== undefined && compareQuantities(left, right) === 0;
}

function quantityOf(value: JsonValue): Quantity | undefined {
  const isAmount = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isAmount ? parseQuantity(String(value)) : undefined;
}

/** Mappings from the name of a resource to an amount of it. */
const RESOURCE_LISTS = new Set(['limits', 'requests', 'hard', 'capacity', 'allocatable', 'overhead', 'podFixed']);
const LIMIT_RANGE_LISTS = new Set(['min', 'max', 'default', 'defaultRequest', 'maxLimitRequestRatio']);
/** By the field that they are directly in. */
const SINGLE_FIELDS = new Set(['emptyDir.sizeLimit', 'resourceFieldRef.divisor']);
const METRIC_FIELDS = new Set(['target.value', 'target.averageValue']);
const OLD_METRIC_FIELDS = new Set(['targetValue', 'targetAverageValue', 'averageValue']);
const STORAGE_FIELDS = new Set(['capacity', 'maximumVolumeSize']);

/**
 * Whether Kubernetes has a quantity at a place of a manifest, where its servers write `1` for `1000m`. Elsewhere, in a ConfigMap say, these are
 * different texts.
 */
export function isQuantityField(kind: string, path: readonly FieldStep[]): boolean {
  const field = path.at(-1);
  const parent = path.at(-2);
  if (typeof field !== 'string') return false;
  if (parent === undefined) return kind === 'CSIStorageCapacity' && STORAGE_FIELDS.has(field);
  if (typeof parent !== 'string') return false;
  if (RESOURCE_LISTS.has(parent) || SINGLE_FIELDS.has(`${parent}.${field}`)) return true;
  if (kind === 'LimitRange') return LIMIT_RANGE_LISTS.has(parent);
  return (
    kind === 'HorizontalPodAutoscaler' && (METRIC_FIELDS.has(`${parent}.${field}`) || OLD_METRIC_FIELDS.has(field))
  );
}
