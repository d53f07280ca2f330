import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatYaml } from '../../src/core/index.ts';
import { formatObjectsFile } from '../../src/report/objects-file.ts';
import { TestRepository } from '../helpers/git-repository.ts';
import { cluster, documents, federated, federatedNamespace, preference } from '../helpers/model-of.ts';
import { createFolder, gitfed } from './run-gitfed.ts';

const FLEET = documents(
  cluster('eu-1'),
  cluster('eu-2'),
  cluster('us-1'),
  federatedNamespace('shop'),
  federated('FederatedDeployment', '{placement: {clusterSelector: {}}, template: {spec: {}}}'),
  preference('{targetKind: FederatedDeployment, totalReplicas: 9}'),
);

function observation(name: string, entry: string): string {
  return `apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters:\n  ${name}: ${entry}\n`;
}

const WEB = 'kind: Deployment, namespace: shop, name: web';
/** eu-1 has room for 1 of 3, us-1 is lost: eu-2 gets the rest. */
const OBSERVED = {
  'observations/eu-1.yaml': observation(
    'eu-1',
    `{ready: true, workloads: [{${WEB}, specReplicas: 3, readyReplicas: 1, runningAndReadyPods: 1, unschedulablePods: 2}]}`,
  ),
  'observations/us-1.yaml': observation('us-1', '{ready: false}'),
};
const PLANNED = { 'eu-1': 1n, 'eu-2': 8n };

/** What a daemon left: a source commit, and a commit of the status branch on top of nothing. */
class Replayed {
  readonly repository = new TestRepository();
  readonly source: string;
  readonly status: string;
  readonly tree: string;

  constructor(
    applied: Readonly<Record<string, bigint>> = PLANNED,
    observed: Readonly<Record<string, string>> = OBSERVED,
  ) {
    this.source = this.repository.write({ 'fleet.yaml': FLEET }).commit('A fleet');
    this.repository.git('checkout', '--quiet', '--orphan', 'gitfed/status');
    this.repository.write({ 'fleet.yaml': null, ...observed, ...statusFiles(applied) });
    this.repository.git('add', '--all', '.');
    const tree = this.repository.git('write-tree');
    this.tree = this.repository.git('rev-parse', `${tree}:observations`);
    this.status = this.repository.commit(
      `all in order [skip ci]\n\nSource-Commit: ${this.source}\nObservations-Tree: ${this.tree}\n`,
    );
    this.repository.git('checkout', '--quiet', 'main');
  }

  run(...args: readonly string[]) {
    return gitfed(['replay', ...args], this.repository.folder);
  }
}

function statusFiles(applied: Readonly<Record<string, bigint>>): Readonly<Record<string, string>> {
  const id = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  return Object.fromEntries(
    ['eu-1', 'eu-2', 'us-1'].flatMap((name) => {
      const status = name === 'us-1' ? 'False' : 'True';
      const scheduledReplicas = applied[name];
      const objects = [
        {
          id,
          federated: 'FederatedDeployment/shop/web',
          status: '',
          ...(scheduledReplicas === undefined ? {} : { scheduledReplicas }),
        },
      ];
      return [
        [
          `clusters/${name}.yaml`,
          formatYaml({ kind: 'KubeFedCluster', status: { conditions: [{ type: 'Ready', status }] } }),
        ],
        [`objects/${name}.yaml`, formatObjectsFile(name, { state: 'Synced', objects })],
      ];
    }),
  );
}

