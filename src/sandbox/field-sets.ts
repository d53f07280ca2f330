import type { FieldSet } from '../drift/index.ts';
import { compareElements, formatElements } from './path-elements.ts';
import type { MergeNode } from './types.ts';

/** A set that is being put together. Its keys begin with what they are, `f:`, `k:` and so on: none is `__proto__`. */
export interface OpenFieldSet {
  [element: string]: FieldSet;
}

/** The mark of a field that is owned itself, besides what is below it. */
const OWN: FieldSet = {};
export const LEAF: FieldSet = {};

/** Whether a field is in its set itself, and not only something below it. */
export function isMember(field: FieldSet): boolean {
  return Object.hasOwn(field, '.') || isEmpty(field);
}

export function isEmpty(set: FieldSet): boolean {
  for (const _element in set) return false;
  return true;
}

/** Puts a field together of itself and what is below it; `undefined` where neither is there. */
function fieldOf(member: boolean, below: FieldSet): FieldSet | undefined {
  if (isEmpty(below)) return member ? LEAF : undefined;
  return member ? { '.': OWN, ...below } : below;
}

/** Adds a field, itself or with what is below it. */
export function addField(set: OpenFieldSet, element: string, member: boolean, below: FieldSet): void {
  const field = fieldOf(member, below);
  if (field !== undefined) set[element] = field;
}

/** Those fields of `a` that are not in `b`; `a` itself where all are left. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  let result: OpenFieldSet | undefined;
  for (const element of Object.keys(a)) {
    if (element === '.' || !Object.hasOwn(b, element)) continue;
    const field = a[element] ?? LEAF;
    const other = b[element] ?? LEAF;
    const below = subtract(field, other);
    const member = isMember(field) && !isMember(other);
    if (member === isMember(field) && below === field) continue;
    result ??= { ...a };
    const left = fieldOf(member, withoutOwn(below));
    if (left === undefined) delete result[element];
    else result[element] = left;
  }
  return result ?? a;
}

function withoutOwn(set: FieldSet): FieldSet {
  if (!Object.hasOwn(set, '.')) return set;
  const { '.': _own, ...below } = set;
  return below;
}

/** The fields that are in both sets. */
export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  const result: OpenFieldSet = {};
  for (const element of Object.keys(a)) {
    if (element === '.' || !Object.hasOwn(b, element)) continue;
    const field = a[element] ?? LEAF;
    const other = b[element] ?? LEAF;
    addField(result, element, isMember(field) && isMember(other), intersect(field, other));
  }
  return result;
}

export function unite(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const result: OpenFieldSet = { ...withoutOwn(a) };
  for (const element of Object.keys(b)) {
    if (element === '.') continue;
    const field = b[element] ?? LEAF;
    const own = Object.hasOwn(a, element) ? a[element] : undefined;
    if (own === undefined) result[element] = field;
    else addField(result, element, isMember(own) || isMember(field), withoutOwn(unite(own, field)));
  }
  return result;
}

/** Whether every field of `a` is in `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  return Object.keys(a).every((element) => {
    if (element === '.') return true;
    if (!Object.hasOwn(b, element)) return false;
    const field = a[element] ?? LEAF;
    const other = b[element] ?? LEAF;
    return (!isMember(field) || isMember(other)) && isSubset(field, other);
  });
}

export function isSameFields(a: FieldSet, b: FieldSet): boolean {
  return a === b || (isSubset(a, b) && isSubset(b, a));
}

/** In the order of the API server. */
export function sortFields(set: FieldSet): FieldSet {
  const result: OpenFieldSet = {};
  for (const element of Object.keys(set).sort(compareElements)) result[element] = sortFields(set[element] ?? LEAF);
  return result;
}

/** With the fields of the kind that have something below them as members: `spec` where there is `spec.replicas`. */
export function withNamedFields(set: FieldSet, node: MergeNode): FieldSet {
  const result: OpenFieldSet = {};
  for (const element of Object.keys(set)) {
    if (element === '.') continue;
    const field = set[element] ?? LEAF;
    const name = element.slice(2);
    const isNamed = element.startsWith('f:');
    const below = withNamedFields(field, isNamed ? node.field(name) : node.items);
    addField(result, element, isMember(field) || (isNamed && node.declares(name)), below);
  }
  return result;
}

/** After a change of the kind: what is one value now is owned as one. */
export function withAtomicFields(set: FieldSet, node: MergeNode): FieldSet {
  let result: OpenFieldSet | undefined;
  for (const element of Object.keys(set)) {
    const field = set[element] ?? LEAF;
    if (element === '.' || isEmpty(field)) continue;
    const child = element.startsWith('f:') ? node.field(element.slice(2)) : node.items;
    const changed = isOneValue(field, child) ? LEAF : withAtomicFields(field, child);
    if (changed === field) continue;
    result ??= { ...set };
    result[element] = changed;
  }
  return result ?? set;
}

function isOneValue(field: FieldSet, { isAtomic }: MergeNode): boolean {
  return isAtomic && Object.keys(field).some((element) => element !== '.');
}

/** Every field of a set, as the API server writes their paths. */
export function fieldPaths(set: FieldSet, above: readonly string[] = []): readonly string[] {
  const elements = Object.keys(set).filter((element) => element !== '.');
  const members = elements.filter((element) => isMember(set[element] ?? LEAF));
  return [
    ...members.map((element) => formatElements([...above, element])),
    ...elements.flatMap((element) => fieldPaths(set[element] ?? LEAF, [...above, element])),
  ];
}
