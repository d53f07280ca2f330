import type { ServerHttp2Stream } from 'node:http2';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { converse } from '../../test/helpers/http2-server.ts';
import type { ServedResource } from './discovery.ts';
import { ObjectCache } from './object-cache.ts';
import { METADATA_ONLY, type Projection } from './projection.ts';

function kind(plural: string): ServedResource {
  return { group: '', version: 'v1', kind: plural, plural, scope: 'Namespaced', verbs: new Set() };
}

function list(stream: ServerHttp2Stream, items: readonly unknown[] = []): void {
  stream.respond({ ':status': 200 });
  stream.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '5' }, items }));
}

const DELETED = { name: 'a', uid: 'u', resourceVersion: '80' };
const OBJECT = { metadata: { name: 'a', uid: 'u', resourceVersion: '1' } };

/** A cache of a server that lists one object of each kind, and answers watches so. */
async function cached(watch: (stream: ServerHttp2Stream) => void, streams = 100) {
  const { client, asked } = await converse(
    (stream) => (asked.at(-1)?.includes('watch=true') === true ? watch(stream) : list(stream, [OBJECT])),
    {},
    { settings: { maxConcurrentStreams: streams } },
  );
  const cache = new ObjectCache({ client, random: () => 0 });
  onTestFinished(() => cache.close());
  const lists = () => asked.filter((one) => one.includes('limit=')).length;
  const watches = () => asked.filter((one) => one.includes('watch=true')).length;
  return { cache, lists, watches, client };
}

function open(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
}

describe('objects in memory', () => {
  it('are watched as far as the server takes so much at once, and listed beyond that', async () => {
    const { cache, lists, client } = await cached(open, 10);
    await client.request({ method: 'GET', path: '/warm' });
    const kinds = Array.from({ length: 10 }, (_, index) => kind(`kinds${index}`));
    for (const one of kinds) await cache.list(one);
    await vi.waitFor(() => expect(cache.counts.watches).toBe(6));
    const before = lists();
    for (const one of kinds) expect(await cache.list(one)).toHaveLength(1);
    expect(lists() - before).toBe(4);
    expect(cache.isComplete).toBe(false);
  });

  it('are looked at without asking, and what is not known is not taken for what is not there', async () => {
    const { cache, lists } = await cached(open);
    const whole: Projection = { ...METADATA_ONLY, key: 'whole', whole: true };
    const peek = (plural: string, name: string) => cache.peek(kind(plural), '', name);
    expect(peek('maps', 'a')).toBeUndefined();
    expect(cache.isAskedFor(kind('maps'))).toBe(false);
    await cache.list(kind('maps'));
    expect(cache.isAskedFor(kind('maps'))).toBe(true);
    expect(peek('maps', 'a')).toBeUndefined();
    await cache.list(kind('maps'), { projection: whole });
    expect(peek('maps', 'a')).toMatchObject({ metadata: { uid: 'u' } });
    expect(peek('maps', 'b')).toBeNull();
    expect(lists()).toBe(2);
    cache.release(kind('maps'), { projection: whole });
    expect(peek('maps', 'a')).toBeUndefined();
    await vi.waitFor(() => expect(cache.counts).toMatchObject({ feeds: 1, watches: 1 }));
  });

  it('are let go when no pass asks for them any more', async () => {
    const { cache } = await cached(open);
    for (const plural of ['old', 'new']) await cache.list(kind(plural));
    await vi.waitFor(() => expect(cache.counts).toMatchObject({ watches: 2, objects: 2 }));
    for (let pass = 0; pass < 5; pass += 1) {
      cache.beginPass();
      await cache.list(kind('new'));
    }
    expect(cache.counts).toMatchObject({ watches: 1, feeds: 1, objects: 1 });
  });

  it.each([
    ['what is no list of managers', { metadata: { ...OBJECT.metadata, resourceVersion: '9', managedFields: 5 } }],
    ['an object of nothing', null],
    ['metadata of another kind', { metadata: 'x' }],
  ])('outlive a server that sends %s', async (_title, object) => {
    let times = 0;
    const { cache, watches } = await cached((stream) => {
      times += 1;
      open(stream);
      if (times === 1) stream.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
    });
    await cache.list(kind('maps'));
    await vi.waitFor(() => expect(watches()).toBeGreaterThanOrEqual(1));
    await vi.waitFor(() => expect(cache.counts.watches).toBe(1));
    expect((await cache.list(kind('maps'))).map(({ metadata }) => metadata.name)).toContain('a');
  });

  it.each([
    ['holds nothing', '2', []],
    ['holds another object of that name', '2', [{ metadata: { name: 'a', uid: 'v', resourceVersion: '1' } }]],
    ['holds nothing, and has come further since', '99', []],
    [
      'has come further since with another object',
      '99',
      [{ metadata: { name: 'a', uid: 'v', resourceVersion: '70' } }],
    ],
    [
      'has come further since with an earlier one',
      '99',
      [{ metadata: { name: 'a', uid: 'u', resourceVersion: '70' } }],
    ],
    ['has come further since with what was deleted', '99', [{ metadata: DELETED }]],
    ['has not come to where it was watched', '93', [{ metadata: { name: 'a', uid: 'v', resourceVersion: '80' } }]],
  ])('are those of a server that went back in time and %s', async (_title, resourceVersion, items) => {
    let answer = { resourceVersion: '90', items: [{ metadata: { name: 'a', uid: 'u', resourceVersion: '80' } }] };
    const streams: ServerHttp2Stream[] = [];
    const { client, asked } = await converse((stream) => {
      stream.respond({ ':status': 200 });
      if (asked.at(-1)?.includes('watch=true') === true) return streams.push(stream);
      const { resourceVersion: version } = answer;
      return stream.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: version }, items: answer.items }));
    });
    const cache = new ObjectCache({ client, random: () => 0 });
    onTestFinished(() => cache.close());
    await cache.list(kind('maps'));
    await vi.waitFor(() => expect(cache.counts.watches).toBe(1));
    if (items[0]?.metadata === DELETED) {
      const id = { namespace: '', name: 'a' };
      await cache.observe(
        kind('maps'),
        id,
        async () => undefined,
        () => ({ gone: 'u' }),
      );
    }
    // Restored from a backup, or made anew at the same address.
    answer = { resourceVersion, items };
    const bookmark = { type: 'BOOKMARK', object: { kind: 'Map', metadata: { resourceVersion: '95' } } };
    streams.at(-1)?.write(`${JSON.stringify(bookmark)}\n`);
    streams.at(-1)?.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410 } })}\n`);
    await vi.waitFor(() => expect(streams).toHaveLength(2));
    expect(await cache.list(kind('maps'))).toMatchObject(items);
    expect(cache.counts.objects).toBe(items.length);
  });
});
