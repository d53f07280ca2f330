import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FieldStep,
  formatFieldPath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../src/core/index.ts';
import { findDrift } from '../../src/drift/compare.ts';
import { type FieldSet, type ManagedFieldsEntry, withoutField } from '../../src/drift/field-set.ts';
import { compareQuantities, isSameQuantity, parseQuantity } from '../../src/drift/quantity.ts';
import { jsonValue } from './json-values.ts';

const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'a.b', 'limits', 'cpu', 'name'),
  fc.string({ minLength: 1 }),
);
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 61n }));
/** Lists are keyed by name exactly where all items are mappings. */
const { field } = fc.letrec<{ field: JsonValue; mapping: JsonObject }>((tie) => ({
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(scalar, { minLength: 1, maxLength: 3 }),
    tie('mapping'),
    fc
      .uniqueArray(fc.tuple(fc.string(), tie('mapping')), { selector: ([name]) => name, minLength: 2, maxLength: 4 })
      .map((items): JsonValue => items.map(([name, item]) => ({ ...item, name }))),
  ),
  mapping: mappingOf(tie('field')),
}));
const spec = mappingOf(field);

function mappingOf(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
    .map((entries): JsonObject => Object.fromEntries(entries));
}

function isKeyed(value: JsonValue): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

/** What a server records for it. */
function setOf(value: JsonValue): FieldSet {
  return Object.fromEntries(childrenOf(value).map(({ name, value: child }) => [name, setOf(child)] as const));
}

interface Child {
  readonly step: FieldStep;
  readonly name: string;
  readonly value: JsonValue;
}

function childrenOf(value: JsonValue): readonly Child[] {
  if (isKeyed(value)) {
    return value.map((item) => {
      const name = String(item.name);
      return { step: { key: [['name', name]] }, name: `k:${JSON.stringify({ name })}`, value: item };
    });
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map(([step, child]) => ({ step, name: `f:${step}`, value: child }));
}

interface Spot {
  readonly steps: readonly Child[];
  readonly isLeaf: boolean;
}

/** Everything below a value, but for the names that tell items apart. */
function spotsOf(value: JsonValue, isItem = false): readonly Spot[] {
  return childrenOf(value)
    .filter(({ step }) => !isItem || step !== 'name')
    .flatMap((child): readonly Spot[] => {
      const below = spotsOf(child.value, isKeyed(value));
      const isLeaf = childrenOf(child.value).length === 0;
      return [{ steps: [child], isLeaf }, ...below.map((spot) => ({ ...spot, steps: [child, ...spot.steps] }))];
    });
}

/** Another value in a place; `undefined` takes it away. */
function replaceAt(value: JsonValue, [step, ...rest]: readonly Child[], by: JsonValue | undefined): JsonValue {
  const change = (child: Child): readonly JsonValue[] => {
    if (child.name !== step?.name) return [child.value];
    if (rest.length > 0) return [replaceAt(child.value, rest, by)];
    return by === undefined ? [] : [by];
  };
  if (isKeyed(value)) return childrenOf(value).flatMap(change);
  return Object.fromEntries(
    childrenOf(value).flatMap((child) => change(child).map((item) => [String(child.step), item] as const)),
  );
}

/** With what a server and its controllers put in besides, and with keyed lists in another order. */
function withDefaults(value: JsonValue): JsonValue {
  if (isKeyed(value)) return [{ name: 'by a controller', x: 1 }, ...value.map(withDefaults)].reverse();
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, withDefaults(item)] as const);
  return Object.fromEntries([['by default', { x: [1] }] as const, ...entries].reverse());
}

const base = { apiVersion: 'shop.example/v1', kind: 'Order' };
const owner = (manager: string, fieldsV1: FieldSet): ManagedFieldsEntry => {
  return { manager, operation: manager === 'gitfed' ? 'Apply' : 'Update', apiVersion: base.apiVersion, fieldsV1 };
};

function driftOf(desired: JsonObject, live: JsonValue, ownFields: FieldSet, others: FieldSet, isApplied: boolean) {
  const managedFields = [owner('gitfed', ownFields), owner('kubectl', others)];
  const objects = { manifest: { ...base, spec: desired }, live: { ...base, spec: live } };
  return findDrift({ ...objects, managedFields, ownFields, isApplied, added: [] }).map(({ type, path, manager }) => {
    return `${type} ${formatFieldPath(path)} ${manager ?? ''}`;
  });
}

