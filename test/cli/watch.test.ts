import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documents, FLEET, federated, federatedNamespace } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, ROOT, startGitfed, writeFiles } from './run-gitfed.ts';

function settings(mode: string, name = 'web'): string {
  return federated(
    'FederatedConfigMap',
    `{template: {data: {mode: ${mode}}}, placement: {clusterSelector: {}}}`,
    `{name: ${name}, namespace: shop}`,
  );
}

const BROKEN = 'kind: {half-written';

describe('gitfed validate --watch', () => {
  it('prints the findings, and again after a change', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const watching = startGitfed(['validate', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { 'a.yaml': BROKEN });
    await watching.until(({ stdout }) => /^a.yaml:1:\d+: error InvalidYAML: /m.test(stdout));
    expect(watching.stderr()).toMatch(/^a.yaml changed:\n1 error\n/m);
    writeFiles(folder, { 'a.yaml': settings('a') });
    await watching.until(({ stderr }) => stderr.endsWith('a.yaml changed:\nno findings\n'));
    expect(await watching.interrupt()).toBe(130);
  });

  it('prints one JSON document a line for each state', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const watching = startGitfed(['validate', '--watch', '-o', 'json'], folder);
    await watching.until(({ stdout }) => stdout.endsWith('}\n'));
    writeFiles(folder, { 'a.yaml': BROKEN });
    await watching.until(({ stdout }) => stdout.endsWith('}\n') && stdout.includes('InvalidYAML'));
    const states = watching
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([states[0], states.at(-1)].map(({ errors }) => errors)).toEqual([0, 1]);
    expect(states.at(-1)).toEqual(JSON.parse((await gitfed(['validate', '-o', 'json'], folder)).stdout));
  });

  it('says in a line that a change makes no difference', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const watching = startGitfed(['validate', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { 'fleet.yaml': `${FLEET}\n# a comment` });
    await watching.until(({ stderr }) => stderr.endsWith('fleet.yaml changed: nothing is different.\n'));
    expect(watching.stdout()).toBe('');
  });

  it('does not look at what git or .gitfedignore leave out, and does when they stop to', async () => {
    const folder = createFolder({
      'fleet.yaml': FLEET,
      '.gitignore': 'build/\nnode_modules\n*.local.yaml\n',
      '.gitfedignore': 'draft.yaml\n',
      'build/a.yaml': BROKEN,
      'draft.yaml': BROKEN,
    });
    commitAll(folder);
    const watching = startGitfed(['validate', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, {
      'build/a.yaml': `${BROKEN} again`,
      'build/deep/b.yaml': BROKEN,
      'draft.yaml': `${BROKEN} again`,
      'x.local.yaml': BROKEN,
      'readme.md': 'text',
      'node_modules/m/p.json': '{',
      '.github/w.yaml': BROKEN,
    });
    writeFiles(folder, { 'seen.yaml': settings('a') });
    await watching.until(({ stderr }) => stderr.endsWith('seen.yaml changed: nothing is different.\n'));
    expect(watching.stderr()).not.toMatch(/build|draft|local|readme|node_modules|github/);

    writeFiles(folder, { '.gitignore': 'node_modules\n*.local.yaml\n' });
    await watching.until(({ stdout }) => stdout.includes('build/a.yaml:'));
    writeFiles(folder, { 'build/deep/b.yaml': settings('b', 'b') });
    await watching.until(({ stderr }) => stderr.includes('build/deep/b.yaml changed:\n'));
  });

  it('takes an editor that saves by renaming, and a branch that is checked out, for changes', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`many/${at}.yaml`, settings('a', `m${at}`)]),
    );
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    git(folder, 'checkout', '--quiet', '-b', 'topic');
    writeFiles(folder, { ...many, 'fleet.yaml': documents(FLEET, FLEET) });
    commitAll(folder);
    git(folder, 'checkout', '--quiet', 'main');
    const watching = startGitfed(['validate', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { '.a.yaml.swp': BROKEN });
    renameSync(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
    await watching.until(({ stdout }) => stdout.includes('a.yaml:1:'));
    git(folder, 'checkout', '--quiet', '--force', 'topic');
    const { stdout: expected } = await gitfed(['validate'], folder);
    await watching.until(({ stdout }) => stdout.endsWith(expected));
    expect(expected).toContain('DuplicateObject');
    git(folder, 'checkout', '--quiet', 'main');
    await watching.until(({ stderr }) => stderr.endsWith('no findings\n') && stderr.length > 20);
  });

  it('goes on when its folder is removed and made again', async () => {
    const folder = createFolder({ 'fleet/fleet.yaml': FLEET });
    const watching = startGitfed(['validate', 'fleet', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    renameSync(join(folder, 'fleet'), join(folder, 'away'));
    await watching.until(({ stderr }) => stderr.includes('gitfed: There is nothing at '));
    writeFiles(folder, { 'fleet/fleet.yaml': FLEET, 'fleet/sub/a.yaml': BROKEN });
    await watching.until(({ stdout }) => stdout.includes('sub/a.yaml:'));
    writeFiles(folder, { 'fleet/sub/a.yaml': settings('a') });
    await watching.until(({ stderr }) => stderr.endsWith('changed:\nno findings\n'));
  });

  it('follows a branch with --ref, and not the working tree', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    const watching = startGitfed(['validate', '--watch', '--ref', 'main'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { 'a.yaml': BROKEN });
    commitAll(folder);
    await watching.until(({ stdout }) => stdout.includes('a.yaml:1:'));
    expect(watching.stderr()).toMatch(/^no findings\n[^\n]*refs\/heads\/main changed:\n/);
    expect(watching.stderr()).not.toContain('a.yaml changed');
  });

  it('follows a branch of a repository that ignores everything', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    const watching = startGitfed(['diff', '--watch'], folder);
    await watching.until(({ stderr }) => stderr.includes('No difference between '));
    writeFiles(folder, { '.gitignore': '*', '.gitfedignore': '*' });
    await watching.until(({ stderr }) => stderr.includes('.gitignore changed:'));
    git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
    await watching.until(({ stderr }) => stderr.includes('refs/heads/main changed:'));
  });

  it('reads a folder with the configuration at the root of the repository', async () => {
    const folder = createFolder({ 'fleet/fleet.yaml': FLEET, 'elsewhere.yaml': BROKEN });
    commitAll(folder);
    const watching = startGitfed(['validate', '--watch'], join(folder, 'fleet'));
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { 'elsewhere.yaml': `${BROKEN} still`, 'gitfed.yaml': 'nonsense: 1' });
    await watching.until(({ stdout }) => stdout.startsWith('gitfed.yaml:1:'));
    expect(watching.stderr()).not.toContain('elsewhere');
  });

  it('goes on where the path is a link to a folder outside any repository', async () => {
    const folder = createFolder({ 'real/fleet.yaml': FLEET, link: { link: 'real' } });
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'validate', 'link', '--watch'], {
      cwd: folder,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    await once(child.stderr, 'data');
    const told = once(child.stdout, 'data');
    writeFiles(folder, { 'real/a.yaml': BROKEN });
    expect(String(await Promise.race([told, ended]))).toContain('a.yaml:1:');
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });

  it('reads a path below a folder whose name begins with a dot', async () => {
    const folder = createFolder({ '.fleet/fleet.yaml': FLEET });
    commitAll(folder);
    const watching = startGitfed(['validate', '.fleet', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { '.fleet/sub/a.yaml': BROKEN });
    await watching.until(({ stdout }) => stdout.includes('a.yaml:1:'));
  });

  it('tells of links and submodules, whatever they are called', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'shop/a.yaml': settings('a') });
    commitAll(folder);
    const watching = startGitfed(['validate', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    writeFiles(folder, { outside: { link: '/etc' } });
    await watching.until(({ stdout }) => stdout.includes('SymlinkOutside'));
    rmSync(join(folder, 'outside'));
    await watching.until(({ stderr }) => stderr.endsWith('outside changed:\nno findings\n'));
    git(folder, 'init', '--quiet', 'shop');
    await watching.until(({ stdout }) => stdout.includes('Submodule'));
    rmSync(join(folder, 'shop/.git'), { recursive: true });
    await watching.until(({ stderr }) => stderr.endsWith('shop/.git changed:\nno findings\n'));
  });

  it.each<[string, Record<string, string>, string]>([
    ['a .gitignore that ignores itself', { 'k/.gitignore': '*' }, 'k/.gitignore'],
    ['a .gitfedignore that leaves itself out', { 'k/.gitfedignore': '*' }, 'k/.gitfedignore'],
    [
      'a marker that .gitfedignore leaves out',
      { '.gitfedignore': 'k/kustomization.yaml', 'k/kustomization.yaml': '' },
      'k/kustomization.yaml',
    ],
  ])('looks again when %s goes, and comes', async (_title, files, name) => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'k/a.yaml': BROKEN, ...files });
    git(folder, 'init', '--quiet');
    const watching = startGitfed(['validate', '--watch'], folder);
    await watching.until(({ stderr }) => stderr === 'no findings\n');
    rmSync(join(folder, name));
    await watching.until(({ stdout }) => stdout.includes('k/a.yaml:1:'));
    writeFiles(folder, files);
    await watching.until(({ stderr }) => stderr.endsWith('changed:\nno findings\n'));
    rmSync(join(folder, name));
    await watching.until(({ stdout }) => stdout.split('k/a.yaml:1:').length === 3);
    rmSync(join(folder, 'k'), { recursive: true });
    await watching.until(({ stderr }) => stderr.endsWith('k/a.yaml changed:\nno findings\n'));
  });

  it('ends with 130 on Ctrl-C', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'validate', '--watch'], { cwd: folder });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });

  it('fails as ever where there is nothing to watch', async () => {
    const folder = createFolder();
    const { code, stderr } = await gitfed(['validate', 'nowhere', '--watch'], folder);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^gitfed: There is nothing at /) });
  });
});

