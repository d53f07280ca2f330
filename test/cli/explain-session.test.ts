import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestRepository } from '../helpers/git-repository.ts';
import { gitfed, ROOT, spawnGitfed } from './run-gitfed.ts';
import { onTerminal } from './terminal.ts';

/** What a person asks about `examples/repo`, one after the other. */
const SESSION: readonly (readonly string[])[] = [
  ['deployment/web', '-n', 'shop'],
  ['FederatedDeployment/payments/gateway', '--cluster', 'eu-2'],
  ['deploy/web', '-n', 'shop', '--observed', 'observed.yaml'],
  ['deploy/web', '-n', 'shop', '--field', 'spec.template.spec.containers[name="web"].image'],
  ['deploy/web', '-n', 'shop', '--field', '/spec/replicas', '--cluster', 'eu-1', '--cluster', 'us-2'],
  ['deploy/web', '-n', 'shop', '--field', 'spec.template.spec.containers[0].env'],
  ['deploy/web', '-n', 'shop', '--field', 'metadata.labels["kubefed.io/managed"]'],
  ['rs/label-printer', '--cluster', 'eu-9', '--cluster', 'ap-1'],
  ['deploy/wbe', '-n', 'shop'],
];

const OBSERVED = `
apiVersion: gitfed.io/v1alpha1
kind: Observations
clusters:
  ap-1: {ready: false}
  eu-1:
    workloads:
      - {kind: Deployment, namespace: shop, name: web, specReplicas: 10, readyReplicas: 6, runningAndReadyPods: 6, unschedulablePods: 4}
  us-1:
    workloads:
      - {kind: Deployment, namespace: shop, name: web, specReplicas: 9, readyReplicas: 9, runningAndReadyPods: 9}
`;

/** The example in a repository of its own, with one line that nobody has committed. */
function exampleRepository(): TestRepository {
  const repository = new TestRepository();
  cpSync(join(ROOT, 'examples', 'repo'), repository.folder, { recursive: true });
  repository.commit('A shop in five clusters');
  const web = readFileSync(join(repository.folder, 'shop/web.yaml'), 'utf8');
  return repository.write({ 'shop/web.yaml': web.replace('4.13.0-rc.2', '4.13.0'), 'observed.yaml': OBSERVED });
}

async function play(folder: string, columns: number, options: readonly string[] = []): Promise<string> {
  const scenes: string[] = [];
  for (const args of SESSION) {
    const { code, screen } = await onTerminal(['explain', ...args, ...options], folder, { columns });
    scenes.push(`$ gitfed explain ${args.join(' ')}\n${screen}${code === 0 ? '' : `(exit code ${code})\n`}`);
  }
  return scenes.join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colour is made of.
const COLOUR = /\u001b\[\d+m/g;

describe('a session with explain', () => {
  it.each([80, 160])('reads well on a terminal of %i columns', async (columns) => {
    const { folder } = exampleRepository();
    const coloured = await play(folder, columns);
    const plain = await play(folder, columns, ['--no-color']);
    const goldens = join(import.meta.dirname, 'testdata', 'explain');
    await expect(plain).toMatchFileSnapshot(join(goldens, `${columns}.txt`));
    // Colours are shown, so that they can be reviewed.
    await expect(coloured.replaceAll('\u001b', '\\e')).toMatchFileSnapshot(join(goldens, `${columns}-colour.txt`));

    expect(coloured).toMatch(COLOUR);
    expect(coloured.replace(COLOUR, '')).toBe(plain);
    const tooLong = plain.split('\n').filter((line) => !/^(?:\$|gitfed:) /.test(line) && line.length > columns);
    expect(tooLong.filter((line) => line.trim().includes(' '))).toEqual([]);
  });

  it('is plain text for NO_COLOR, and unbroken plain text for a pipe', async () => {
    const { folder } = exampleRepository();
    const args = ['explain', 'deploy/web', '-n', 'shop', '--field', 'spec.replicas'];
    const { screen } = await onTerminal(args, folder, { columns: 80, env: { NO_COLOR: '1' } });
    expect(screen).not.toMatch(COLOUR);
    const { stdout } = spawnGitfed(args, folder);
    expect(stdout).not.toMatch(COLOUR);
    expect(stdout.replace(/\s+/g, ' ')).toBe(screen.replace(/\s+/g, ' '));
    expect((await gitfed(args, folder)).stdout).toBe(stdout);
  });
});
