import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, ROOT, writeFiles } from './run-gitfed.ts';

const deployment = (replicas: number, name = 'web'): string =>
  federated(
    'FederatedDeployment',
    `{template: {spec: {replicas: ${replicas}}}, placement: {clusterSelector: {}}}`,
    `{name: ${name}, namespace: shop}`,
  );

const GATES = `gates:
  maxClusters: 1
  maxReplicasLost: {count: 2, percent: 10}
  protected: {namespaces: [shop], from: Deletions}
`;

/** Two clusters with `web` (5 replicas each) and `api`, and limits that each change is over. */
function createRepository(configuration = GATES): string {
  const folder = createFolder({
    'fleet.yaml': FLEET,
    'gitfed.yaml': configuration,
    'web.yaml': deployment(5),
    'api.yaml': deployment(1, 'api'),
  });
  commitAll(folder);
  git(folder, 'checkout', '--quiet', '-b', 'topic');
  return folder;
}

function commit(folder: string, files: Readonly<Record<string, string>>, message: string): void {
  writeFiles(folder, files);
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', message);
}

/** The output without what differs from run to run. */
function steady(text: string): string {
  return text.replace(/[0-9a-f]{40}|[0-9a-f]{12}/g, (id) => '0'.repeat(id.length));
}

/** More than the limits of each of them, allowed by two commits, with a gate set otherwise and a slip. */
function createChange(): string {
  const folder = createRepository();
  const loose = GATES.replace('maxClusters: 1', 'maxClusters: 50');
  commit(
    folder,
    { 'web.yaml': deployment(1), 'gitfed.yaml': loose },
    'Less\n\nGitfed-Allow: maxReplicas we pay too much',
  );
  git(folder, 'rm', '--quiet', 'api.yaml');
  commit(
    folder,
    {},
    'No api\n\nIt is not used.\n\nGitfed-Allow: protected.namespaces, maxReplicasLost the *team* agreed',
  );
  return folder;
}

describe('gitfed diff with gates', () => {
  it.each([
    ['text', 'diff-gates.txt', []],
    ['markdown', 'diff-gates.md', ['-o', 'markdown']],
    ['json', 'diff-gates.json', ['-o', 'json']],
  ])('shows them as %s', async (_format, file, args) => {
    const { code, stdout } = await gitfed(['diff', ...args], createChange());
    expect(code).toBe(1);
    await expect(steady(stdout)).toMatchFileSnapshot(path.join(ROOT, 'test/cli/testdata', file));
  });

  it('fits them into a narrow terminal', async () => {
    const { stdout } = await gitfed(['diff', '--no-pager', '--color=false'], createChange(), {}, 60);
    const gates = stdout.slice(stdout.indexOf('gates:'));
    expect(Math.max(...gates.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('says nothing of gates that a change passes', async () => {
    const folder = createRepository('gates: {maxClusters: 2, maxReplicasLost: {count: 9}}');
    commit(folder, { 'web.yaml': deployment(4) }, 'Less');
    expect((await gitfed(['diff'], folder)).stdout).not.toContain('gates');
    expect((await gitfed(['diff', '-o', 'markdown'], folder)).stdout).not.toContain('[!');
    const { gates } = JSON.parse((await gitfed(['diff', '-o', 'json'], folder)).stdout);
    expect(gates).toMatchObject({ passed: true, results: [{ gate: 'maxDeletions' }, { actual: 2 }, { actual: 2 }] });
  });

  it.each<[failOn: string, message: string, code: number]>([
    ['differences', 'Less\n\nGitfed-Allow: protected, maxClusters, maxReplicasLost agreed', 1],
    ['gates', 'Less\n\nGitfed-Allow: protected, maxClusters, maxReplicasLost agreed', 0],
    ['gates', 'Less\n\nGitfed-Allow: maxReplicasLost agreed', 1],
    ['gates', 'Gitfed-Allow: maxClusters, maxReplicasLost in the subject', 1],
    ['gates', 'Less\n\nGitfed-Allow: maxClusters, maxReplicasLost agreed\n\nNot the last paragraph.', 1],
    ['gates', 'Less\n\nGITFED-ALLOW: MAXCLUSTERS, maxreplicaslost', 0],
    ['errors', 'Less', 0],
  ])('with --fail-on %s after the message %j ends with code %i', async (failOn, message, code) => {
    const folder = createRepository();
    commit(folder, { 'web.yaml': deployment(1) }, message);
    expect((await gitfed(['diff', '--fail-on', failOn], folder)).code).toBe(code);
  });

  it('takes the word of a commit for its own change only', async () => {
    const folder = createRepository();
    commit(folder, { 'web.yaml': deployment(1) }, 'Less\n\nGitfed-Allow: maxClusters, maxReplicasLost agreed');
    writeFiles(folder, { 'web.yaml': deployment(0) });
    // What is not committed yet is nothing that anybody gave their word for.
    expect((await gitfed(['diff', '--fail-on', 'gates'], folder)).code).toBe(1);
    expect((await gitfed(['diff', '--fail-on', 'gates', '--against', 'main'], folder)).code).toBe(0);
  });

  it('looks at the whole fleet, also where one cluster is asked for', async () => {
    const folder = createRepository();
    commit(folder, { 'web.yaml': deployment(1) }, 'Less');
    const { stdout } = await gitfed(['diff', '--cluster', 'eu-1'], folder);
    expect(stdout).toContain('Something changes in 2 clusters; gates.maxClusters is 1.');
  });

  it('lets nothing of a message reach the terminal or GitHub', async () => {
    const folder = createRepository();
    const hostile = 'see @everyone `x` </details> \u001b[31m[a](http://x) #1';
    commit(folder, { 'web.yaml': deployment(1) }, `Less\n\nGitfed-Allow: maxClusters ${hostile}\nGitfed-Allow: @team`);
    const { stdout } = await gitfed(['diff'], folder);
    expect(stdout).toContain('\\u{1b}[31m');
    expect(stdout).not.toContain('\u001b');
    const markdown = (await gitfed(['diff', '-o', 'markdown'], folder)).stdout;
    expect(markdown).toContain('``see @everyone `x` </details> \\u{1b}[31m[a](http://x) #1``');
    expect(markdown).toContain('`Gitfed-Allow: @team`');
  });

  it('cannot be asked about members', async () => {
    const { code, stderr } = await gitfed(['diff', '--live', '--fail-on', 'gates'], createRepository());
    expect(code).toBe(2);
    expect(stderr).toContain('--fail-on gates is about commits');
  });
});
