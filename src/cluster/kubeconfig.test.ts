import { describe, expect, it } from 'vitest';
import { endpointOfContext, readKubeconfig } from './kubeconfig.ts';

function kubeconfig(cluster: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'eu-1', cluster }],
    users: [{ name: 'gitfed', user: { token: 'a' } }],
    contexts: [{ name: 'eu-1', context: { cluster: 'eu-1', user: 'gitfed' } }],
    'current-context': 'eu-1',
  });
}

describe('a kubeconfig whose server is http', () => {
  const server = 'http://127.0.0.1:8080';
  const options = { tls: {}, mayRunPrograms: false };

  it('is refused for that, and not for its credential', async () => {
    const read = readKubeconfig(kubeconfig({ server }), '/');
    await expect(endpointOfContext(read, options)).rejects.toThrow(
      'the server in the kubeconfig is http, which needs insecure-skip-tls-verify: true there: use https',
    );
  });

  it('is used where it says that it is not checked', async () => {
    const read = readKubeconfig(kubeconfig({ server, 'insecure-skip-tls-verify': true }), '/');
    const { url, authenticate } = await endpointOfContext(read, options);
    expect([url.href, await authenticate()]).toEqual([`${server}/`, { Authorization: 'Bearer a' }]);
  });
});
