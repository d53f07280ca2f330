import { describe, expect, it } from 'vitest';
import { cluster, documents, FLEET, federated, federatedNamespace } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, writeFiles } from './run-gitfed.ts';

function settings(mode: string, placement = 'clusterSelector: {}'): string {
  return federated('FederatedConfigMap', `{template: {data: {mode: ${mode}}}, placement: {${placement}}}`);
}

function credentials(password: string): string {
  return federated(
    'FederatedSecret',
    `{template: {data: {password: ${password}}, stringData: {token: ${password}}}, placement: {clusterSelector: {}}}`,
    '{name: db, namespace: shop}',
  );
}

describe('gitfed diff', () => {
  it('compares uncommitted changes with HEAD', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('b') });
    const { code, stdout, stderr } = await gitfed(['diff'], folder);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        '~ ConfigMap/shop/web changed in 2 clusters: eu-1, us-1',
        '    .data.mode',
        '      "a" → "b"  same in 2 clusters',
        '',
        '1 object in 2 clusters: 2 changed.',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(/^From HEAD \([0-9a-f]{12}\) to the working tree:\n$/);
  });

  it('compares a new, uncommitted file too', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('a', 'clusters: [{name: us-1}]') });
    expect((await gitfed(['diff'], folder)).stdout).toContain('+ ConfigMap/shop/web created in us-1\n');
  });

  it('compares a branch with where it left the default branch', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    git(folder, 'checkout', '--quiet', '-b', 'topic');
    writeFiles(folder, { 'a.yaml': settings('b') });
    commitAll(folder);
    git(folder, 'checkout', '--quiet', 'main');
    writeFiles(folder, { 'fleet.yaml': documents(FLEET, cluster('ap-1')) });
    commitAll(folder);
    git(folder, 'checkout', '--quiet', 'topic');
    const { code, stdout } = await gitfed(['diff'], folder);
    expect(code).toBe(1);
    expect(stdout).toContain('"a" → "b"');
    expect(stdout).not.toContain('ap-1');
  });

  it('compares two commits', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    const first = commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('b', 'clusters: [{name: eu-1}]') });
    const second = commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('c') });
    const { stdout } = await gitfed(['diff', '--against', first, '--ref', second], folder);
    expect(stdout).toContain('~ ConfigMap/shop/web changed in eu-1\n');
    expect(stdout).toContain('- ConfigMap/shop/web deleted in us-1\n');
    const back = await gitfed(['diff', '--against', second, '--ref', first], folder);
    expect(back.stdout).toContain('+ ConfigMap/shop/web created in us-1\n');
  });

  it('of equal commits is empty and ends well', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    const { code, stdout, stderr } = await gitfed(['diff', '--against', 'HEAD'], folder);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^No difference between HEAD \([0-9a-f]{12}\) and the working tree\.\n$/);
  });

  it('says once what is the same in 37 clusters', async () => {
    const clusters = Array.from({ length: 37 }, (_, index) => cluster(`c${index}`));
    const fleet = documents(...clusters, federatedNamespace('shop'));
    const folder = createFolder({ 'fleet.yaml': fleet, 'a.yaml': settings('a') });
    commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('b') });
    const { stdout } = await gitfed(['diff'], folder);
    expect(stdout.match(/same in 37 clusters/g)).toHaveLength(1);
    expect(stdout.split('\n')).toHaveLength(6);
  });

  it.each([['text'], ['json']])('masks values of Secrets and names their keys, as %s', async (format) => {
    const old = Buffer.from('canary-old').toString('base64');
    const fresh = Buffer.from('canary-new').toString('base64');
    const folder = createFolder({ 'fleet.yaml': FLEET, 'db.yaml': credentials(old) });
    commitAll(folder);
    writeFiles(folder, { 'db.yaml': credentials(fresh) });
    const { code, stdout, stderr } = await gitfed(['diff', '-o', format], folder);
    expect(code).toBe(1);
    expect(stdout).toContain('.data.password');
    expect(stdout).toContain('.stringData.token');
    expect(stdout).toContain('*** (before)');
    for (const secret of [old, fresh, 'canary']) expect(stdout + stderr).not.toContain(secret);
  });

  it('has the documented shape as JSON', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    const commit = commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('b') });
    const { stdout, stderr } = await gitfed(['diff', '-o', 'json'], folder);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      from: `HEAD (${commit.slice(0, 12)})`,
      to: 'the working tree',
      subjects: {},
      summary: { created: 0, changed: 2, deleted: 0 },
      totals: [
        {
          ...{ clusters: ['eu-1', 'us-1'], created: 0, changed: 1, deleted: 0 },
          ...{ replicas: { before: 0, after: 0 }, risks: [] },
        },
      ],
      unshown: [],
      clusters: { added: [], removed: [] },
      risks: [],
      changes: [
        {
          type: 'changed',
          object: 'ConfigMap/shop/web',
          group: '',
          kind: 'ConfigMap',
          namespace: 'shop',
          name: 'web',
          federated: 'FederatedConfigMap/shop/web',
          clusters: ['eu-1', 'us-1'],
          fields: [{ type: 'changed', path: '.data.mode', before: 'a', after: 'b', clusters: ['eu-1', 'us-1'] }],
          patches: [{ clusters: ['eu-1', 'us-1'], operations: [{ op: 'replace', path: '/data/mode', value: 'b' }] }],
        },
      ],
      gates: {
        passed: true,
        results: [
          expect.objectContaining({ gate: 'maxDeletions', passed: true, actual: 0, clusters: [], objects: [] }),
        ],
        ...{ settings: [], unknown: [] },
      },
      notes: [],
      findings: [],
      findingsGone: [],
    });
  });

  it.each([[['-o', 'json', '--limit', '5000']], [['-o', 'markdown', '--limit', '10']]])(
    'refuses %j: a limit is for Markdown, and has to hold what is said at least',
    async (args) => {
      const folder = createFolder({ 'fleet.yaml': FLEET });
      commitAll(folder);
      const { code, stdout, stderr } = await gitfed(['diff', ...args], folder);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/--limit is a number of characters from 4000 on, and for --output markdown/);
    },
  );

  it('ends Markdown before a limit, and has all of it without one', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `s${index}`);
    const all = (mode: string): string =>
      documents(...names.map((name) => settings(`${mode} ${name}`).replace('name: web', `name: ${name}`)));
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': all('old') });
    commitAll(folder);
    writeFiles(folder, { 'a.yaml': all('new') });
    const cut = await gitfed(['diff', '-o', 'markdown', '--limit', '6000'], folder);
    expect(cut.stdout.length).toBeLessThan(6000);
    expect(cut.stdout).toContain('**Left out**, because this text has an end');
    const whole = await gitfed(['diff', '-o', 'markdown'], folder);
    for (const name of names) expect(whole.stdout).toContain(`+ "new ${name}"`);
  });

  it('does not shorten JSON: --stat is for people', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    const { code, stdout, stderr } = await gitfed(['diff', '--stat', '-o', 'json'], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--stat is for text and Markdown/);
  });

  it('does not take an object that is now in error for deleted', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    writeFiles(folder, { 'a.yaml': settings('a', 'clusterSelector: {matchExpressions: [{key: a, operator: Near}]}') });
    const { code, stdout, stderr } = await gitfed(['diff'], folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/error InvalidPlacement/);
  });

  it.each([['text'], ['markdown'], ['json']])(
    'takes nothing for deleted while a file cannot be read, as %s',
    async (format) => {
      const web = federated('FederatedDeployment', '{template: {}, placement: {clusterSelector: {}}}');
      const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a'), 'web.yaml': web });
      commitAll(folder);
      writeFiles(folder, { 'a.yaml': settings('b'), 'web.yaml': 'kind: [' });
      const { code, stdout, stderr } = await gitfed(['diff', '-o', format], folder);
      expect(code).toBe(1);
      expect(stdout).toContain('ConfigMap/shop/web');
      expect(stdout).not.toContain('Deployment.apps/');
      const told = format === 'text' ? stderr : stdout;
      expect(told).toMatch(/web\.yaml:\d+/);
      expect(told).toContain('is in error: until it is right, a sync deletes nothing');
    },
  );

  it('shows the clusters that are asked for, also where only one side has them', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    writeFiles(folder, { 'fleet.yaml': documents(FLEET, cluster('ap-1')), 'a.yaml': settings('b') });
    const one = await gitfed(['diff', '--cluster', 'eu-1'], folder);
    expect(one.stdout).toContain('~ ConfigMap/shop/web changed in eu-1\n');
    expect(one.stdout).not.toMatch(/us-1|ap-1/);
    const two = await gitfed(['diff', '--cluster', 'eu-1', '--cluster', 'ap-1'], folder);
    expect(two.stdout).toContain('+ cluster ap-1 joins\n');
    expect(two.stdout).not.toContain('us-1');
  });

  it('refuses a cluster that neither side has', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    const { code, stdout, stderr } = await gitfed(['diff', '--cluster', 'nope'], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('no cluster "nope" is registered; registered are eu-1, us-1');
  });

  it('has what is to be known of the comparison in the JSON, too', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    writeFiles(folder, { 'a.yaml': 'kind: [' });
    const { stdout } = await gitfed(['diff', '-o', 'json'], folder);
    const { changes, risks, notes } = JSON.parse(stdout);
    expect({ changes, risks, notes }).toEqual({
      changes: [],
      risks: [],
      notes: [
        {
          subject: expect.stringMatching(/^a\.yaml:\d+$/),
          text: 'is in error: until it is right, a sync deletes nothing and changes no planned replicas, and no deletion is shown.',
        },
      ],
    });
  });
});
