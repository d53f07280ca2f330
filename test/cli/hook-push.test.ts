import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cluster, documents, federated } from '../helpers/model-of.ts';
import { FLEET_FILES, HookedServer, web } from './hooked-server.ts';

// A push starts several processes, and machines that run tests are busy.
vi.setConfig({ testTimeout: 240_000 });

/** A server that has the fleet already, and hooks. */
async function createServer(...options: readonly string[]): Promise<HookedServer> {
  const server = new HookedServer();
  const { ok, output } = await server.change(FLEET_FILES);
  expect(ok, output).toBe(true);
  await server.install(...options);
  return server;
}

describe.each(['file', 'http'])('a push over %s', (transport) => {
  it('is told what it means, refused for an error or a gate, and let through at the word of a commit', async () => {
    const server = await createServer('--hook', 'pre-receive');
    if (transport === 'http') await server.serveHttp();
    const first = server.tip();

    const scaled = await server.change({ 'web.yaml': web(5) });
    expect(scaled.ok, scaled.output).toBe(true);
    expect(scaled.remote).toBe(
      [
        `gitfed: main ${first.slice(0, 12)} → ${server.tip().slice(0, 12)}, 1 commit`,
        '1 object in 2 clusters: 2 changed.',
        '',
        '~ Deployment.apps/shop/web changed in 2 clusters: eu-1, us-1',
        '    .spec.replicas',
        '      3 → 5  same in 2 clusters',
      ].join('\n'),
    );

    const good = server.tip();
    const broken = await server.change({ 'broken.yaml': 'a: [\n' });
    expect(broken.ok).toBe(false);
    expect(broken.output).toContain('[remote rejected] HEAD -> main (pre-receive hook declined)');
    expect(broken.remote).toContain('1 new error:\n  broken.yaml:2:1: error InvalidYAML');
    expect(broken.remote).toContain(
      'gitfed: The push is refused as a whole, and nothing was changed:\n- There is 1 new',
    );
    expect(server.tip()).toBe(good);

    server.work.git('reset', '--quiet', '--hard', good);
    const deleted = await server.change({ 'api.yaml': null });
    expect(deleted.ok).toBe(false);
    expect(deleted.remote).toMatch(/✗ maxDeletions: Up to 1 object would be deleted in 2 clusters/);
    expect(deleted.remote).toContain('Gitfed-Allow:');
    expect(deleted.remote).toContain('- A gate does not let it through: maxDeletions.');
    expect(server.tip()).toBe(good);

    const allowed = await server.change({}, 'Yes\n\nGitfed-Allow: maxDeletions the api is gone');
    expect(allowed.ok, allowed.output).toBe(true);
    expect(allowed.remote).toMatch(/✓ maxDeletions[\s\S]*allowed by Test in [0-9a-f]{12}: the api is gone/);
    expect(server.tip()).toBe(server.work.git('rev-parse', 'HEAD'));
  });
});

