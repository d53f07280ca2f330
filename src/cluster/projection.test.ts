import { describe, expect, it } from 'vitest';
import { Interner } from './interner.ts';
import type { LiveObject } from './lists.ts';
import { METADATA_ONLY, project } from './projection.ts';

const OBJECT = (uid: string): LiveObject =>
  JSON.parse(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'a',
        namespace: 'shop',
        uid,
        resourceVersion: '1',
        generation: 3,
        creationTimestamp: '2026-01-01T00:00:00Z',
        ownerReferences: [{ uid: 'x' }],
        labels: { part: 'a', other: 'b' },
        annotations: { 'gitfed.io/applied': uid, long: 'x' },
        managedFields: [{ manager: 'gitfed', time: 't', fieldsV1: { 'f:data': { 'f:a': {} } } }],
      },
      data: { password: 'c2VjcmV0' },
    }),
  );

describe('what is kept of an object', () => {
  it('is what is read of its metadata, and nothing of its values', () => {
    const kept = project(OBJECT('u'), METADATA_ONLY, new Interner());
    expect(kept).toEqual({
      metadata: {
        name: 'a',
        namespace: 'shop',
        uid: 'u',
        resourceVersion: '1',
        generation: 3,
        labels: { part: 'a', other: 'b' },
        annotations: { 'gitfed.io/applied': 'u', long: 'x' },
        managedFields: [{ manager: 'gitfed', time: 't', fieldsV1: { 'f:data': { 'f:a': {} } } }],
      },
    });
  });

  it('is without the labels and annotations that nobody reads', () => {
    const projection = {
      ...METADATA_ONLY,
      keepsLabel: () => false,
      keepsAnnotation: (name: string) => name !== 'long',
    };
    const { metadata } = project(OBJECT('u'), projection, new Interner());
    expect(metadata.labels).toBeUndefined();
    expect(metadata.annotations).toEqual({ 'gitfed.io/applied': 'u' });
  });

  it('is in one place for all members that have the same', () => {
    const interner = new Interner();
    const [one, two] = [OBJECT('u'), OBJECT('v')].map((object) => project(object, METADATA_ONLY, interner).metadata);
    expect(one?.managedFields).toBe(two?.managedFields);
    expect(one?.labels).toBe(two?.labels);
    expect(one?.annotations).not.toEqual(two?.annotations);
  });
});

describe('equal values', () => {
  it('have one place, and different ones never', () => {
    const interner = new Interner();
    const long = 'x'.repeat(1_000);
    expect(interner.value({ a: long })).toBe(interner.value({ a: long }));
    expect(interner.value({ a: long })).not.toEqual(interner.value({ a: `${long}y` }));
    expect(interner.value({ a: 1 })).not.toEqual(interner.value({ a: '1' }));
  });

  it('are forgotten when there are too many, but for those that are used', () => {
    const interner = new Interner(10);
    const used = interner.value({ used: true });
    const unused = interner.value({ used: false });
    for (let index = 0; index < 100; index += 1) {
      interner.value({ index });
      expect(interner.value({ used: true })).toBe(used);
    }
    expect(interner.value({ used: false })).not.toBe(unused);
  });
});
