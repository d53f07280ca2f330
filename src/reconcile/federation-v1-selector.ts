import { type LabelRequirement, parseLabelSelector } from '../api/index.ts';
import { compareText, type JsonObject, type JsonValue } from '../core/index.ts';
import { unmetRequirement } from '../render/index.ts';
import { GoJsonError, goField, goList, goStruct, goText, goTexts, parseGoJson } from './federation-v1-go-json.ts';
import type { V1Cluster } from './federation-v1-types.ts';

/** What v1 wrote where an object was to stay in its own API server. It is no JSON on purpose. */
export const CONTROL_PLANE_ONLY = 'federation.kubernetes.io/federation-control-plane=true';

/** What an annotation with a cluster selector says. */
export type V1Selector =
  | { readonly type: 'everywhere' }
  | { readonly type: 'labels'; readonly selector: JsonObject }
  /** It compares numbers, for which v2 has no operator: `clusters` are those that it selects now, and `selector` selects them by their labels. */
  | { readonly type: 'frozen'; readonly clusters: readonly string[]; readonly selector: JsonObject }
  | { readonly type: 'controlPlaneOnly' }
  /** v1 put the object nowhere. */
  | { readonly type: 'invalid'; readonly reason: string };

type Comparison = 'Gt' | 'Lt';
type Operator = LabelRequirement['operator'] | Comparison;

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
  /** Written with `=` or `==`. */
  readonly isEquality: boolean;
}

/** As v1 spelt them. */
const OPERATORS: ReadonlyMap<string, { readonly operator: Operator; readonly values: 'none' | 'one' | 'some' }> =
  new Map([
    ['in', { operator: 'In', values: 'some' }],
    ['In', { operator: 'In', values: 'some' }],
    ['=', { operator: 'In', values: 'one' }],
    ['==', { operator: 'In', values: 'one' }],
    ['notin', { operator: 'NotIn', values: 'some' }],
    ['NotIn', { operator: 'NotIn', values: 'some' }],
    ['!=', { operator: 'NotIn', values: 'one' }],
    ['exists', { operator: 'Exists', values: 'none' }],
    ['Exists', { operator: 'Exists', values: 'none' }],
    ['!', { operator: 'DoesNotExist', values: 'none' }],
    ['DoesNotExist', { operator: 'DoesNotExist', values: 'none' }],
    ['gt', { operator: 'Gt', values: 'one' }],
    ['Gt', { operator: 'Gt', values: 'one' }],
    ['>', { operator: 'Gt', values: 'one' }],
    ['lt', { operator: 'Lt', values: 'one' }],
    ['Lt', { operator: 'Lt', values: 'one' }],
    ['<', { operator: 'Lt', values: 'one' }],
  ]);

/** Reads a cluster selector of v1; `undefined` is an object without one. Pure; never throws. */
export function readSelector(text: string | undefined, clusters: readonly V1Cluster[]): V1Selector {
  if (text === undefined) return { type: 'everywhere' };
  if (text === CONTROL_PLANE_ONLY) return { type: 'controlPlaneOnly' };
  try {
    const requirements = goList(parseGoJson(text)).map(readRequirement);
    if (requirements.length === 0) return { type: 'everywhere' };
    return isDynamic(requirements) ? byLabels(requirements) : freeze(requirements, clusters);
  } catch (error) {
    if (error instanceof GoJsonError) return { type: 'invalid', reason: error.message };
    throw error;
  }
}

function readRequirement(value: JsonValue): Requirement {
  const struct = goStruct(value);
  const text = (name: string): string => goField(struct, name).reduce<string>((old, one) => goText(one) ?? old, '');
  const values = goField(struct, 'values').map(goTexts).at(-1) ?? [];
  const spelling = text('operator');
  const known = OPERATORS.get(spelling);
  if (known === undefined) throw new GoJsonError('an operator of it is not known');
  const requirement = {
    key: text('key'),
    operator: known.operator,
    values,
    isEquality: spelling === '=' || spelling === '==',
  };
  const isRightNumber = { none: values.length === 0, one: values.length === 1, some: values.length > 0 }[known.values];
  if (!isRightNumber) throw new GoJsonError('an operator of it has the wrong number of values');
  checkLabels(requirement);
  return requirement;
}

