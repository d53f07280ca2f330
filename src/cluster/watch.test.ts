import type { ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { describe, expect, it } from 'vitest';
import { clientOf, converse, listen, SERVING } from '../../test/helpers/http2-server.ts';
import type { ServedResource } from './discovery.ts';
import { type WatchEvent, type WatchOptions, watchObjects } from './watch.ts';

const MAPS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  verbs: new Set(['list', 'watch']),
};

const SECRET_TEXT = 'hunter2';

function event(type: string, metadata: object, rest: object = {}): string {
  return `${JSON.stringify({ type, object: { metadata, ...rest } })}\n`;
}

const ADDED = event('ADDED', { name: 'ä', uid: 'u', resourceVersion: '2' });

/** A watch of a server that writes so after the head, and what it told. */
async function watch(write: (stream: ServerHttp2Stream) => void, options: Partial<WatchOptions> = {}) {
  const { client, asked, server } = await converse((stream) => {
    stream.respond({ ':status': 200 });
    write(stream);
  });
  const events: WatchEvent[] = [];
  const control = new AbortController();
  const end = watchObjects(client, MAPS, {
    resourceVersion: '1',
    signal: control.signal,
    onEvent: (one) => events.push(one),
    random: () => 0,
    ...options,
  });
  end.catch(() => undefined);
  return { client, asked, server, events, control, end };
}