describe('gitfed render --watch', () => {
  it('writes the files anew that change, and leaves the others', async () => {
    const folder = createFolder({
      'fleet.yaml': FLEET,
      'a.yaml': settings('a'),
      'b.yaml': settings('b', 'other'),
      '.gitfedignore': '/out/',
    });
    const watching = startGitfed(['render', '--watch', '--output-dir', 'out'], folder);
    await watching.until(({ stderr }) => stderr === '6 files written, 0 unchanged, 0 removed\n');
    const other = join(folder, 'out/eu-1/shop/ConfigMap-other.yaml');
    const before = statSync(other, { bigint: true });
    writeFiles(folder, { 'a.yaml': settings('changed') });
    await watching.until(({ stderr }) => stderr.endsWith('2 files written, 4 unchanged, 0 removed\n'));
    expect(readFileSync(join(folder, 'out/us-1/shop/ConfigMap-web.yaml'), 'utf8')).toContain('mode: changed');
    expect(statSync(other, { bigint: true }).ino).toBe(before.ino);
    expect(statSync(other, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
    rmSync(join(folder, 'a.yaml'));
    await watching.until(({ stderr }) => stderr.endsWith('0 files written, 4 unchanged, 2 removed\n'));
  });

  it('tells each time that it wrote files, even as many as the time before', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    const watching = startGitfed(['render', '--watch', '--output-dir', createFolder()], folder);
    await watching.until(({ stderr }) => stderr === '4 files written, 0 unchanged, 0 removed\n');
    const told = 'a.yaml changed:\n2 files written, 2 unchanged, 0 removed\n';
    writeFiles(folder, { 'a.yaml': settings('b') });
    await watching.until(({ stderr }) => stderr.endsWith(told));
    writeFiles(folder, { 'a.yaml': settings('c') });
    await watching.until(({ stderr }) => stderr.endsWith(told + told));
  });

  it('does not read the folder inside the repository that it writes', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    const watching = startGitfed(['render', '--watch', '--output-dir', 'out'], folder);
    await watching.until(({ stderr }) => stderr === '4 files written, 0 unchanged, 0 removed\n');
    writeFiles(folder, { 'a.yaml': settings('b') });
    await watching.until(({ stderr }) => stderr.endsWith('2 files written, 2 unchanged, 0 removed\n'));
    expect(watching.stderr()).not.toContain('NotFederated');
    expect(await gitfed(['validate'], folder)).toMatchObject({ code: 0, stderr: '1 warning\n' });
  });

  it('prints what a render of the same state prints, through every state', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const watching = startGitfed(['render', '--watch', '-o', 'json'], folder);
    const states = (): string[] => watching.stdout().split('\n').slice(0, -1);
    await watching.until(() => states().length === 1);
    const edits: Record<string, string>[] = [
      { 'a.yaml': settings('a') },
      { 'b.yaml': documents(settings('b', 'other'), settings('c', 'third')) },
      { 'fleet.yaml': documents(FLEET, federatedNamespace('other', '{clusters: [{name: eu-1}]}')) },
      {
        'gitfed.yaml': '{apiVersion: gitfed.io/v1alpha1, kind: Configuration, templateAnnotations: Drop}',
        'a.yaml': BROKEN,
      },
      { 'a.yaml': settings('again') },
    ];
    for (const files of edits) {
      writeFiles(folder, files);
      const expected = JSON.parse((await gitfed(['render', '-o', 'json'], folder)).stdout);
      await watching.until(() => isDeepStrictEqual(JSON.parse(states().at(-1) ?? ''), expected));
    }
    expect(states().length).toBeGreaterThan(edits.length);
  });

  it('plans again when the observations change', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    const observed = createFolder({ 'o.yaml': '{apiVersion: gitfed.io/v1alpha1, kind: Observations}' });
    const file = join(observed, 'o.yaml');
    const watching = startGitfed(['render', '--watch', '--observed', file], folder);
    await watching.until(({ stdout }) => stdout.includes('mode: a'));
    writeFiles(observed, { 'o.yaml': '{kind: Observations}' });
    await watching.until(({ stderr }) => stderr.includes('apiVersion must be gitfed.io/v1alpha1'));
    writeFiles(observed, {
      'o.yaml': '{apiVersion: gitfed.io/v1alpha1, kind: Observations, clusters: {eu-1: {ready: false}}}',
    });
    await watching.until(({ stdout }) => stdout.split('mode: a').length === 5);
  });
});

