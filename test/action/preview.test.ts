import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { GitHubServer } from './github-server.ts';
import { TestPullRequest } from './pull-request.ts';
import { type ActionOutcome, runAction } from './run-action.ts';

const WEB = readFileSync(new URL('../../examples/repo/shop/web.yaml', import.meta.url), 'utf8');
const NEW_IMAGE = { 'shop/web.yaml': WEB.replaceAll('web:4.12.0', 'web:4.13.0') };

function preview(
  pull: TestPullRequest,
  server: GitHubServer | undefined,
  inputs: Readonly<Record<string, string>> = {},
  workspace = pull.checkout(),
): Promise<ActionOutcome> {
  return runAction({
    workspace,
    temporary: temporaryFolder(),
    event: 'pull_request',
    payload: pull.payload,
    commit: pull.merge,
    inputs,
    ...(server === undefined ? {} : { api: server.url }),
  });
}

describe('a preview of a pull request', () => {
  it('reads both sides of a checkout of one commit, and makes one comment, outputs, files and a summary', async () => {
    const server = await GitHubServer.start();
    const pull = new TestPullRequest({ changes: NEW_IMAGE, meanwhile: { CHANGES: 'of main\n' }, commits: 3 });
    const { code, outputs, summary, log } = await preview(pull, server);
    expect(log).toContain('1 comment created');
    expect(server.problems).toEqual([]);
    expect(code).toBe(0);
    expect(outputs).toMatchObject({
      changed: 'true',
      'clusters-changed': '4',
      'objects-changed': '1',
      'gates-failed': '',
    });
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]?.body).toMatch(/^<!-- gitfed:preview:. part 1\/1 -->\n/);
    for (const text of [server.comments[0]?.body, summary, readFileSync(outputs['report-markdown'] ?? '', 'utf8')]) {
      expect(text).toContain('registry.shop.example/web:4.13.0');
    }
    expect(JSON.parse(readFileSync(outputs['report-json'] ?? '', 'utf8'))).toMatchObject({ summary: { changed: 4 } });
  });

  it('leaves out what came to the base branch since, and fetches until both sides meet', async () => {
    const gateway = { 'payments/gateway.yaml': null };
    const pull = new TestPullRequest({ changes: NEW_IMAGE, meanwhile: gateway, commits: 70 });
    const { code, outputs, log } = await preview(pull, undefined, { comment: 'off' });
    expect(code).toBe(0);
    expect(log.match(/^Fetching .* and .*, which the checkout lacks\.$/gm)).toHaveLength(2);
    const report = JSON.parse(readFileSync(outputs['report-json'] ?? '', 'utf8'));
    expect(report.changes.map(({ object }: { object: string }) => object)).toEqual(['Deployment.apps/shop/web']);
  });

  it('fetches nothing into a whole clone, and leaves it whole', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const workspace = pull.checkout('refs/pull/1/merge', 0);
    const { log, outputs } = await preview(pull, undefined, { comment: 'off' }, workspace);
    expect(log).not.toContain('Fetching');
    expect(outputs).toMatchObject({ changed: 'true' });
    expect(execFileSync('git', ['rev-parse', '--is-shallow-repository'], { cwd: workspace, encoding: 'utf8' })).toBe(
      'false\n',
    );
  });

  it('fetches what has a name from a server that gives away no commit by its id', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const workspace = pull.checkout();
    pull.author.git('checkout', '--quiet', pull.baseTip);
    const later = pull.author.write({ CHANGES: 'later\n' }).commit('Later than the event');
    pull.author.git('push', '--quiet', pull.server.folder, `${later}:refs/heads/main`);
    execFileSync('git', ['config', 'protocol.version', '0'], { cwd: workspace });
    const byId = ['fetch', '--quiet', '--depth=1', 'origin', pull.baseTip];
    expect(() => execFileSync('git', byId, { cwd: workspace, stdio: 'pipe' })).toThrow(/unadvertised object/);
    const { code, outputs } = await preview(pull, undefined, { comment: 'off' }, workspace);
    expect({ code, outputs }).toMatchObject({ code: 0, outputs: { 'objects-changed': '1' } });
  });

  it('names fetch-depth where the rest cannot be fetched', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const workspace = pull.checkout();
    rmSync(pull.server.folder, { recursive: true });
    const { code, log } = await preview(pull, undefined, {}, workspace);
    expect(code).toBe(1);
    expect(log).toMatch(/^::error::.*fetch-depth: 0/m);
    rmSync(join(workspace, '.git/config'));
    const without = await preview(pull, undefined, {}, workspace);
    expect(without.log).toMatch(/^::error::The checkout has no remote to fetch from\. .*fetch-depth: 0/m);
  });

  it('of a fork has no comment where the token only reads, says so, and does not fail', async () => {
    const server = await GitHubServer.start();
    server.mayWrite = false;
    const pull = new TestPullRequest({ changes: NEW_IMAGE, isFork: true });
    const { code, log, summary, commands } = await preview(pull, server);
    expect(code).toBe(0);
    expect(commands).toEqual(['add-mask', 'warning']);
    expect(log).toMatch(
      /^::warning title=No comment::The token may not write a comment .* from a fork .*docs\/action\.md/m,
    );
    expect(summary).toContain('registry.shop.example/web:4.13.0');
    const required = await preview(pull, server, { 'comment-required': 'true' });
    expect(required.code).toBe(1);
    expect(required.log).toMatch(/^::error::The token may not write a comment/m);
  });

  it('of the same repository names the permission that its token lacks', async () => {
    const server = await GitHubServer.start();
    server.mayWrite = false;
    const { code, log } = await preview(new TestPullRequest({ changes: NEW_IMAGE }), server);
    expect(code).toBe(0);
    expect(log).toMatch(/^::warning title=No comment::.*pull-requests: write\.$/m);
  });

  it('does not fail where GitHub cannot be reached', async () => {
    const { code, log } = await preview(new TestPullRequest({ changes: NEW_IMAGE }), undefined, {});
    expect(code).toBe(0);
    expect(log).toMatch(/^::warning title=No comment::GitHub could not be reached/m);
  });

  it('is told once: the same commits again write nothing, and a change back says so in the same comment', async () => {
    const server = await GitHubServer.start();
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    await preview(pull, server);
    const again = await preview(pull, server);
    expect(again.log).toContain('The pull request says so already');
    expect(
      server.asked.filter((name) => name !== 'issues/list-comments' && name !== 'users/get-authenticated'),
    ).toEqual(['issues/create-comment']);
    const { outputs } = await preview(pull, server, { head: pull.base });
    expect(outputs).toMatchObject({ changed: 'false', 'objects-changed': '0' });
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]?.body).not.toContain('4.13.0');
    expect(server.problems).toEqual([]);
  });

  it('makes another comment each time where that is wanted, and none where nothing changes', async () => {
    const server = await GitHubServer.start();
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    await preview(pull, server, { comment: 'new' });
    await preview(pull, server, { comment: 'new' });
    await preview(pull, server, { comment: 'new', head: pull.base });
    expect(server.comments).toHaveLength(2);
    await preview(pull, server, { comment: 'off' });
    expect(server.comments).toHaveLength(2);
  });

  it('reads a folder as a repository of its own, with annotations on its files and a comment of its own', async () => {
    const server = await GitHubServer.start();
    const changes = { 'shop/web.yaml': WEB.replace('kind: FederatedDeployment', 'kind: FederatedDeployment\n: [') };
    const pull = new TestPullRequest({ changes, folder: 'clusters/prod' });
    const { code, log } = await preview(pull, server, { path: 'clusters/prod' });
    expect(code).toBe(1);
    expect(log).toMatch(/^::error title=InvalidYAML,file=clusters\/prod\/shop\/web\.yaml,line=\d+,col=\d+::/m);
    expect(log).toMatch(/^::error::1 error in the repository/m);
    expect(server.comments[0]?.body).toMatch(/^<!-- gitfed:preview:clusters\/prod part 1\/1 -->\n/);
    const never = await preview(pull, server, { path: 'clusters/prod', 'fail-on': 'never' });
    expect(never.code).toBe(0);
  });
});

