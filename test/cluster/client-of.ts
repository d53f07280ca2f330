import { onTestFinished } from 'vitest';
import { ApiClient } from '../../src/cluster/index.ts';
import type { Cluster } from '../controlplane/fixtures.ts';

/** A client of a cluster until the end of the test, by default as admin. */
export function clientOf(cluster: Cluster, token = cluster.adminToken): ApiClient {
  const client = new ApiClient({
    url: new URL(cluster.url),
    tls: { ca: Buffer.from(cluster.caBundle, 'base64') },
    authenticate: async () => ({ Authorization: `Bearer ${token}` }),
  });
  onTestFinished(() => client.close());
  return client;
}
