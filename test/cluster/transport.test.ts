import { expect } from 'vitest';
import { describe, test } from '../controlplane/fixtures.ts';
import { clientOf } from './client-of.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

function apply(name: string, data: Readonly<Record<string, string>>) {
  return {
    method: 'PATCH',
    path: `${MAPS}/${name}?fieldManager=test&force=true`,
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data }),
  } as const;
}

describe('an API server', () => {
  test('is spoken to in HTTP/2: many small objects, large ones, and lists of them', async ({ clusters: [cluster] }) => {
    const client = clientOf(cluster);
    await Promise.all(Array.from({ length: 200 }, (_, index) => client.request(apply(`small-${index}`, { a: '1' }))));
    expect(client.protocol).toBe('h2');
    const text = 'ü'.repeat(450_000);
    await Promise.all(Array.from({ length: 20 }, (_, index) => client.request(apply(`large-${index}`, { text }))));
    const list = (await client.json({ method: 'GET', path: MAPS })) as { items: { data: { text?: string } }[] };
    expect(list.items.filter(({ data }) => data.text === text)).toHaveLength(20);
    expect(list.items.filter(({ data }) => data.text === undefined).length).toBeGreaterThanOrEqual(200);
  });

  test('that ends in good order or in the middle is spoken to again after it', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const client = clientOf(cluster);
    await client.request(apply('one', { a: '1' }));
    await cluster.restart();
    await client.request(apply('one', { a: '2' }));
    await cluster.kill();
    await cluster.restart();
    await client.request(apply('one', { a: '3' }));
    expect(client.protocol).toBe('h2');
  });

  test('that is frozen in the middle of many requests costs one timeout', async ({ freshClusters }) => {
    const [cluster] = await freshClusters(1);
    const client = clientOf(cluster);
    await client.request(apply('one', { a: '1' }));
    cluster.freeze();
    const begin = performance.now();
    const requests = Array.from({ length: 50 }, (_, index) =>
      client.request({ ...apply(`map-${index}`, { a: '1' }), timeoutMs: 3_000 }),
    );
    const results = await Promise.allSettled(requests);
    expect(performance.now() - begin).toBeLessThan(5_900);
    expect(results.map((one) => (one.status === 'rejected' ? one.reason.failure : ''))).toEqual(
      requests.map(() => 'Timeout'),
    );
    cluster.thaw();
  });
});