describe('a report that is too long for a comment', () => {
  it('becomes several, which are shorter where GitHub wants them so, and one again', async () => {
    const server = await GitHubServer.start();
    const files = (value: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`shop/settings-${index}.yaml`, settings(index, value)]),
      );
    const pull = new TestPullRequest({ before: files('before'), changes: files('after') });
    const stranger = server.add('octocat', '<!-- gitfed:preview:. part 1/9 -->\ncopied');
    const bodies = (): readonly string[] => server.comments.slice(1).map(({ body }) => body);
    await preview(pull, server);
    const { length } = bodies();
    expect(length).toBeGreaterThan(1);
    bodies().forEach((body, index) => {
      expect(body).toMatch(new RegExp(`^<!-- gitfed:preview:\\. part ${index + 1}/${length} -->\\n`));
    });
    expect(bodies()[0]).toContain('60 objects');

    server.mostCharacters = 40_000;
    const again = await preview(pull, server);
    expect(again.log).toContain('The pull request says so already');
    const shorter = await preview(pull, server, { 'what-if': 'eu-1' });
    expect(shorter.code).toBe(0);
    expect(Math.max(...bodies().map((body) => body.length))).toBeLessThanOrEqual(40_000);

    await preview(pull, server, { head: pull.base });
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toMatch(/^<!-- gitfed:preview:\. part 1\/1 -->\n/);
    expect(stranger.body).toContain('copied');
    expect(server.problems).toEqual([]);
  });

  function settings(index: number, value: string): string {
    const data = Array.from(
      { length: 60 },
      (_, line) => `        key-${index}-${line}: ${value} ${index} ${line} ${'x'.repeat(40)}`,
    );
    return `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: settings-${index}, namespace: shop}
spec:
  placement: {clusters: [{name: eu-1}]}
  template:
    data:
${data.join('\n')}
`;
  }
});

