import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/git-repository.ts';
import { GitfedError } from '../../errors.ts';
import { Home } from './home.ts';

const CLUSTERS =
  'clusters: [{ name: home, cluster: { server: "https://127.0.0.1:1", insecure-skip-tls-verify: true } }]';
const CONTEXTS = 'contexts: [{ name: home, context: { cluster: home, user: me } }]\ncurrent-context: home';

function program(command: string): string {
  const exec = `{ apiVersion: client.authentication.k8s.io/v1, command: "${command}", interactiveMode: Never }`;
  return `${CLUSTERS}\nusers: [{ name: me, user: { exec: ${exec} } }]\n${CONTEXTS}\n`;
}

describe('a kubeconfig of the home cluster', () => {
  it.each([
    ['has no current context', `${CLUSTERS}\n`],
    ['names a program that fails', program('false')],
    ['names a program that is not there', program('/nowhere/program')],
  ])('that %s is told with what to correct', async (_what, text) => {
    const kubeconfig = path.join(temporaryFolder(), 'home.yaml');
    writeFileSync(kubeconfig, text);
    const opened = Home.open({ kubeconfig, leaseMs: 15_000 }, { source: 'file:///fleet.git' });
    await expect(opened).rejects.toThrow(GitfedError);
    await expect(opened).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^The home cluster cannot be used: .+\. Correct --home-kubeconfig .+home\.yaml, /),
    });
  });
});
