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

  /** Known: `a` of version 40 in a list of moment 50. The server was restored to an earlier moment, and has come further than 50 since. */
  it.each([
    ['an earlier state', object('a', 30, { generation: 2 }), ['changed']],
    ['another object of the name', object('a', 30, { uid: 'other' }), ['changed']],
    ['another object of the name and version', object('a', 40, { uid: 'other' }), ['changed']],
    ['an earlier state with nothing in it that is read', object('a', 30), []],
    ['none', undefined, ['gone']],
  ])('of a server that was restored and is ahead of what was known shows %s', (_title, restored, types) => {
    const store = new ObjectStore();
    store.replace({ items: [object('a', 40)], resourceVersion: '50' });
    const items = restored === undefined ? [] : [restored];
    const changes = store.replace({ items, resourceVersion: '60' }, store.newest);
    expect(changes.map(({ type }) => type)).toEqual(types);
    expect(store.all()).toEqual(items);
  });

  it.each([
    ['that names no moment', ''],
    ['whose moment is no number', 'x'],
  ])('%s undoes nothing', (_title, resourceVersion) => {
    const store = new ObjectStore();
    store.put(object('a', 40));
    expect(store.replace({ items: [object('a', 30, { generation: 2 })], resourceVersion }, store.newest)).toEqual([]);
    expect(versions(store)).toEqual({ a: '40' });
    expect(store.newest).toBe('40');
  });

  it.each([
    ['a bookmark', (store: ObjectStore) => store.see('90')],
    ['a list', (store: ObjectStore) => store.replace({ items: [object('a', 40)], resourceVersion: '90' })],
  ])('that is older than %s is of a server that was restored, whatever the objects say', (_title, tell) => {
    const store = new ObjectStore();
    store.there(object('a', 40));
    tell(store);
    const before = store.newest;
    const restored = object('a', 40, { generation: 2 });
    const changes = store.replace({ items: [restored], resourceVersion: '80' }, before);
    expect(changes.map(({ type }) => type)).toEqual(['gone', 'added']);
    expect(store.newest).toBe('80');
  });

  it('shows what was deleted before it began, and is there again on a server that was restored', () => {
    const store = new ObjectStore();
    store.replace({ items: [object('a', 40)], resourceVersion: '50' });
    store.remove(A, 'uid-a');
    const { newest, deleted } = store;
    store.forgetDeleted(deleted);
    expect(store.replace({ items: [object('a', 40)], resourceVersion: '60' }, newest)).toMatchObject([
      { type: 'added' },
    ]);
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

const STEPS = ['others', 'bookmark', 'backup', 'restore', 'list'] as const;
const CHANGES = ['change', 'write', 'replace', 'delete', 'prune'] as const;

interface Change {
  readonly type: (typeof CHANGES)[number];
  readonly name: string;
}

type Step = (typeof STEPS)[number] | Change;

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...STEPS),
  fc.record({ type: fc.constantFrom(...CHANGES), name: fc.constantFrom('a', 'b') }),
);

/** A server that can be restored from a backup, after which it counts from there, and the store of somebody who hears little of it. */
class RestorableServer {
  readonly store = new ObjectStore();
  #objects = new Map<string, LiveObject>();
  #version = 10;
  #uids = 0;
  #writes = 0;
  #backup = { objects: this.#objects, version: this.#version };

  get objects(): readonly LiveObject[] {
    return [...this.#objects.values()];
  }

  do(step: Step): void {
    if (typeof step === 'object') this.#change(step);
    else if (step === 'others') this.#version += 1;
    else if (step === 'bookmark') this.store.see(`${this.#version}`);
    else if (step === 'backup') this.#backup = { objects: new Map(this.#objects), version: this.#version };
    else if (step === 'restore') this.#restore();
    else this.list();
  }

  list(): void {
    const { newest, deleted } = this.store;
    this.store.forgetDeleted(deleted);
    this.store.replace({ items: this.objects, resourceVersion: `${this.#version}` }, newest);
  }

  #restore(): void {
    this.#objects = new Map(this.#backup.objects);
    this.#version = this.#backup.version;
  }

  #change({ type, name }: Change): void {
    const before = this.#objects.get(name);
    const key = storeKey(undefined, name);
    this.#version += 1;
    if (type === 'delete' || type === 'prune') {
      this.#objects.delete(name);
      if (type === 'prune') this.store.remove(key, before?.metadata.uid ?? '');
      return;
    }
    if (before === undefined || type === 'replace') this.#uids += 1;
    const uid = before === undefined || type === 'replace' ? `${this.#uids}` : (before.metadata.uid ?? '');
    this.#writes += 1;
    const after = object(name, this.#version, { uid, generation: this.#writes });
    this.#objects.set(name, after);
    if (type === 'write') this.store.put(after);
  }
}

it('is as the server lists it, whatever was known, written, deleted, backed up and restored before', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => {
      const server = new RestorableServer();
      for (const step of steps) server.do(step);
      server.list();
      const byName = (objects: readonly LiveObject[]) =>
        Object.fromEntries(objects.map((one) => [one.metadata.name ?? '', one]));
      expect(byName(server.store.all())).toEqual(byName(server.objects));
    }),
    { numRuns: 500 },
  );
});