describe('gitfed diff --watch', () => {
  it('compares anew when files, the index of commits or a branch change', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    const watching = startGitfed(['diff', '--watch'], folder);
    await watching.until(({ stderr }) => stderr.includes('No difference between '));
    writeFiles(folder, { 'a.yaml': settings('b') });
    await watching.until(({ stdout }) => stdout.includes('"a" → "b"'));
    git(folder, 'commit', '--quiet', '--all', '--message', 'Change');
    await watching.until(({ stderr }) => stderr.split('No difference between ').length === 3);
    git(folder, 'checkout', '--quiet', '-b', 'topic', 'HEAD~1');
    await watching.until(({ stderr }) => / refs\/heads\/topic|HEAD/.test(stderr));
    writeFiles(folder, { 'a.yaml': settings('c') });
    await watching.until(({ stdout }) => stdout.includes('"a" → "c"'));
    expect(await watching.interrupt()).toBe(130);
  });

  it('follows the HEAD of a linked work tree, and branches that it shares', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
    commitAll(folder);
    const linked = join(createFolder(), 'linked');
    git(folder, 'worktree', 'add', '--quiet', '-b', 'topic', linked);
    const watching = startGitfed(['diff', '--watch', '--against', 'main', '--ref', 'topic'], linked);
    await watching.until(({ stderr }) => stderr.includes('No difference between '));
    writeFiles(linked, { 'a.yaml': settings('b') });
    git(linked, 'commit', '--quiet', '--all', '--message', 'Change');
    await watching.until(({ stdout }) => stdout.includes('"a" → "b"'));
    git(linked, 'update-ref', 'refs/heads/main', 'topic');
    await watching.until(({ stderr }) => stderr.split('No difference between ').length === 3);
    expect(watching.stderr()).toMatch(/^refs\/heads\/main changed:$/m);
    expect(watching.stderr()).not.toContain('../');
  });

  it('refuses to watch members', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    const { code, stderr } = await gitfed(['diff', '--live', '--watch'], folder);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--watch looks at the repository') });
  });
});
