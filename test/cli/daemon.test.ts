import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Exit code and signal. */
  readonly ended: Promise<readonly unknown[]>;
}

function start(
  mode: 'stops' | 'stuck',
  args: readonly string[],
  { cwd, ...env }: { readonly cwd?: string; readonly [variable: string]: string | undefined } = {},
): Running {
  const file = path.join(import.meta.dirname, 'daemon-child.ts');
  const child = spawn(process.execPath, [file, mode, ...args], {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return { child, ended: once(child, 'close'), stdout: () => texts.stdout, stderr: () => texts.stderr };
}

function repository(): string {
  const made = new TestRepository().write({ 'a.yaml': 'a: 1\n' });
  made.commit('first');
  return made.folder;
}

async function said({ stderr }: Running, text: string): Promise<void> {
  await expect.poll(stderr, { timeout: 20_000 }).toContain(text);
}

const ARGS = ['--listen', '127.0.0.1:0', '--log-format', 'text'];
const READY = 'applied to every cluster that is ready';

describe('gitfed daemon', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends well when %s asks it to', async (signal) => {
    const running = start('stops', [repository(), ...ARGS]);
    await said(running, READY);
    running.child.kill(signal);
    expect(await running.ended).toEqual([0, null]);
    expect(running.stderr()).toMatch(/ info {2}stopped\n$/);
    expect(running.stdout()).toBe('');
  });

  it('ends at once when it is asked twice', async () => {
    const running = start('stuck', [repository(), ...ARGS]);
    await said(running, READY);
    running.child.kill('SIGTERM');
    await said(running, 'stopping');
    running.child.kill('SIGTERM');
    expect(await running.ended).toEqual([null, 'SIGTERM']);
  });

  it('reads its configuration again with SIGHUP, and goes on', async () => {
    const file = path.join(temporaryFolder(), 'daemon.yaml');
    writeFileSync(file, `source: ${repository()}\n`);
    const running = start('stops', [...ARGS], { GITFED_CONFIG: file, GITFED_POLL_INTERVAL: '5m' });
    await said(running, READY);
    writeFileSync(file, 'allowRewind: perhaps\n');
    running.child.kill('SIGHUP');
    await said(running, 'the new configuration is not used');
    running.child.kill('SIGTERM');
    expect(await running.ended).toEqual([0, null]);
  });

  it('tells everything that is wrong with its settings, and exits with 2', async () => {
    const running = start('stops', ['--poll-interval', '1', '--listen', 'x'], { GITFED_RESYNC_INTERVAL: '1s' });
    expect(await running.ended).toEqual([2, null]);
    expect(running.stderr()).toBe(
      [
        'gitfed: 3 settings cannot be used:',
        '  --poll-interval is "1", which does not look like this: Time between two looks at the repository, such as 30s or 1m30s, give or take a tenth.',
        '  GITFED_RESYNC_INTERVAL is 1s; it must be at least 10s',
        '  --listen is "x"; it must be HOST:PORT, such as 127.0.0.1:9090 or [::]:9090',
        '',
      ].join('\n'),
    );
  });

  it('follows the repository of the current folder where none is named', async () => {
    const folder = repository();
    const running = start('stops', [...ARGS], { cwd: folder });
    await said(running, `source=${folder}`);
    running.child.kill('SIGTERM');
    expect(await running.ended).toEqual([0, null]);
  });

  it('asks for a repository where a file has the settings and names none', async () => {
    const file = path.join(temporaryFolder(), 'daemon.yaml');
    writeFileSync(file, 'ref: main\n');
    const running = start('stops', ['--config', file]);
    expect(await running.ended).toEqual([2, null]);
    expect(running.stderr()).toContain('no repository is named');
  });

  it('has an option for each setting, with its default', async () => {
    const running = start('stops', ['--help']);
    expect(await running.ended).toEqual([0, null]);
    const help = running.stdout().replaceAll(/\s+/g, ' ');
    expect(help).toContain('--git-ssh-known-hosts');
    expect(help).toContain('--log-level The least important lines that are written. The default is info.');
    expect(help).toContain('give or take a tenth. The default is 30s.');
    expect(help).not.toContain('--source');
  });
});