describe('pre-receive', () => {
  it('says nothing of other refs, and lets them through', async () => {
    const server = await createServer();
    const { work } = server;
    work.write({ 'broken.yaml': 'a: [\n' }).commit();
    work.git('tag', 'v1');
    const { ok, remote } = await server.push('origin', 'HEAD:topic', 'HEAD:gitfed/status', 'HEAD:rendered', 'v1');
    expect({ ok, remote }).toEqual({ ok: true, remote: '' });
    expect(server.tip('refs/heads/gitfed/status')).toBe(work.git('rev-parse', 'HEAD'));
  });

  it('refuses everything that is pushed with what it refuses', async () => {
    const server = await createServer();
    server.work.write({ 'broken.yaml': 'a: [\n' }).commit();
    server.work.git('tag', 'v1');
    const before = server.tip();
    const { ok, remote } = await server.push('origin', 'HEAD:main', 'v1');
    expect(ok).toBe(false);
    expect(remote).toContain('refused as a whole');
    expect([server.tip(), server.tip('refs/tags/v1')]).toEqual([before, '']);
  });

  it('tells of the first push, of a forced one, and of a branch that goes', async () => {
    const server = new HookedServer();
    await server.install('--hook', 'pre-receive');
    const first = await server.change(FLEET_FILES);
    expect(first.ok, first.output).toBe(true);
    expect(first.remote).toContain('main is new there: all of it is shown as created.');
    expect(first.remote).toContain('+ Deployment.apps/shop/web created in 2 clusters: eu-1, us-1');

    server.work.git('commit', '--quiet', '--amend', '--message', 'other words');
    const forced = await server.push('--force', 'origin', 'HEAD:main');
    expect(forced.ok, forced.output).toBe(true);
    expect(forced.remote).toContain('The push is forced: 1 commit of main is no part of it any more.');
    expect(forced.remote).toContain('Nothing that gitfed reads is different.');

    server.configure('receive.denyDeleteCurrent', 'ignore');
    const gone = await server.push('origin', ':main');
    expect(gone.ok, gone.output).toBe(true);
    expect(gone.remote).toBe(
      'gitfed: main is deleted\nThe members keep what they have: without main there is nothing to follow.',
    );
  });

  it('names the branch that it waits for, where another one is pushed to an empty repository', async () => {
    const server = new HookedServer();
    await server.install();
    server.work.write(FLEET_FILES).commit();
    const { ok, remote } = await server.push('origin', 'HEAD:production');
    expect(ok).toBe(true);
    expect(remote).toContain('gitfed follows main, which is not there yet, and did not look at production.');
  });

  it('looks at the folder and the branch that it was told, and at no others', async () => {
    const server = new HookedServer();
    const below = Object.fromEntries(Object.entries(FLEET_FILES).map(([name, text]) => [`fleet/${name}`, text]));
    server.work.write(below).commit();
    await server.push('origin', 'HEAD:production');
    await server.install('--hook', 'pre-receive', '--ref', 'production', '--path', 'fleet');

    server.work.write({ 'elsewhere/broken.yaml': 'a: [\n' }).commit();
    const elsewhere = await server.push('origin', 'HEAD:production');
    expect(elsewhere.ok, elsewhere.output).toBe(true);
    expect(elsewhere.remote.split('\n').slice(1)).toEqual(['Nothing that gitfed reads is different.']);

    server.work.write({ 'fleet/web.yaml': web(4) }).commit();
    const inside = await server.push('origin', 'HEAD:production', 'HEAD:main');
    expect(inside.remote).toContain('~ Deployment.apps/shop/web changed in 2 clusters');
    expect(inside.remote).toMatch(/^gitfed: production /);
  });

  it('counts errors that were there before, and does not refuse a push for them', async () => {
    const server = new HookedServer();
    await server.change({ ...FLEET_FILES, 'broken.yaml': 'a: [\n' });
    await server.install();
    const moved = await server.change({ 'web.yaml': web(4), 'other.yaml': web(1, 'other') });
    expect(moved.ok, moved.output).toBe(true);
    expect(moved.remote).toContain('1 error that was there before.');
    server.configure('gitfed.hookOnErrors', 'allow');
    const worse = await server.change({ 'worse.yaml': 'a: [\n' });
    expect(worse.ok, worse.output).toBe(true);
    expect(worse.remote).toContain('1 new error, 1 error that was there before:');
  });

  it('shows text of the repository without control characters, and no value of a Secret', async () => {
    const server = await createServer('--hook', 'pre-receive');
    const secret = federated(
      'FederatedSecret',
      '{template: {stringData: {key: kanarienvogel}}, placement: {clusterSelector: {}}}',
      '{name: key, namespace: shop}',
    );
    const evil = '{template: {data: {text: "\\e[31mred\\a"}}, placement: {clusterSelector: {}}}';
    await server.change({ 'secret.yaml': secret, 'evil.yaml': federated('FederatedConfigMap', evil) });
    const { ok, output } = await server.change({
      'secret.yaml': secret.replace('kanarien', 'zweiter-kanarien'),
      'evil.yaml': federated('FederatedConfigMap', evil.replace('red', 'blue')),
    });
    expect(ok, output).toBe(true);
    expect(output).toContain('Secret/shop/key changed in 2 clusters');
    expect(output).toContain('\\u001b[31mblue\\u0007"');
    for (const text of ['kanarien', '\u0007', '\u001b']) expect(output).not.toContain(text);
  });

  it('lets a push through that takes too long to look at, or refuses it where the configuration says so', async () => {
    const server = new HookedServer();
    await server.install();
    server.configure('gitfed.hookTimeout', '500ms');
    server.configure('gitfed.hookOnTimeout', 'refuse');
    const refused = await server.change(slowFleet());
    expect(refused.ok).toBe(false);
    expect(refused.remote).toContain('gitfed: Gave up after 0.5 s: it takes longer to see what the push means.');
    expect(refused.remote).toContain('The push is refused as a whole, and nothing was changed (--on-timeout refuse).');
    expect(server.tip()).toBe('');

    server.configure('gitfed.hookOnTimeout', 'allow');
    const allowed = await server.push('origin', 'HEAD:main');
    expect(allowed.ok, allowed.output).toBe(true);
    expect(allowed.remote).toContain('The push goes through, and nobody looked at it (--on-timeout allow).');
    expect(server.tip()).toBe(server.work.git('rev-parse', 'HEAD'));
  });

  it.each<[title: string, breaks: (server: HookedServer) => unknown, says: string]>([
    [
      'gitfed that is not there any more',
      (server) => server.install('--hook', 'pre-receive', '--program', '/nowhere/gitfed'),
      'gitfed: /nowhere/gitfed is not there any more. Install gitfed, and run: gitfed hook install',
    ],
    [
      'a Node.js whose gitfed is not there any more',
      (server) => {
        const hook = path.join(server.bare, 'hooks', 'pre-receive');
        writeFileSync(hook, readFileSync(hook, 'utf8').replaceAll(/'[^' ]*main\.ts'/g, "'/nowhere/main.js'"));
      },
      'gitfed: /nowhere/main.js is not there any more. Install gitfed, and run: gitfed hook install',
    ],
    [
      'gitfed that fails',
      (server) => {
        const program = path.join(server.folder, 'gitfed');
        writeFileSync(program, '#!/bin/sh\necho "out of order" >&2\nexit 70\n');
        chmodSync(program, 0o755);
        return server.install('--hook', 'pre-receive', '--program', program);
      },
      'out of order\ngitfed: nobody looked at the push (exit code 70)',
    ],
    [
      'a setting that is none',
      (server) => server.configure('gitfed.hookTimeout', 'soon'),
      'gitfed: gitfed.hookTimeout must be a time with a unit, such as 15s, 500ms or 1m30s',
    ],
  ])(
    'lets a push through with a note with %s, or refuses it where the configuration says so',
    async (_title, breaks, says) => {
      const server = await createServer('--hook', 'pre-receive');
      await breaks(server);
      const allowed = await server.change({ 'web.yaml': web(4) });
      expect(allowed.ok, allowed.output).toBe(true);
      expect(allowed.remote).toContain(says);
      expect(allowed.remote).toMatch(/nobody looked at the push \(exit code \d+\), and it goes through$/);
      server.configure('gitfed.hookOnFailure', 'refuse');
      const refused = await server.change({ 'web.yaml': web(5) });
      expect(refused.ok).toBe(false);
      expect(refused.remote).toMatch(/nobody looked at the push \(exit code \d+\), and it is refused$/);
    },
  );
});

/** Takes seconds to render. */
function slowFleet(): Record<string, string> {
  const names = Array.from({ length: 100 }, (_, index) => `member-${index}`);
  const overrides = names.map(
    (name) => `{clusterName: ${name}, clusterOverrides: [{path: /data/own, value: ${name}}]}`,
  );
  const settings = Array.from({ length: 1000 }, (_, index) =>
    federated(
      'FederatedConfigMap',
      `{template: {data: {a: b}}, placement: {clusterSelector: {}}, overrides: [${overrides.join(', ')}]}`,
      `{name: settings-${index}, namespace: shop}`,
    ),
  );
  const files = Array.from({ length: 20 }, (_, index): [string, string] => [
    `settings-${index}.yaml`,
    documents(...settings.slice(index * 50, index * 50 + 50)),
  ]);
  return {
    ...FLEET_FILES,
    'members.yaml': documents(...names.map((name) => cluster(name))),
    ...Object.fromEntries(files),
  };
}

describe('pre-push', () => {
  /** A clone with the hook; nothing is checked at the other end. */
  async function createClone(): Promise<HookedServer> {
    const server = new HookedServer();
    await server.change(FLEET_FILES);
    server.work.git('fetch', '--quiet', 'origin');
    const { stdout } = await server.installIn(server.work.folder);
    expect(stdout).toContain(`Wrote ${path.join(server.work.folder, '.git/hooks/pre-push')}`);
    return server;
  }

  it('tells what a push means before it leaves, keeps it back, and names the way around', async () => {
    const server = await createClone();
    const scaled = await server.change({ 'web.yaml': web(5) });
    expect(scaled.ok, scaled.output).toBe(true);
    expect(scaled.output).toContain('~ Deployment.apps/shop/web changed in 2 clusters: eu-1, us-1');

    const before = server.tip();
    const broken = await server.change({ 'broken.yaml': 'a: [\n' });
    expect(broken.ok).toBe(false);
    expect(broken.output).toMatch(
      /gitfed: Nothing is pushed:\n- There is 1 new error.*\nTo push all the same: git push --no-verify\n/,
    );
    expect(server.tip()).toBe(before);

    const forced = await server.push('--no-verify', 'origin', 'HEAD:main');
    expect(forced.ok, forced.output).toBe(true);
  });

  it('says nothing of other branches', async () => {
    const server = await createClone();
    server.work.write({ 'broken.yaml': 'a: [\n' }).commit();
    const { ok, output } = await server.push('origin', 'HEAD:topic');
    expect(ok, output).toBe(true);
    expect(output).not.toContain('gitfed:');
  });

  it('compares with the last common commit where it does not know what the remote has', async () => {
    const server = await createClone();
    const other = new HookedServer();
    other.work.git('remote', 'set-url', 'origin', server.bare);
    other.work.git('pull', '--quiet', 'origin', 'main');
    const pushed = await other.change({ 'api.yaml': web(9, 'api') });
    expect(pushed.ok, pushed.output).toBe(true);

    const { ok, output } = await server.change({ 'web.yaml': web(4) });
    // Git itself refuses to lose the commit.
    expect(ok).toBe(false);
    expect(output).toMatch(/origin has main at [0-9a-f]{12}, which is not known here: git fetch brings it\./);
    expect(output).toMatch(/Compared with\s+[0-9a-f]{12}, the last commit that both have\./);
    expect(output).toContain('~ Deployment.apps/shop/web changed in 2 clusters');
    expect(output).not.toContain('shop/api');
  });
});

describe('a hook that was there', () => {
  it('runs first with what git tells it, and may refuse a push by itself', async () => {
    const server = new HookedServer();
    const seen = path.join(server.folder, 'seen');
    const own = path.join(server.bare, 'hooks', 'pre-receive');
    writeFileSync(own, `#!/bin/sh\ncat > '${seen}'\n! grep -q refs/heads/forbidden '${seen}'\n`);
    chmodSync(own, 0o755);
    await server.install('--chain', '--hook', 'pre-receive');
    const first = await server.change(FLEET_FILES);
    expect(first.ok, first.output).toBe(true);
    expect(first.remote).toContain('main is new there');
    expect(readFileSync(seen, 'utf8')).toBe(`${'0'.repeat(40)} ${server.tip()} refs/heads/main\n`);
    expect(await server.push('origin', 'HEAD:forbidden')).toMatchObject({ ok: false, remote: '' });
  });
});