/** All of the fields are ours, but for one. */
function ownOf(desired: JsonObject, spot?: Spot): FieldSet {
  const all = setOf({ spec: desired });
  return spot === undefined ? all : withoutField(all, ['f:spec', ...spot.steps.map(({ name }) => name)]);
}

const specAndSpot = spec.chain((desired) => fc.tuple(fc.constant(desired), fc.constantFrom(...spotsOf(desired))));

function text(type: string, { steps }: Spot, manager: string): string {
  return `${type} ${formatFieldPath(['spec', ...steps.map(({ step }) => step)])} ${manager}`;
}

describe('findDrift', () => {
  it('finds nothing in an object that contains its manifest', () => {
    fc.assert(
      fc.property(spec, fc.boolean(), (desired, isApplied) => {
        expect(driftOf(desired, desired, ownOf(desired), {}, isApplied)).toEqual([]);
        expect(driftOf(desired, withDefaults(desired), ownOf(desired), {}, isApplied)).toEqual([]);
      }),
    );
  });

  it('finds exactly the field that somebody changed', () => {
    fc.assert(
      fc.property(specAndSpot, fc.boolean(), ([desired, spot], isApplied) => {
        fc.pre(spot.isLeaf);
        const names = spot.steps.map(({ name }) => name);
        const theirs = ['f:spec', ...names].reduceRight<FieldSet>(
          (below, name) => Object.fromEntries([[name, below]]),
          {},
        );
        const live = withDefaults(replaceAt(desired, spot.steps, ['another', 'value']));
        const own = ownOf(desired, spot);
        expect(driftOf(desired, live, own, theirs, isApplied)).toEqual([text('changed', spot, 'kubectl')]);
        expect(driftOf(desired, withDefaults(desired), own, theirs, isApplied)).toEqual(
          isApplied ? [text('taken', spot, 'kubectl')] : [],
        );
      }),
    );
  });

  it('finds exactly the field or item that somebody removed', () => {
    fc.assert(
      fc.property(specAndSpot, ([desired, spot]) => {
        const live = withDefaults(replaceAt(desired, spot.steps, undefined));
        const own = ownOf(desired, spot);
        expect(driftOf(desired, live, own, {}, true)).toEqual([text('missing', spot, '')]);
      }),
    );
  });

  it('shows no value of a Secret', () => {
    const secret = (value: JsonValue): JsonObject => ({ apiVersion: 'v1', kind: 'Secret', dta: value });
    fc.assert(
      fc.property(jsonValue, jsonValue, (before, after) => {
        const objects = { manifest: secret(['hunter2', before]), live: secret({ hunter2: after }) };
        const found = findDrift({ ...objects, managedFields: [], ownFields: undefined, isApplied: true, added: [] });
        expect(found).toEqual([{ type: 'changed', path: ['dta'], desired: '***', live: '***' }]);
      }),
    );
  });
});

describe('quantities', () => {
  const suffixes: readonly (readonly [string, bigint])[] = [
    ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((name, index) => [name, 1000n ** BigInt(index)] as const),
    ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((name, i) => [name, 10n ** 9n * 1024n ** BigInt(i + 1)] as const),
    ...[-9, 0, 3, 12].map((power) => [`e${power}`, 10n ** BigInt(power + 9)] as const),
  ];
  const amount = fc
    .tuple(fc.oneof(fc.integer({ min: -2000, max: 2000 }), fc.maxSafeInteger()), fc.constantFrom(...suffixes))
    .map(([count, [suffix, nanos]]) => ({ text: `${count}${suffix}`, nanos: BigInt(count) * nanos }));

  it('are ordered as the numbers that they stand for', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [left, right] = [parseQuantity(a.text), parseQuantity(b.text)];
        if (left === undefined || right === undefined) throw new Error(`${a.text} or ${b.text} was not read.`);
        const expected = a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? -1 : 1;
        expect(Math.sign(compareQuantities(left, right))).toBe(expected);
        expect(isSameQuantity(a.text, b.text)).toBe(expected === 0);
      }),
    );
  });

  it('are the same with every unit', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.constantFrom(...suffixes), (count, [suffix, nanos]) => {
        expect(isSameQuantity(`${count}${suffix}`, `${count * nanos}n`)).toBe(true);
        expect(isSameQuantity(`${count}${suffix}`, `${count * nanos + 1n}n`)).toBe(false);
      }),
    );
  });
});