describe('gitfed replay', () => {
  it('prints the plan of the last status commit', async () => {
    const { run, source, tree } = bound(new Replayed());
    expect(await run()).toEqual({
      code: 0,
      stderr: '',
      stdout: `Source commit ${source}
Observations  ${tree}
Not ready     us-1

FederatedDeployment/shop/web: 9 of 9
  CLUSTER  REPLICAS  RUNNING  CAPACITY
  eu-1            1        1         1
  eu-2            8        -         -
`,
    });
  });

  it('prints the same bytes however the pair is named, and on another machine', async () => {
    const { run, source, status, tree, repository } = bound(new Replayed());
    const clone = createFolder();
    repository.git(
      'clone',
      '--quiet',
      '--no-local',
      '--branch',
      'gitfed/status',
      repository.folder,
      join(clone, 'there'),
    );
    const [first, ...others] = await Promise.all([
      run('-o', 'yaml'),
      run(status, '-o', 'yaml'),
      run('gitfed/status', '-o', 'yaml'),
      run(source, status, '-o', 'yaml'),
      run('main', tree, '-o', 'yaml'),
      run('main', 'gitfed/status:observations', '-o', 'yaml'),
      run(source.slice(0, 10), tree.slice(0, 10), '-o', 'yaml'),
      gitfed(['replay', source, tree, '-o', 'yaml', '--path', 'there'], clone),
      gitfed(['replay', '-o', 'yaml', '--path', `file://${repository.folder}`], clone),
    ]);
    expect(first?.code, first?.stderr).toBe(0);
    for (const other of others) expect(other).toEqual(first);
  });

  it('takes a branch of the remote for one that is not here, as in a clone that nobody writes status in', async () => {
    const { source, repository } = bound(new Replayed());
    const clone = join(createFolder(), 'clone');
    repository.git('clone', '--quiet', '--no-local', '--origin', 'upstream', repository.folder, clone);
    const replay = (...args: readonly string[]) => gitfed(['replay', ...args, '-o', 'yaml'], clone);
    const first = await replay();
    expect(first.code, first.stderr).toBe(0);
    expect(await replay('gitfed/status~0')).toEqual(first);
    expect(await replay(source, 'gitfed/status')).toEqual(first);
    expect(await replay('main', 'gitfed/status:observations')).toEqual(first);
  });

  it('plans what render renders from the same names', async () => {
    const { run, repository, status } = bound(new Replayed());
    const { stdout } = await run('-o', 'json');
    const { workloads } = JSON.parse(stdout);
    const rendered = await gitfed(['render', '--ref', 'main', '--observed', status, '-o', 'json'], repository.folder);
    expect(rendered.code, rendered.stderr).toBe(0);
    const { replicas } = JSON.parse(rendered.stdout);
    expect(replicas).toEqual({ 'FederatedDeployment/shop/web': { 'eu-1': 1, 'eu-2': 8 } });
    expect(workloads[0]).toMatchObject({
      object: 'FederatedDeployment/shop/web',
      preference: 'ReplicaSchedulingPreference/shop/web',
      outcome: 'Planned',
      totalReplicas: 9,
      replicas: 9,
      overflow: 0,
      unplaced: 0,
      clusters: [
        { cluster: 'eu-1', replicas: 1, current: 1, capacity: 1 },
        { cluster: 'eu-2', replicas: 8 },
      ],
    });
  });

  it('takes a file, and another commit than the one that was planned', async () => {
    const { run, repository } = bound(new Replayed());
    repository.write({ 'fleet.yaml': FLEET.replace('totalReplicas: 9', 'totalReplicas: 6') }).commit('Fewer');
    const folder = createFolder({ 'observed.yaml': observation('eu-2', '{ready: false}') });
    const { code, stdout } = await run('main', join(folder, 'observed.yaml'), '-o', 'json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.observationsTree).toBeUndefined();
    expect(document.workloads[0].clusters).toEqual([
      { cluster: 'eu-1', replicas: 3 },
      { cluster: 'us-1', replicas: 3 },
    ]);
  });

  it('is a plan without observations where a status commit has none', async () => {
    const { repository } = new Replayed();
    repository.git('checkout', '--quiet', 'gitfed/status');
    repository.git('rm', '-r', '--quiet', 'observations');
    const message = repository.git('log', '-1', '--format=%B');
    repository.commit(message);
    const { code, stdout } = await gitfed(['replay', 'gitfed/status', '-o', 'json'], repository.folder);
    expect(code).toBe(0);
    const numbers = JSON.parse(stdout).workloads[0].clusters.map(({ replicas }: { replicas: number }) => replicas);
    expect(numbers).toEqual([3, 3, 3]);
  });

  it('says nothing of members where an error keeps their numbers, but that', async () => {
    const { repository } = new Replayed();
    repository.write({ 'bad.yaml': 'a: "b" c\n' }).commit('Broken');
    const { code, stdout } = await gitfed(['replay', 'main', 'gitfed/status'], repository.folder);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'The members kept the numbers that they had, because an error may hide something: InvalidYAML in bad.yaml:1',
    );
  });
});

describe('gitfed replay --check', () => {
  it('ends with 0 where what was planned is what was applied', async () => {
    const { run } = bound(new Replayed());
    const { code, stdout } = await run('--check');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /This is what was applied in 2 clusters\.\nNot compared, because it was not reached or took no part: us-1\n$/,
    );
  });

  it('ends with 1 where a number differs, and says which', async () => {
    const { run } = bound(new Replayed({ 'eu-1': 2n }));
    const { code, stdout } = await run('--check');
    expect(code).toBe(1);
    expect(stdout).toContain(`This is not what was applied in 2 clusters: 2 numbers differ.
  FederatedDeployment/shop/web in eu-1: planned 1, applied 2
  FederatedDeployment/shop/web in eu-2: planned 8, not applied
`);
    const { check } = JSON.parse((await run('--check', '-o', 'json')).stdout);
    expect(check).toEqual({
      same: false,
      compared: ['eu-1', 'eu-2'],
      unknown: ['us-1'],
      differences: [
        { object: 'FederatedDeployment/shop/web', cluster: 'eu-1', planned: 1, applied: 2 },
        { object: 'FederatedDeployment/shop/web', cluster: 'eu-2', planned: 8 },
      ],
    });
  });

  it('does not compare with what tells of another commit, or with what tells nothing', async () => {
    const { run, repository, tree } = bound(new Replayed());
    repository.commit('Another');
    const other = await run('main', 'gitfed/status', '--check');
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toMatch(/tells of the source commit [0-9a-f]{40}, not of [0-9a-f]{40}\./);
    const bare = await run('main', tree, '--check');
    expect(bare).toMatchObject({ code: 2, stdout: '' });
    expect(bare.stderr).toContain(`and "${tree}" is none.`);
  });
});

