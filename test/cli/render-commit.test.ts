import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, type Run, writeFiles } from './run-gitfed.ts';

const SETTINGS = federated('FederatedConfigMap', '{template: {data: {a: b}}, placement: {clusterSelector: {}}}');
const OTHER = SETTINGS.replace('name: web', 'name: other');
const PATHS = [
  '.gitfed-index',
  'eu-1/_cluster/Namespace-shop.yaml',
  'eu-1/shop/ConfigMap-web.yaml',
  'us-1/_cluster/Namespace-shop.yaml',
  'us-1/shop/ConfigMap-web.yaml',
];

/** A repository with one commit. */
function createRepository(files: Readonly<Record<string, string>> = {}): string {
  const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS, ...files });
  commitAll(folder, 'First');
  return folder;
}

async function commit(folder: string, ...args: readonly string[]): Promise<Run> {
  return await gitfed(['render', '--commit', 'rendered', ...args], folder);
}

function listBranch(folder: string): string[] {
  return git(folder, 'ls-tree', '-r', '--name-only', 'rendered').split('\n');
}

/** A branch `rendered` of somebody else, without a common commit. */
function createBranch(folder: string, files: Readonly<Record<string, string>>): void {
  git(folder, 'checkout', '--quiet', '--orphan', 'rendered');
  git(folder, 'rm', '-r', '--quiet', '--force', '.');
  writeFiles(folder, files);
  commitAll(folder, 'Mine');
  git(folder, 'checkout', '--quiet', 'main');
}