function checkLabels({ key, operator, values }: Requirement): void {
  const isComparison = operator === 'Gt' || operator === 'Lt';
  if (isComparison && !values.every((value) => integerOf(value) !== undefined)) {
    throw new GoJsonError('it compares with what is no whole number');
  }
  // Keys and values are held against the rules for labels, whatever the operator.
  const checked = { key, operator: 'In', values: values.length === 0 ? ['x'] : [...values] };
  if (!parseLabelSelector({ matchExpressions: [checked] }).ok) {
    throw new GoJsonError('a key or a value of it is no valid label');
  }
}

/** As Go's ParseInt. */
function integerOf(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const integer = BigInt(text.replace(/^\+/, ''));
  return integer >= -(2n ** 63n) && integer < 2n ** 63n ? integer : undefined;
}

type Plain = Requirement & { readonly operator: LabelRequirement['operator'] };

function isPlain(requirement: Requirement): requirement is Plain {
  return requirement.operator !== 'Gt' && requirement.operator !== 'Lt';
}

function isDynamic(requirements: readonly Requirement[]): requirements is readonly Plain[] {
  return requirements.every(isPlain);
}

function byLabels(requirements: readonly Plain[]): V1Selector {
  return { type: 'labels', selector: selectorOf(requirements) };
}

/** Equalities of different keys become `matchLabels`, the rest expressions in their order. */
function selectorOf(requirements: readonly Plain[]): JsonObject {
  const matchLabels = new Map<string, string>();
  const matchExpressions: JsonObject[] = [];
  for (const { key, operator, values, isEquality } of requirements) {
    const [value] = values;
    if (isEquality && value !== undefined && !matchLabels.has(key)) matchLabels.set(key, value);
    else matchExpressions.push({ key, operator, ...(values.length === 0 ? {} : { values: [...values] }) });
  }
  return {
    ...(matchLabels.size === 0 ? {} : { matchLabels: Object.fromEntries(matchLabels) }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

/**
 * Compares now. The selector says of each comparison which of the values that clusters have now meet it, so that a preference, which looks
 * at selectors only, plans for the same clusters.
 */
function freeze(requirements: readonly Requirement[], clusters: readonly V1Cluster[]): V1Selector {
  const plain = requirements.flatMap((requirement): readonly Plain[] => {
    if (isPlain(requirement)) return [requirement];
    return frozenComparison(requirement, clusters);
  });
  const selector = selectorOf(plain);
  const chosen = clusters.filter(({ labels }) => matches(selector, labels));
  return { type: 'frozen', clusters: chosen.map(({ name }) => name), selector };
}

function frozenComparison({ key, operator, values }: Requirement, clusters: readonly V1Cluster[]): readonly Plain[] {
  const bound = integerOf(values[0] ?? '') ?? 0n;
  const found = clusters.flatMap(({ labels }) => {
    const value = Object.hasOwn(labels, key) ? (labels[key] ?? '') : '';
    const number = integerOf(value);
    if (number === undefined) return [];
    return (operator === 'Gt' ? number > bound : number < bound) ? [value] : [];
  });
  const plain = { key, isEquality: false };
  if (found.length > 0) return [{ ...plain, operator: 'In', values: [...new Set(found)].toSorted(compareText) }];
  // No cluster has a label and lacks it.
  return [
    { ...plain, operator: 'Exists', values: [] },
    { ...plain, operator: 'DoesNotExist', values: [] },
  ];
}

/** Whether a cluster is selected now. */
export function selects(selector: V1Selector, { name, labels }: V1Cluster): boolean {
  if (selector.type === 'everywhere') return true;
  if (selector.type === 'frozen') return selector.clusters.includes(name);
  return selector.type === 'labels' && matches(selector.selector, labels);
}

function matches(selector: JsonObject, labels: V1Cluster['labels']): boolean {
  const parsed = parseLabelSelector(selector);
  return parsed.ok && unmetRequirement(parsed.value, labels) === undefined;
}