describe('gitfed replay could not run, and says why', () => {
  it.each<[title: string, args: (replayed: Replayed) => readonly string[], message: RegExp]>([
    [
      'on a commit that is not here',
      () => ['nowhere', 'gitfed/status'],
      /no commit named "nowhere" in .*gitfed status --fetch for the status branch/,
    ],
    ['on an id that is not here', () => ['f'.repeat(40), 'gitfed/status'], /no commit named "f{40}"/],
    ['on observations that are not here', () => ['main', 'nowhere'], /no file, commit or tree "nowhere" in /],
    ['on a tree that is not here', () => ['main', 'e'.repeat(40)], /no file, commit or tree "e{40}"/],
    [
      'on a commit without observations',
      () => ['main', 'main'],
      /"main" has no folder observations, and is none of the status branch/,
    ],
    ['on a source commit alone', () => ['main'], /"main" has no folder observations/],
    ['on a tree alone', ({ tree }) => [tree], /is no commit of the status branch.*gitfed replay SOURCE-COMMIT/],
    [
      'on the tree of a whole commit',
      ({ repository }) => ['main', repository.git('rev-parse', 'gitfed/status^{tree}')],
      /which is no observation\. It is that of a whole commit: name the commit, or its folder observations\./,
    ],
    ['on a folder of something else', () => ['main', 'gitfed/status:objects'], /kind must be Observations/],
    [
      'on a file of something else',
      () => ['main', 'fleet.yaml'],
      /fleet\.yaml: must hold one document of kind Observations/,
    ],
  ])('%s', async (_title, args, message) => {
    const replayed = new Replayed();
    const { code, stdout, stderr } = await replayed.run(...args(replayed));
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('on one cluster in two files', async () => {
    const twice = { ...OBSERVED, 'observations/other.yaml': observation('eu-1', '{ready: true}') };
    const { code, stderr } = await new Replayed(PLANNED, twice).run();
    expect(code).toBe(2);
    expect(stderr).toMatch(/observations\/other\.yaml: cluster eu-1 stands in another file/);
  });

  it('without a status branch', async () => {
    const repository = new TestRepository().write({ 'fleet.yaml': FLEET });
    repository.commit();
    const { code, stderr } = await gitfed(['replay'], repository.folder);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no branch gitfed/status here');
  });

  it('in a shallow clone, and says how to have the rest', async () => {
    const { repository, source } = new Replayed();
    repository.write({ 'notes.txt': 'later' }).commit('Later');
    const folder = createFolder();
    repository.git(
      'clone',
      '--quiet',
      '--depth=1',
      '--no-single-branch',
      `file://${repository.folder}`,
      join(folder, 'clone'),
    );
    const { code, stderr } = await gitfed(['replay', '--path', 'clone'], folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`There is no commit named "${source}"`);
    expect(stderr).toContain('The clone is shallow');
  });
});

describe('gitfed explain beside a status branch', () => {
  it('plans with what was observed last, and says what that did', async () => {
    const { repository, status } = new Replayed();
    const { code, stdout } = await gitfed(['explain', 'deploy/web'], repository.folder);
    expect(code).toBe(0);
    expect(stdout).toContain(`  Observed (status commit ${status.slice(0, 12)})
  eu-1 has room for 1: of 3 replicas 1 is ready, and 2 pods are unschedulable
    if it had room for more: eu-1 4 instead of 1, eu-2 5 instead of 8
  us-1 is not ready: it takes no part
    if it were ready: eu-2 4 instead of 8, us-1 4 instead of 0
`);
  });

  it('plans with what it is told to', async () => {
    const { repository, tree } = new Replayed();
    const empty = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
    const [nothing, same] = await Promise.all(
      [empty, tree].map((observed) => gitfed(['explain', 'deploy/web', '--observed', observed], repository.folder)),
    );
    expect(nothing?.stdout).toContain('planned over the 3 clusters');
    expect(nothing?.stdout).not.toContain('Observed');
    expect(same?.stdout).toContain('planned over the 2 clusters');
  });

  it('says why it does not know what was observed', async () => {
    const { repository } = new Replayed(PLANNED, { ...OBSERVED, 'observations/us-1.yaml': 'kind: Nonsense\n' });
    const { code, stdout, stderr } = await gitfed(['explain', 'deploy/web'], repository.folder);
    expect(code).toBe(0);
    expect(stdout).toContain('planned over the 3 clusters');
    expect(stderr).toMatch(
      /^What was observed is not known, so that every cluster counts as ready: observations\/us-1\.yaml: /,
    );
  });
});

/** With its method bound, so that it can be taken apart. */
function bound(replayed: Replayed) {
  const { repository, source, status, tree } = replayed;
  return { repository, source, status, tree, run: replayed.run.bind(replayed) };
}