describe('a watch', () => {
  it('asks for what was selected, with bookmarks, for 5 minutes and more', async () => {
    const { asked, end } = await watch((stream) => stream.end(), {
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=x',
      namespace: 'shop',
      random: () => 0.5,
    });
    expect(await end).toBe('closed');
    expect(asked).toEqual([
      'GET /prefix/api/v1/namespaces/shop/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=450&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx 1',
    ]);
  });

  it('tells what is there, what is gone, and how far it has come', async () => {
    const bytes = Buffer.from(
      [
        ADDED,
        event('MODIFIED', { name: 'ä', resourceVersion: '3' }),
        event('DELETED', { name: 'ä', resourceVersion: '4' }),
        event('BOOKMARK', { resourceVersion: '9' }),
        event('NEW', {}),
      ].join(''),
    );
    const { events, end } = await watch((stream) => {
      // One byte at a time: characters and lines are cut everywhere.
      for (const byte of bytes) stream.write(Buffer.from([byte]));
      stream.end();
    });
    expect(await end).toBe('closed');
    expect(events).toEqual([
      { type: 'there', object: { metadata: { name: 'ä', uid: 'u', resourceVersion: '2' } } },
      { type: 'there', object: { metadata: { name: 'ä', resourceVersion: '3' } } },
      { type: 'gone', object: { metadata: { name: 'ä', resourceVersion: '4' } } },
      { type: 'bookmark', resourceVersion: '9' },
    ]);
  });

  it('leaves out a line that was cut off', async () => {
    const { events, end } = await watch((stream) => stream.end(`${ADDED}${ADDED.slice(0, 30)}`));
    expect(await end).toBe('closed');
    expect(events).toHaveLength(1);
  });

  it('that is too old is expired, when an event says so', async () => {
    const error = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } };
    const { end } = await watch((stream) => stream.end(`${JSON.stringify(error)}\n`));
    expect(await end).toBe('expired');
  });

  it('that is too old is expired, when the server answers so', async () => {
    const { client } = await converse((stream) => {
      stream.respond({ ':status': 410 });
      stream.end('{"kind":"Status","code":410,"reason":"Expired"}');
    });
    const options = { resourceVersion: '1', signal: new AbortController().signal, onEvent: () => undefined };
    expect(await watchObjects(client, MAPS, options)).toBe('expired');
  });

  it.each([
    [
      'an error in an event',
      `${JSON.stringify({ type: 'ERROR', object: { code: 500, reason: 'InternalError', message: SECRET_TEXT } })}\n`,
      'the API server answered 500 InternalError',
    ],
    ['what is no JSON', `${SECRET_TEXT}\n`, 'the answer is none of an API server: it is not JSON'],
    ['what is no event', '"x"\n', 'the answer is none of an API server: it is no event'],
  ])('fails by %s, without a word of the server', async (_title, line, message) => {
    const { end } = await watch((stream) => stream.end(line));
    await expect(end).rejects.toMatchObject({ message });
  });

  it('is refused without a word of the server', async () => {
    const { client } = await converse((stream) => {
      stream.respond({ ':status': 403 });
      stream.end(JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: SECRET_TEXT }));
    });
    const options = { resourceVersion: '1', signal: new AbortController().signal, onEvent: () => undefined };
    await expect(watchObjects(client, MAPS, options)).rejects.toMatchObject({ status: 403, failure: 'Status' });
  });

  it('ends when its connection is cut, and when it is stopped', async () => {
    const cut = await watch((stream) => {
      stream.write(ADDED, () => stream.session?.destroy());
    });
    await expect(cut.end).rejects.toMatchObject({ failure: 'Connection' });
    const stopped = await watch((stream) => stream.write(ADDED), { onOpen: () => stopped.control.abort() });
    await expect(stopped.end).rejects.toMatchObject({ failure: 'Aborted' });
    expect(stopped.client.isDead).toBe(false);
  });

  it('ends when nothing comes for too long', async () => {
    const { end, client } = await watch(() => undefined, { idleMs: 50 });
    await expect(end).rejects.toMatchObject({ failure: 'Timeout' });
    expect(client.isDead).toBe(false);
  });

  it('ends when its answer does not begin, however long a request may take', async () => {
    const patient = { timeoutMs: 3_600_000 };
    const http1 = createHttpsServer(SERVING, () => undefined);
    const clients = [(await converse(() => undefined, patient)).client, clientOf(await listen(http1), patient)];
    for (const client of clients) {
      const options = { resourceVersion: '1', signal: new AbortController().signal, onEvent: () => undefined };
      const end = watchObjects(client, MAPS, { ...options, startMs: 50 });
      await expect(end).rejects.toMatchObject({ failure: 'Timeout' });
      expect(client.isDead).toBe(false);
    }
  });

  it('is not begun by a client that is closed, which would connect again', async () => {
    const { client, asked } = await converse((stream) => stream.respond({ ':status': 200 }));
    client.close();
    const options = { resourceVersion: '1', signal: new AbortController().signal, onEvent: () => undefined };
    await expect(watchObjects(client, MAPS, options)).rejects.toMatchObject({ failure: 'Aborted' });
    expect(asked).toEqual([]);
  });

  it('takes no place of a request, and leaves its connection as it is when it ends', async () => {
    const control = new AbortController();
    const { client, asked } = await converse((stream, attempt) => {
      stream.respond({ ':status': 200 });
      if (attempt > 50) stream.end('{}');
    });
    const opened = Array.from({ length: 50 }, () => Promise.withResolvers<void>());
    const watches = opened.map(({ resolve }) =>
      watchObjects(client, MAPS, {
        resourceVersion: '1',
        signal: control.signal,
        onOpen: resolve,
        onEvent: () => undefined,
      }).catch(() => 'stopped'),
    );
    await Promise.all(opened.map(({ promise }) => promise));
    await client.request({ method: 'GET', path: '/x' });
    control.abort();
    expect(await Promise.all(watches)).toEqual(watches.map(() => 'stopped'));
    await client.request({ method: 'GET', path: '/y' });
    expect(asked.at(-1)).toBe('GET /prefix/y 1');
  });

  it('has a connection of its own in HTTP/1.1', async () => {
    const server = createHttpsServer(SERVING, (request, response) => {
      if (request.url?.includes('watch=true') !== true) return response.end('{}');
      return response.write(ADDED);
    });
    const client = clientOf(await listen(server));
    const control = new AbortController();
    const events = Array.from({ length: 20 }, () => Promise.withResolvers<WatchEvent>());
    const watches = events.map(({ resolve }) =>
      watchObjects(client, MAPS, { resourceVersion: '1', signal: control.signal, onEvent: resolve }).catch(
        (error: unknown) => error,
      ),
    );
    await Promise.all(events.map(({ promise }) => promise));
    await client.request({ method: 'GET', path: '/x' });
    expect(client.protocol).toBe('http/1.1');
    control.abort();
    expect(await Promise.all(watches)).toMatchObject(watches.map(() => ({ failure: 'Aborted' })));
  });
});
