import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { FLEET_FILES, HookedServer } from './hooked-server.ts';
import { gitfed, type Run } from './run-gitfed.ts';

const OWN = '#!/bin/sh\necho mine\n';

function bare(): TestRepository {
  return new TestRepository({ bare: true });
}

const install = (folder: string, ...args: readonly string[]): Promise<Run> =>
  gitfed(['hook', 'install', ...args], folder);

const hook = (folder: string, name: string): string => readFileSync(path.join(folder, 'hooks', name), 'utf8');

describe('gitfed hook install', () => {
  it('writes hooks that may be executed, names what they run, and writes the same again', async () => {
    const { folder } = bare();
    const first = await install(folder);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout.split('\n')).toEqual([
      `Wrote ${folder}/hooks/pre-receive`,
      `Wrote ${folder}/hooks/post-receive`,
      expect.stringMatching(new RegExp(`^They run: ${process.execPath} .*/src/cli/main.ts$`)),
      '',
    ]);
    for (const name of ['pre-receive', 'post-receive']) {
      expect(statSync(path.join(folder, 'hooks', name)).mode & 0o777).toBe(0o755);
    }
    const again = await install(folder);
    expect(again.stdout).toContain(`${folder}/hooks/pre-receive is as it should be`);

    const changed = await install(folder, '--timeout', '5s', '--on-failure', 'refuse');
    expect(changed.stdout).toContain(`Wrote ${folder}/hooks/pre-receive`);
    expect(hook(folder, 'pre-receive')).toContain(`'--timeout=5s' '--on-failure=refuse'`);
    expect(hook(folder, 'pre-receive')).toContain(`policy='refuse'`);
    expect(hook(folder, 'post-receive')).toContain(`'--timeout=5s' '--no-summary'`);
  });

  it('leaves a hook of somebody else alone, and writes none of the others', async () => {
    const { folder } = bare();
    writeFileSync(path.join(folder, 'hooks', 'post-receive'), OWN);
    const { code, stderr } = await install(folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/post-receive is there already, and not from gitfed\. Nothing was written\. With --chain/);
    expect(hook(folder, 'post-receive')).toBe(OWN);
    expect(existsSync(path.join(folder, 'hooks', 'pre-receive'))).toBe(false);
  });

  it.each([
    ['--chain', 'pre-receive.local'],
    ['--force', 'pre-receive.replaced'],
  ])('keeps it under another name with %s', async (option, name) => {
    const { folder } = bare();
    writeFileSync(path.join(folder, 'hooks', 'pre-receive'), OWN);
    const { code, stdout, stderr } = await install(folder, option);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`Moved the hook that was there to ${folder}/hooks/${name}`);
    expect(hook(folder, name)).toBe(OWN);
    // What is ours now is not moved the next time.
    expect((await install(folder, option)).stdout).toContain('pre-receive is as it should be');

    writeFileSync(path.join(folder, 'hooks', 'pre-receive'), OWN);
    expect((await install(folder, option)).stderr).toContain(`${name} is there already. Move one of them yourself.`);
  });

  it('takes a link to nowhere for a hook of somebody else', async () => {
    const { folder } = bare();
    symlinkSync('/nowhere', path.join(folder, 'hooks', 'pre-receive'));
    expect(await install(folder)).toMatchObject({ code: 2 });
  });

  it('writes pre-push in a clone, also from a work tree beside it', async () => {
    const repository = new TestRepository();
    repository.write({ 'a.yaml': '' }).commit();
    const beside = path.join(repository.folder, 'beside');
    repository.git('worktree', 'add', '--quiet', beside);
    expect((await install(beside)).stdout).toContain(`Wrote ${repository.folder}/.git/hooks/pre-push`);
  });

  it('goes by core.hooksPath, from the top of the work tree', async () => {
    const repository = new TestRepository();
    repository.git('config', 'core.hooksPath', 'githooks');
    mkdirSync(path.join(repository.folder, 'below'));
    const { stdout } = await install(path.join(repository.folder, 'below'));
    expect(stdout).toContain(`Wrote ${repository.folder}/githooks/pre-push`);
  });

  it('writes nothing into a folder for all repositories of a person, unless it is meant', async () => {
    const repository = new TestRepository();
    const shared = temporaryFolder();
    const configuration = path.join(shared, 'gitconfig');
    writeFileSync(configuration, `[core]\n\thooksPath = ${shared}/hooks\n`);
    vi.stubEnv('GIT_CONFIG_GLOBAL', configuration);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, stderr } = await install(repository.folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`core.hooksPath of the global git config is ${shared}/hooks, for all repositories.`);
    expect((await install(repository.folder, '--force')).stdout).toContain(`Wrote ${shared}/hooks/pre-push`);
  });

  it('writes scripts that run whatever the folders are called', async () => {
    const server = new HookedServer(`it's a "fleet" $HOME.git`);
    const program = path.join(server.folder, "o'clock $(exit 3)");
    writeFileSync(program, `#!/bin/sh\ncat >/dev/null\nprintf '%s\\n' "$@" >&2\n`);
    chmodSync(program, 0o755);
    await server.install('--hook', 'pre-receive', '--program', program, '--ref', "a'b;c");
    const { ok, remote, output } = await server.change(FLEET_FILES);
    expect(ok, output).toBe(true);
    expect(remote.split('\n')).toEqual(['hook', 'pre-receive', "--ref=a'b;c"]);
  });

  it.each<[title: string, args: readonly string[], says: string]>([
    ['a time that is none', ['--timeout', 'soon'], '--timeout must be a time with a unit'],
    ['a folder outside', ['--path', '../other'], '--path must be a folder of the repository'],
    [
      'a daemon without a secret',
      ['--daemon', 'http://127.0.0.1:9090'],
      '--daemon and --webhook-secret-file go together',
    ],
    ['an address that is none', ['--daemon', 'here', '--webhook-secret-file', 'x'], '--daemon must be the URL'],
    ['credentials without a sync', ['--kubeconfig', 'x'], '--kubeconfig is for --sync'],
    ['a sync before the push', ['--hook', 'pre-receive', '--sync'], '--sync is for post-receive'],
    ['a sync of a folder', ['--sync', '--path', 'fleet'], 'gitfed sync reads all of a bare repository'],
    ['a hook that gitfed is not', ['--hook', 'update'], 'Invalid values'],
  ])('refuses %s, and writes nothing', async (_title, args, says) => {
    const { folder } = bare();
    const { code, stderr } = await install(folder, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
    expect(existsSync(path.join(folder, 'hooks', 'pre-receive'))).toBe(false);
  });
});
