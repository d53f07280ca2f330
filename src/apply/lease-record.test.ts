import { describe, expect, it } from 'vitest';
import { ApiError } from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { holderText, parseLease, releasedLease, renewedLease, takenLease } from './lease-record.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const HOLDER = { identity: 'us_1_aa', process: { machine: 'm', pid: 1, startTime: '9' } };

function leaseObject(spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'gitfed-shop', uid: 'u', resourceVersion: '5', ...metadata },
    spec,
  };
}

describe('a Lease', () => {
  it.each([
    ['text', 'Lease'],
    ['another kind', { ...leaseObject(), kind: 'ConfigMap' }],
    ['one without metadata', { ...leaseObject(), metadata: null }],
    ['one without a resourceVersion', leaseObject({}, { resourceVersion: null })],
    ['one without a uid', leaseObject({}, { uid: 1 })],
    ['one whose spec is a list', { ...leaseObject(), spec: [] }],
    ['one whose holder is a number', leaseObject({ holderIdentity: 1 })],
  ])('is not read from %s', (_, value) => {
    expect(() => parseLease(value)).toThrow(ApiError);
  });

  it.each([
    ['nobody where it has no spec', { ...leaseObject(), spec: null }, ''],
    ['nobody where it names none', leaseObject(), ''],
    ['nobody where the name is empty', leaseObject({ holderIdentity: '' }), ''],
    ['whoever it names', leaseObject({ holderIdentity: 'x' }), 'x'],
  ])('is held by %s', (_, value, holder) => {
    expect(parseLease(value).holder).toBe(holder);
  });

  it('has a duration only where it says one', () => {
    expect(parseLease(leaseObject({ leaseDurationSeconds: 15 })).durationMs).toBe(15_000);
    expect(parseLease(leaseObject({ leaseDurationSeconds: 0 })).durationMs).toBeUndefined();
    expect(parseLease(leaseObject()).durationMs).toBeUndefined();
  });

  it('is another one when it was renewed or made anew, and the same when someone labelled it', () => {
    const { fingerprint } = parseLease(leaseObject({ renewTime: '1' }));
    expect(parseLease(leaseObject({ renewTime: '2' })).fingerprint).not.toBe(fingerprint);
    expect(parseLease(leaseObject({ renewTime: '1' }, { uid: 'v' })).fingerprint).not.toBe(fingerprint);
    const labelled = leaseObject({ renewTime: '1' }, { resourceVersion: '6', labels: { a: 'b' } });
    expect(parseLease(labelled).fingerprint).toBe(fingerprint);
  });
});

describe('taking a Lease', () => {
  const taking = { holder: HOLDER, seconds: 15, now: NOW };

  it('writes a new one', () => {
    expect(takenLease(undefined, taking)).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { annotations: { 'gitfed.io/process': '{"holder":"us_1_aa","machine":"m","pid":1,"startTime":"9"}' } },
      spec: {
        holderIdentity: 'us_1_aa',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-02T03:04:05.678000Z',
        renewTime: '2026-01-02T03:04:05.678000Z',
        leaseTransitions: 0,
      },
    });
  });

  it.each([
    ['another holder', { holderIdentity: 'x', leaseTransitions: 3 }, 4],
    ['nobody', { holderIdentity: '', leaseTransitions: 3 }, 4],
    ['one that never counted', { holderIdentity: 'x' }, 1],
    ['one that counted to the end', { holderIdentity: 'x', leaseTransitions: 2 ** 31 - 1 }, 2 ** 31 - 1],
    ['ourselves', { holderIdentity: 'us_1_aa', leaseTransitions: 3 }, 3],
  ])('counts transitions: after %s', (_, before, expected) => {
    expect(takenLease(parseLease(leaseObject(before)), taking)).toMatchObject({ spec: { leaseTransitions: expected } });
  });

  it('keeps what others wrote, and nothing of the process that had it', () => {
    const annotations = JSON.parse(
      '{"gitfed.io/process": "theirs", "team": "shop", "__proto__": "data"}',
    ) as JsonObject;
    const before = parseLease(
      leaseObject({ holderIdentity: 'x', preferredHolder: 'y' }, { annotations, labels: { a: 'b' } }),
    );
    const { metadata, spec } = takenLease(before, { ...taking, holder: { identity: 'us' } });
    expect(metadata).toMatchObject({ uid: 'u', resourceVersion: '5', labels: { a: 'b' } });
    expect(JSON.stringify(metadata)).toContain('"annotations":{"team":"shop","__proto__":"data"}');
    expect(spec).toMatchObject({ holderIdentity: 'us', preferredHolder: 'y' });
  });
});

it('renewing a Lease changes its time only', () => {
  const before = takenLease(undefined, { holder: HOLDER, seconds: 15, now: new Date(0) });
  const metadata = { ...(before.metadata as JsonObject), uid: 'u', resourceVersion: '5' };
  const object = { ...before, metadata };
  const spec = { ...(before.spec as JsonObject), renewTime: '2026-01-02T03:04:05.678000Z' };
  expect(renewedLease(parseLease(object), NOW)).toEqual({ ...object, spec });
});

it('releasing a Lease leaves it to anybody, and keeps the count', () => {
  const annotations = { 'gitfed.io/process': 'ours' };
  const record = parseLease(leaseObject({ holderIdentity: 'us', leaseTransitions: 3 }, { annotations }));
  expect(releasedLease(record, NOW)).toMatchObject({
    metadata: { annotations: {} },
    spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3 },
  });
});

it.each([
  ['host.example_42_0a1b2c3d', 'host.example_42_0a1b2c3d'],
  ['', 'another process'],
  ['a\u001b[31m', 'another process'],
  ['two words', 'another process'],
  ['x'.repeat(300), 'another process'],
])('the holder %j is called %s', (holder, expected) => {
  expect(holderText(holder)).toBe(expected);
});
