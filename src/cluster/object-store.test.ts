import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveObject } from './lists.ts';
import { ObjectStore, storeKey } from './object-store.ts';

function object(name: string, version: number | string, rest: Partial<LiveObject['metadata']> = {}): LiveObject {
  return { metadata: { name, uid: `uid-${name}`, resourceVersion: `${version}`, generation: 1, ...rest } };
}

const A = storeKey(undefined, 'a');

function versions(store: ObjectStore): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(store.all().map(({ metadata }) => [metadata.name ?? '', metadata.resourceVersion]));
}

describe('a list', () => {
  it('says what came, changed and went', () => {
    const store = new ObjectStore();
    store.replace({ items: [object('a', 1), object('b', 2), object('c', 3)], resourceVersion: '5' });
    const list = [object('a', 1), object('b', 6, { generation: 2 }), object('d', 7)];
    const changes = store.replace({ items: list, resourceVersion: '9' });
    expect(changes.map(({ type, object: { metadata } }) => `${metadata.name} ${type}`)).toEqual([
      'b changed',
      'd added',
      'c gone',
    ]);
    expect(versions(store)).toEqual({ a: '1', b: '6', d: '7' });
  });

  it('that is older than what was written since does not undo it', () => {
    const store = new ObjectStore();
    store.replace({ items: [object('a', 1), object('b', 2)], resourceVersion: '5' });
    store.put(object('a', 12));
    store.put(object('new', 13));
    store.remove(storeKey(undefined, 'b'), 'uid-b');
    expect(store.replace({ items: [object('a', 7), object('b', 2)], resourceVersion: '10' })).toEqual([]);
    expect(versions(store)).toEqual({ a: '12', new: '13' });
  });

  it('is the same array until something changes', () => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    const all = store.all();
    store.there(object('a', 1));
    store.gone(object('b', 2));
    expect(store.all()).toBe(all);
    store.there(object('a', 2));
    expect(store.all()).not.toBe(all);
  });
});

describe('events', () => {
  it('that are older than what is known change nothing', () => {
    const store = new ObjectStore();
    store.there(object('a', 10));
    expect(store.there(object('a', 9, { generation: 5 }))).toBeUndefined();
    expect(store.gone(object('a', 9))).toBeUndefined();
    expect(versions(store)).toEqual({ a: '10' });
  });

  it('are taken as they come where versions are no numbers', () => {
    const store = new ObjectStore();
    store.there(object('a', 'zz'));
    expect(store.there(object('a', 'aa', { generation: 2 }))).toMatchObject({ type: 'changed' });
    expect(store.gone(object('a', 'b'))).toMatchObject({ type: 'gone' });
  });

  it('of a deleted object do not bring it back, and those of its successor do', () => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    store.remove(A, 'uid-a');
    expect(store.there(object('a', 2, { deletionTimestamp: 'now' }))).toBeUndefined();
    expect(store.gone(object('a', 3))).toBeUndefined();
    expect(store.there(object('a', 4, { uid: 'other' }))).toMatchObject({ type: 'added' });
  });

  it('of an object that was let go do not bring it back, until somebody takes it again', () => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    store.remove(A, 'uid-a', '5');
    expect(store.there(object('a', 3))).toBeUndefined();
    expect(store.size).toBe(0);
    expect(store.there(object('a', 6))).toMatchObject({ type: 'added' });
  });
});

describe('what was written', () => {
  /** An event of version 7, and our write of version 7, in either order. */
  it.each([
    ['after', false],
    ['before', true],
  ])('is told to nobody, when its event comes %s the answer', (_title, isFirst) => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    const written = object('a', 7, { generation: 2 });
    store.begin(A);
    if (isFirst) expect(store.there(written)).toBeUndefined();
    store.put(written);
    expect(store.end(A)).toBeUndefined();
    if (!isFirst) expect(store.there(written)).toBeUndefined();
    expect(versions(store)).toEqual({ a: '7' });
  });

  it('does not hide what somebody did after it, told while the write was under way', () => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    store.begin(A);
    expect(store.there(object('a', 8, { generation: 3 }))).toBeUndefined();
    store.put(object('a', 7, { generation: 2 }));
    expect(store.end(A)).toMatchObject({ type: 'changed', object: { metadata: { resourceVersion: '8' } } });
    expect(versions(store)).toEqual({ a: '8' });
  });

  it('that fails hides nothing', () => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    store.begin(A);
    store.there(object('a', 8, { generation: 3 }));
    expect(store.end(A)).toMatchObject({ type: 'changed' });
  });

  it('and deleted is told to nobody', () => {
    const store = new ObjectStore();
    store.there(object('a', 1));
    store.begin(A);
    expect(store.gone(object('a', 5))).toBeUndefined();
    store.remove(A, 'uid-a');
    expect(store.end(A)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('waits for all writes of the object', () => {
    const store = new ObjectStore();
    store.begin(A);
    store.begin(A);
    store.there(object('a', 8));
    store.put(object('a', 7));
    expect(store.end(A)).toBeUndefined();
    expect(store.end(A)).toMatchObject({ type: 'added' });
  });

  it('gets the rest of the object from the event of the same version', () => {
    const store = new ObjectStore();
    store.put(object('a', 7));
    expect(store.there({ ...object('a', 7), spec: { replicas: 3 } })).toBeUndefined();
    expect(store.get(A)?.spec).toEqual({ replicas: 3 });
  });
});

it('ends at the latest state of each object, in whatever order events of one and writes of another come', () => {
  // The true history of one object, of which every state comes once or twice, by any way, in any order that keeps the events in theirs.
  const history = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.boolean()), (ours, coin) => {
      const store = new ObjectStore();
      const events = ours.map((_isOurs, index) => object('a', index + 10, { generation: index }));
      const writes = events.filter((_event, index) => ours[index]);
      while (events.length + writes.length > 0) {
        const fromEvents = writes.length === 0 || (events.length > 0 && coin.next().value === true);
        const next = fromEvents ? events.shift() : writes.shift();
        if (next === undefined) continue;
        if (fromEvents) store.there(next);
        else store.put(next);
      }
      expect(versions(store)).toEqual({ a: `${ours.length + 9}` });
    }),
  );
});
