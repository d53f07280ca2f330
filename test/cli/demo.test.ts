import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeShopExample } from '../../src/cli/demo/shop-example.ts';
import { createFolder, gitfed, ROOT } from './run-gitfed.ts';

interface Demo {
  readonly child: ChildProcess;
  /** Where it makes its temporary folder. */
  readonly temporary: string;
  stdout(): string;
  stderr(): string;
  /** Exit code and signal. */
  readonly ended: Promise<readonly unknown[]>;
}

function start(...args: readonly string[]): Demo {
  const temporary = createFolder();
  const child = spawn(process.execPath, [path.join(ROOT, 'src/cli/main.ts'), 'demo', ...args], {
    cwd: temporary,
    env: { ...process.env, TMPDIR: temporary, GITFED_LISTEN: '127.0.0.1:1', GIT_DIR: '/nowhere' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that children which stay behind can be seen.
    detached: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return { child, temporary, ended: once(child, 'close'), stdout: () => texts.stdout, stderr: () => texts.stderr };
}

async function expectNothingLeft({ child, temporary, stdout }: Demo): Promise<void> {
  expect(readdirSync(temporary)).toEqual([]);
  await expect.poll(() => isGroupAlive(child.pid ?? 0)).toBe(false);
  for (const [url] of stdout().matchAll(/http:\/\/127\.0\.0\.1:\d+/g)) {
    await expect(fetch(`${url}/version`)).rejects.toThrow('fetch failed');
  }
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

/** What ran in the step that begins with a title. */
function step(story: string, number: number): string {
  return story.split(/^\d\. /m)[number] ?? '';
}

describe('gitfed demo', () => {
  it('tells a story that happened, and leaves nothing behind', { timeout: 120_000 }, async () => {
    const demo = start();
    expect(await demo.ended, demo.stderr()).toEqual([0, null]);
    expect(demo.stderr()).toBe('');
    const story = demo.stdout();
    expect(story.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(story).not.toContain('\u001b');
    expect(story.match(/^\d\. .*/gm)).toEqual([
      '1. Three clusters, one repository',
      '2. A commit',
      '3. A change by hand',
      '4. A cluster is lost',
      '5. What git remembers',
      '6. What next',
    ]);

    const first = step(story, 1);
    expect(first).toMatch(/^ {2}ap-1 +30 +14 +4\n {2}eu-1 +33 +22 +10\n {2}us-1 +33 +25 +10$/m);
    expect(first).toMatch(/96 objects.*web, has 24 pods/s);

    const change = step(story, 2);
    expect(change).toMatch(/-.*singtel\.example\n.*\+.*starhub\.example/);
    expect(change).toMatch(/^\d+(?:\.\d)? m?s after .*SMS_PROVIDER is starhub\.example/ms);
    expect(change).toMatch(
      /^ {2}ap-1 +PATCH \/api\/v1\/namespaces\/shop\/configmaps\/web-settings\n {2}eu-1 +nothing\n {2}us-1 +nothing$/m,
    );

    const drift = step(story, 3);
    expect(drift).toMatch(/is +"\S+web:hotfix"\n +should be +"\S+web:4\.12\.0"\n +written by kubectl-set, \d{4}-/);
    expect(drift).toMatch(/^\d+(?:\.\d)? m?s after the change it was put back\..*web:4\.12\.0\.$/ms);

    const outage = step(story, 4);
    expect(outage).toMatch(/ap-1 +\S+web:4\.12\.0\n {2}eu-1 +\S+web:4\.13\.0\n {2}us-1 +\S+web:4\.13\.0\n/);
    expect(outage).toMatch(/ap-1 +NotReady .*\n {2}eu-1 +Synced .*\n {2}us-1 +Synced /);
    expect(outage).toMatch(
      /its\s+4\s+replicas\s+of\s+web\s+go\s+to\s+clusters\s+that\s+have\s+room.*eu-1 +10\n {2}us-1 +14\n.*Singapore is back/s,
    );
    expect(outage).toMatch(/Singapore is back.*ap-1 +\S+web:4\.13\.0\n.*ap-1 +4\n {2}eu-1 +10\n {2}us-1 +10\n/s);

    const record = step(story, 5);
    for (const subject of ['drift corrected in us-1', 'ap-1 offline', 'moved', 'ap-1 back'])
      expect(record).toContain(subject);
    expect(record).toContain('**All 3 clusters are in order.** 96 objects.');
    expect(record).toMatch(/ap-1 +Synced .*\n {2}eu-1 +Synced .*\n {2}us-1 +Synced /);
    expect(record).toContain('HEAD is that commit.');
    await expectNothingLeft(demo);
  });

  it.each([
    ['SIGHUP', '1. Three clusters'],
    ['SIGTERM', 'A daemon follows'],
    ['SIGINT', '4. A cluster is lost'],
  ] as const)('ends when %s comes after "%s", and takes everything away', { timeout: 60_000 }, async (signal, text) => {
    const demo = start('--keep');
    await expect.poll(demo.stdout, { timeout: 40_000 }).toContain(text);
    demo.child.kill(signal);
    expect(await demo.ended).toEqual([130, null]);
    expect(demo.stderr()).toBe('');
    await expectNothingLeft(demo);
  });

  it('ends when nobody reads it any more', { timeout: 60_000 }, async () => {
    const demo = start('--keep');
    await expect.poll(demo.stdout, { timeout: 30_000 }).toContain('1. Three clusters');
    demo.child.stdout?.destroy();
    expect(await demo.ended).toEqual([0, null]);
    expect(demo.stderr()).toBe('');
    await expectNothingLeft(demo);
  });
});

it('the repository of the demo has three clusters, and nothing in it is wrong or doubtful', async () => {
  const folder = path.join(createFolder(), 'shop');
  mkdirSync(folder);
  const urls = ['ap-1', 'eu-1', 'us-1'].map((name, at) => [name, `http://127.0.0.1:${at + 1}`] as const);
  await writeShopExample(folder, new Map(urls));
  expect(await gitfed(['validate', folder], ROOT)).toEqual({ code: 0, stdout: '', stderr: 'no findings\n' });
  const { stdout } = await gitfed(['render', folder, '-o', 'json'], ROOT);
  const { clusters } = JSON.parse(stdout) as { readonly clusters: Readonly<Record<string, unknown>> };
  expect(Object.keys(clusters)).toEqual(['ap-1', 'eu-1', 'us-1']);
});