describe('gitfed render --commit', () => {
  it('starts a branch with the files that --output-dir writes, and names the commit', async () => {
    const folder = createRepository();
    const source = git(folder, 'rev-parse', 'HEAD');
    const out = createFolder();
    await gitfed(['render', '--output-dir', out], folder);

    const { code, stdout, stderr } = await commit(folder);
    const tip = git(folder, 'rev-parse', 'rendered');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(
      `4 files written, 0 unchanged, 0 removed\nCommit ${tip.slice(0, 12)} on the branch rendered.\n`,
    );
    expect(listBranch(folder)).toEqual(PATHS);
    for (const path of PATHS) {
      expect(`${git(folder, 'show', `rendered:${path}`)}\n`).toBe(readFileSync(join(out, path), 'utf8'));
    }
    expect(git(folder, 'log', '--format=%P|%B', 'rendered')).toBe(
      `|Render ${source.slice(0, 12)}: First\n\nSource-Commit: ${source}`,
    );
    expect(git(folder, 'status', '--porcelain')).toBe('');
    expect(git(folder, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/heads/rendered');
    expect(git(folder, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('makes no commit when nothing changed, and one on top of the last when something did', async () => {
    const folder = createRepository();
    await commit(folder);
    const first = git(folder, 'rev-parse', 'rendered');
    writeFiles(folder, { 'README.md': 'more words' });
    commitAll(folder);
    expect((await commit(folder)).stderr).toBe(
      '0 files written, 4 unchanged, 0 removed\nThe branch rendered holds all of this already: no commit.\n',
    );
    expect(git(folder, 'rev-parse', 'rendered')).toBe(first);

    writeFiles(folder, { 'a.yaml': OTHER });
    commitAll(folder);
    expect((await commit(folder)).stderr).toMatch(/^2 files written, 2 unchanged, 2 removed\nCommit /);
    expect(git(folder, 'rev-parse', 'rendered^')).toBe(first);
    expect(listBranch(folder)).toEqual(PATHS.map((path) => path.replace('-web', '-other')));
  });

  it('writes no object that the branch has already', async () => {
    const folder = createRepository();
    await commit(folder);
    const before = git(folder, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype)');
    writeFiles(folder, { 'a.yaml': documents(SETTINGS, OTHER) });
    commitAll(folder);
    await commit(folder);
    const after = git(folder, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype)');
    const count = (text: string, type: string): number => text.split('\n').filter((line) => line === type).length;
    // The source's file, the other object (the same in both clusters), and the index.
    expect(count(after, 'blob') - count(before, 'blob')).toBe(3);
  });

  it('renders HEAD and not what is uncommitted, and says so', async () => {
    const folder = createRepository();
    writeFiles(folder, { 'a.yaml': OTHER });
    const { code, stderr } = await commit(folder);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Uncommitted changes are not rendered: this is HEAD \([0-9a-f]{12}\)\.\n4 files written/);
    expect(listBranch(folder)).toEqual(PATHS);
  });

  it('renders another commit with --ref, and a folder of it', async () => {
    const folder = createRepository({ 'prod/fleet.yaml': FLEET, 'prod/b.yaml': OTHER });
    const first = git(folder, 'rev-parse', 'HEAD');
    writeFiles(folder, { 'prod/b.yaml': SETTINGS });
    commitAll(folder);
    const { code } = await gitfed(['render', 'prod', '--ref', 'HEAD^', '--commit', 'rendered'], folder);
    expect(code).toBe(0);
    expect(listBranch(folder)).toEqual(PATHS.map((path) => path.replace('-web', '-other')));
    expect(git(folder, 'log', '--format=%b', 'rendered')).toBe(`Source-Commit: ${first}\nSource-Path: prod`);
  });

  it('with chosen clusters leaves the files of the others alone', async () => {
    const folder = createRepository();
    await commit(folder);
    writeFiles(folder, { 'a.yaml': '' });
    commitAll(folder);
    expect((await commit(folder, '--cluster', 'us-1')).stderr).toMatch(/^0 files written, 1 unchanged, 1 removed\n/);
    expect(listBranch(folder)).toEqual(PATHS.filter((path) => path !== 'us-1/shop/ConfigMap-web.yaml'));
  });

  it('removes nothing while an error may hide objects, and exits with 1', async () => {
    const folder = createRepository();
    await commit(folder);
    writeFiles(folder, { 'a.yaml': 'kind: [' });
    commitAll(folder);
    const { code, stderr } = await commit(folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\n0 files written, 2 unchanged, 0 removed, 2 kept because of the errors above\n.*no commit/,
    );
    expect(listBranch(folder)).toEqual(PATHS);
  });

  it('keeps the file of an object in error, and removes others', async () => {
    const folder = createRepository({ 'b.yaml': OTHER });
    await commit(folder);
    const broken = '}}, overrides: [{clusterName: eu-1, clusterOverrides: [{path: /kind, value: x}]}]}';
    writeFiles(folder, { 'a.yaml': SETTINGS.replace('}}}', broken), 'b.yaml': '' });
    commitAll(folder);
    const { code, stderr } = await commit(folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/2 removed, 2 kept/);
    expect(listBranch(folder)).toEqual(PATHS);
    expect(git(folder, 'show', 'rendered:.gitfed-index').split('\n')).toEqual(PATHS.slice(1));
  });

  it('leaves files of others on its branch alone', async () => {
    const folder = createRepository();
    createBranch(folder, { '.gitfed-index': '', 'README.md': 'mine', 'eu-1/shop/mine.txt': 'mine' });
    expect((await commit(folder)).code).toBe(0);
    expect(listBranch(folder)).toEqual([...PATHS, 'README.md', 'eu-1/shop/mine.txt'].sort());
    git(folder, 'rm', '--quiet', 'a.yaml');
    commitAll(folder);
    await commit(folder);
    expect(listBranch(folder)).toContain('eu-1/shop/mine.txt');
    expect(listBranch(folder)).not.toContain('eu-1/shop/ConfigMap-web.yaml');
  });

  it.each([
    ['has files and no index', { 'mine.txt': 'mine' }, /rendered has files that gitfed did not write/],
    ['has a file in place of one of ours', { '.gitfed-index': '', [PATHS[1] ?? '']: 'x' }, /was not written by gitfed/],
    ['has a file in place of a folder', { '.gitfed-index': '', 'us-1': 'x' }, /us-1 on the branch rendered was not/],
    [
      'has a folder in place of a file',
      { '.gitfed-index': '', [`${PATHS[2]}/x`]: 'x' },
      /ConfigMap-web\.yaml\/x on the branch rendered was not/,
    ],
  ])('refuses a branch that %s', async (_title, files, reason) => {
    const folder = createRepository();
    createBranch(folder, files);
    const tip = git(folder, 'rev-parse', 'rendered');
    const { code, stderr } = await commit(folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(reason);
    expect(git(folder, 'rev-parse', 'rendered')).toBe(tip);
  });

  it.each([
    ['that is checked out', 'main', /main is checked out/],
    ['that is no name of one', 'a..b', /"a\.\.b" cannot be the name of a branch/],
    ['that is a whole ref', 'refs/heads/x', /"refs\/heads\/x" cannot be the name of a branch/],
    ['that is the one it renders', 'other', /other is the one that is rendered/],
  ])('refuses a branch %s', async (_title, branch, reason) => {
    const folder = createRepository();
    git(folder, 'branch', 'other');
    const { code, stderr } = await gitfed(['render', '--commit', branch], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(reason);
  });

  it('takes no other ref for its branch', async () => {
    const folder = createRepository();
    await commit(folder);
    git(folder, 'update-ref', 'refs/heads/refs/heads/x', 'rendered');
    git(folder, 'update-ref', 'refs/tags/refs/heads/x', 'rendered');
    const { code, stderr } = await gitfed(['render', '--commit', 'x'], folder);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^4 files written.*\nCommit /);
    expect(git(folder, 'ls-tree', '-r', '--name-only', 'refs/heads/x').split('\n')).toEqual(PATHS);
    // Now there are both.
    expect((await gitfed(['render', '--commit', 'x'], folder)).stderr).toMatch(/no commit/);
  });

  it('does not move a branch that is checked out through a symbolic one', async () => {
    const folder = createRepository();
    await commit(folder);
    git(folder, 'symbolic-ref', 'refs/heads/alias', 'refs/heads/rendered');
    writeFiles(folder, { 'a.yaml': OTHER });
    commitAll(folder);
    const tip = git(folder, 'rev-parse', 'rendered');
    git(folder, 'checkout', '--quiet', 'rendered');
    const { code, stderr } = await gitfed(['render', '--ref', 'main', '--commit', 'alias'], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/The branch alias stands for rendered, which is checked out in /);
    expect(git(folder, 'rev-parse', 'rendered')).toBe(tip);

    git(folder, 'checkout', '--quiet', 'main');
    expect((await gitfed(['render', '--commit', 'alias'], folder)).code).toBe(0);
    expect(git(folder, 'rev-parse', 'rendered^')).toBe(tip);
  });

  it.each([
    ['rebased', ['rebase', '--quiet', '--exec', 'false', 'HEAD^']],
    ['rebased with patches', ['rebase', '--quiet', '--apply', 'conflict']],
    ['bisected', ['bisect', 'start']],
  ])('does not move a branch that is being %s in a work tree', async (_title, action) => {
    const folder = createRepository();
    await commit(folder);
    writeFiles(folder, { 'a.yaml': OTHER });
    commitAll(folder);
    await commit(folder);
    const linked = join(createFolder(), 'linked');
    git(folder, 'worktree', 'add', '--quiet', linked, 'rendered');
    git(linked, 'checkout', '--quiet', '-b', 'conflict', 'rendered^');
    writeFiles(linked, { 'eu-1/shop/ConfigMap-web.yaml': 'theirs' });
    commitAll(linked);
    git(linked, 'checkout', '--quiet', 'rendered');
    const tip = git(folder, 'rev-parse', 'rendered');
    try {
      git(linked, ...action);
    } catch {
      // It stops in the middle.
    }
    git(linked, 'checkout', '--quiet', '--detach', '--force');
    writeFiles(folder, { 'a.yaml': documents(SETTINGS, OTHER) });
    commitAll(folder);
    for (const place of [folder, linked]) {
      const { code, stderr } = await gitfed(['render', '--ref', 'main', '--commit', 'rendered'], place);
      expect(stderr).toMatch(/rendered is .*ed in .*linked/);
      expect(code).toBe(2);
    }
    expect(git(folder, 'rev-parse', 'rendered')).toBe(tip);
  });

  it('writes a folder in place of a file of its own', async () => {
    const folder = createRepository();
    createBranch(folder, { '.gitfed-index': 'eu-1\n', 'eu-1': 'x' });
    expect((await commit(folder)).stderr).toMatch(/^4 files written, 0 unchanged, 1 removed\n/);
    expect(listBranch(folder)).toEqual(PATHS);
  });

  it('has one line for each trailer, whatever its folder is called', async () => {
    const folder = createRepository({ 'n\nSource-Commit: 1111/fleet.yaml': FLEET });
    const source = git(folder, 'rev-parse', 'HEAD');
    const { code } = await gitfed(['render', 'n\nSource-Commit: 1111', '--commit', 'rendered'], folder);
    expect(code).toBe(0);
    expect(git(folder, 'log', '--format=%(trailers:only)', 'rendered')).toBe(
      `Source-Commit: ${source}\nSource-Path: "n\\nSource-Commit: 1111"`,
    );
  });

  it('takes a branch whose name begins like that of one that is checked out', async () => {
    const folder = createRepository();
    git(folder, 'checkout', '--quiet', '-b', 'rendered-main');
    expect((await commit(folder)).code).toBe(0);
  });

  it('works in a bare repository, and in one with SHA-256', async () => {
    const folder = createRepository();
    const bare = join(createFolder(), 'bare');
    git(folder, 'clone', '--quiet', '--bare', folder, bare);
    expect((await commit(bare)).code).toBe(0);
    expect(listBranch(bare)).toEqual(PATHS);

    const long = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': SETTINGS });
    git(long, 'init', '--quiet', '--object-format=sha256', '--initial-branch=main');
    commitAll(long);
    expect((await commit(long)).stderr).toMatch(/^4 files written/);
    expect(listBranch(long)).toEqual(PATHS);
    expect((await commit(long)).stderr).toMatch(/no commit/);
  });

  it.each([
    ['--output', 'yaml'],
    ['--output-dir', 'out'],
  ])('is not taken beside %s', async (...other) => {
    const folder = createRepository();
    const { code, stderr } = await commit(folder, ...other);
    expect(code).toBe(2);
    expect(stderr).toMatch(/do not go together/);
    expect(readdirSync(folder).sort()).toEqual(['.git', 'a.yaml', 'fleet.yaml']);
  });
});