describe('a preview on pull_request_target', () => {
  it('security row 23: reads a fork from the checkout of the base branch, and comments', async () => {
    const server = await GitHubServer.start();
    const pull = new TestPullRequest({ changes: NEW_IMAGE, isFork: true });
    const workspace = pull.checkout('refs/heads/main');
    const { code } = await runAction({
      workspace,
      temporary: temporaryFolder(),
      event: 'pull_request_target',
      payload: pull.payload,
      commit: pull.baseTip,
      api: server.url,
    });
    expect(code).toBe(0);
    expect(server.comments[0]?.body).toContain('registry.shop.example/web:4.13.0');
    expect(readFileSync(join(workspace, 'shop/web.yaml'), 'utf8')).toBe(WEB);
  });
});

describe('other events', () => {
  const repository = { full_name: 'acme/fleet', default_branch: 'main' };

  function run(
    pull: TestPullRequest,
    event: string,
    payload: object,
    ref: string,
    inputs = {},
  ): Promise<ActionOutcome> {
    const workspace = pull.checkout(ref);
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: workspace, encoding: 'utf8' }).trim();
    return runAction({
      workspace,
      temporary: temporaryFolder(),
      event,
      payload: { repository, ...payload },
      commit,
      inputs,
    });
  }

  it('a push is compared with the commit before, and has nothing to comment on', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const { code, log, outputs } = await run(pull, 'push', { before: pull.base, after: pull.head }, 'refs/heads/topic');
    expect(log).toContain('The event push belongs to no pull request');
    expect({ code, outputs }).toMatchObject({ code: 0, outputs: { 'objects-changed': '1' } });
  });

  it('the first push of a branch is compared with where it left the default branch', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE, meanwhile: { 'payments/gateway.yaml': null } });
    const payload = { before: '0'.repeat(40), after: pull.head };
    const { outputs } = await run(pull, 'push', payload, 'refs/heads/topic');
    expect(outputs).toMatchObject({ 'objects-changed': '1' });
  });

  it('a merge queue names both sides', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const payload = { merge_group: { base_sha: pull.baseTip, head_sha: pull.merge } };
    const { outputs } = await run(pull, 'merge_group', payload, 'refs/pull/1/merge');
    expect(outputs).toMatchObject({ 'objects-changed': '1' });
  });

  it('a start by hand compares what it is given: branches, tags and commits', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    pull.author.git('tag', '--annotate', '--message', 'One', 'v1', pull.base);
    pull.author.git('push', '--quiet', pull.server.folder, 'v1');
    const topic = await run(pull, 'workflow_dispatch', {}, 'refs/heads/topic');
    expect(topic.outputs).toMatchObject({ 'objects-changed': '1' });
    const named = await run(pull, 'workflow_dispatch', {}, 'refs/heads/main', { base: 'v1', head: 'topic' });
    expect(named.outputs).toMatchObject({ 'objects-changed': '1' });
    const wrong = await run(pull, 'workflow_dispatch', {}, 'refs/heads/main', { base: 'v2' });
    expect(wrong.log).toMatch(/^::error::There is no commit named "v2"/m);
  });
});
