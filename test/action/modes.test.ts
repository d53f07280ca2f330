import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { Shop } from '../sandbox/shop.ts';
import { GitHubServer } from './github-server.ts';
import { checkout, TestPullRequest } from './pull-request.ts';
import { type ActionOutcome, type ActionRun, runAction } from './run-action.ts';

const WEB = readFileSync(new URL('../../examples/repo/shop/web.yaml', import.meta.url), 'utf8');
const NEW_IMAGE = { 'shop/web.yaml': WEB.replaceAll('web:4.12.0', 'web:4.13.0') };
const repository = { full_name: 'acme/fleet', default_branch: 'main' };

function run(
  workspace: string,
  inputs: Readonly<Record<string, string>>,
  more: Partial<ActionRun> = {},
): Promise<ActionOutcome> {
  return runAction({
    workspace,
    temporary: temporaryFolder(),
    event: 'push',
    payload: { repository },
    inputs,
    ...more,
  });
}

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
}

describe('validate', () => {
  it('says what is wrong on its lines, and fails for errors unless they may be', async () => {
    const changes = {
      'shop/broken.yaml': 'kind: [\n',
      'shop/web.yaml': WEB.replace('totalReplicas: 24', 'totalReplicas: 24\n  rebalance: maybe'),
    };
    const pull = new TestPullRequest({ changes, folder: 'prod' });
    const workspace = pull.checkout();
    const { code, log, outputs } = await run(workspace, { mode: 'validate', path: 'prod' });
    expect(log).toMatch(/^::error title=InvalidYAML,file=prod\/shop\/broken\.yaml,line=\d+,col=\d+::/m);
    expect(log).toMatch(/^prod\/shop\/broken\.yaml:\d+:\d+: error InvalidYAML: /m);
    expect(Number(outputs['errors'])).toBeGreaterThan(0);
    expect(code).toBe(1);
    expect((await run(workspace, { mode: 'validate', path: 'prod', 'fail-on': 'never' })).code).toBe(0);
    const before = await run(pull.checkout('refs/heads/main'), { mode: 'validate', path: 'prod' });
    expect(before).toMatchObject({ code: 0, outputs: { errors: '0' } });
  });
});

describe('render', () => {
  it('commits the manifests on a branch of the remote, and makes no commit where it holds them', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const first = await run(pull.checkout('refs/heads/main'), { mode: 'render' });
    expect(first).toMatchObject({ code: 0, outputs: { changed: 'true' } });
    const tip = pull.server.git('rev-parse', 'gitfed/rendered');
    expect(first.outputs['rendered-commit']).toBe(tip);
    expect(pull.server.git('show', 'gitfed/rendered:eu-1/shop/Deployment.apps-web.yaml')).toContain('web:4.12.0');

    const again = await run(pull.checkout('refs/heads/main'), { mode: 'render' });
    expect(again).toMatchObject({ code: 0, outputs: { changed: 'false' } });
    const next = await run(pull.checkout('refs/heads/topic'), { mode: 'render' });
    expect(next.code).toBe(0);
    expect(pull.server.git('rev-parse', 'gitfed/rendered^')).toBe(tip);
    expect(pull.server.git('show', 'gitfed/rendered:eu-1/shop/Deployment.apps-web.yaml')).toContain('web:4.13.0');
  });

  it('says what to do where the branch is not taken', async () => {
    const pull = new TestPullRequest({ changes: NEW_IMAGE });
    const hook = join(pull.server.folder, 'hooks/update');
    writeFileSync(hook, '#!/bin/sh\necho this branch is protected >&2\nexit 1\n', { mode: 0o755 });
    const { code, log } = await run(pull.checkout('refs/heads/main'), { mode: 'render' });
    expect(code).toBe(1);
    expect(log).toMatch(/^::error::The branch gitfed\/rendered was not taken: .*contents: write/m);
  });
});

describe('sync', () => {
  it('applies the commit of a checkout without history to every cluster, and pushes the status branch', async () => {
    const shop = await Shop.start();
    shop.repository.commit('Another one');
    const server = new TestRepository({ bare: true });
    shop.repository.git('push', '--quiet', server.folder, 'main');
    const workspace = checkout(server.folder, 'refs/heads/main');
    const { code, log, summary, outputs } = await run(workspace, { mode: 'sync', kubeconfig: shop.kubeconfig });
    expect(log).toContain('Fetching the whole history');
    expect({ code, commit: outputs['synced-commit'] }).toEqual({
      code: 0,
      commit: git(workspace, 'rev-parse', 'HEAD'),
    });
    expect(shop.get('eu-1', '/apis/apps/v1/namespaces/shop/deployments/web')).toMatchObject({ status: 200 });
    expect(server.git('rev-parse', 'gitfed/status')).toBe(outputs['status-commit']);
    expect(summary).toContain('### gitfed sync');
  });

  it.each(['pull_request', 'pull_request_target'])(
    'security row 23: does not run on %s: what is not merged reaches no cluster',
    async (event) => {
      const pull = new TestPullRequest({ changes: NEW_IMAGE });
      for (const mode of ['sync', 'render']) {
        const { code, log } = await run(pull.checkout(), { mode }, { event, payload: pull.payload });
        expect(code).toBe(1);
        expect(log).toContain(`::error::The mode ${mode} does not run on ${event}, whose commits are not merged`);
      }
    },
  );
});

describe('drift', () => {
  it('is an issue while objects differ, which is updated with them and closed when none does', async () => {
    const shop = await Shop.start();
    shop.edit(
      'gitfed.yaml',
      'apiVersion: gitfed.io/v1alpha1',
      'apiVersion: gitfed.io/v1alpha1\ndrift: {policy: Report}',
    );
    shop.repository.commit('Only tell of drift');
    const remote = new TestRepository({ bare: true });
    const publish = async (): Promise<void> => {
      expect(await shop.sync()).toBeDefined();
      shop.repository.git('push', '--quiet', remote.folder, 'main', 'gitfed/status');
    };
    const server = await GitHubServer.start();
    const report = (): Promise<ActionOutcome> =>
      run(checkout(remote.folder, 'refs/heads/main'), { mode: 'drift' }, { event: 'schedule', api: server.url });
    const set = (cluster: string, value: string): void => {
      const body = JSON.stringify({ data: { CURRENCY: value } });
      const path = '/api/v1/namespaces/shop/configmaps/web-settings?fieldManager=somebody';
      const edit = { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' };
      expect(shop.member(cluster).request(edit).status).toBe(200);
    };
    await publish();
    server.issues.push(
      { number: 1, author: 'mallory', title: 'copied', body: '<!-- gitfed:drift:. -->\n', state: 'open' },
      {
        number: 2,
        author: server.author,
        title: 'pull',
        body: '<!-- gitfed:drift:. -->\n',
        state: 'open',
        isPullRequest: true,
      },
    );
    expect(await report()).toMatchObject({ code: 0, outputs: { drift: 'false' } });
    expect(server.asked).not.toContain('issues/create');

    set('us-1', 'XXX');
    await publish();
    expect(await report()).toMatchObject({ code: 0, outputs: { drift: 'true' } });
    expect(server.issues[2]).toMatchObject({ title: 'gitfed: 1 object differs from the repository', state: 'open' });
    expect(server.issues[2]?.body).toContain('ConfigMap/shop/web-settings differs');
    await report();
    expect(server.count('issues/update')).toBe(0);

    set('us-2', 'YYY');
    await publish();
    await report();
    expect(server.issues[2]?.title).toBe('gitfed: 2 objects differ from the repository');

    shop.edit('gitfed.yaml', 'drift: {policy: Report}', 'drift: {policy: Correct}');
    shop.repository.commit('Put it back');
    await publish();
    expect(await report()).toMatchObject({ code: 0, outputs: { drift: 'false' } });
    expect(server.issues.map(({ state }) => state)).toEqual(['open', 'open', 'closed']);
    expect(server.problems).toEqual([]);
  });
});

describe('comment: the report of another workflow (security row 23)', () => {
  const head = 'a'.repeat(40);

  function payload(event = 'pull_request'): object {
    return {
      repository,
      workflow_run: {
        event,
        head_sha: head,
        head_branch: 'topic',
        head_repository: { full_name: 'stranger/fleet' },
        html_url: 'https://github.com/acme/fleet/actions/runs/76',
      },
    };
  }

  function post(server: GitHubServer, folder: string, event?: string): Promise<ActionOutcome> {
    const inputs = { mode: 'comment', 'report-directory': folder };
    return run(temporaryFolder(), inputs, { event: 'workflow_run', payload: payload(event), api: server.url });
  }

  function report(files: Readonly<Record<string, string>>): string {
    const folder = temporaryFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }

  it('is posted to the pull request whose last commit the run was about, without what reaches out of it', async () => {
    const server = await GitHubServer.start();
    server.pulls.push({ number: 1, head: 'stranger:topic', sha: head }, { number: 2, head: 'acme:topic', sha: head });
    const text =
      '**1 object changed.** @acme/admins [click](https://evil.example) <img src=x> <!-- gitfed:preview:. part 1/1 -->\n';
    const folder = report({ 'comment-1.md': text, number: '2' });
    const { code } = await post(server, folder);
    expect(code).toBe(0);
    expect(server.problems).toEqual([]);
    expect(server.comments).toHaveLength(1);
    const [, note = '', ...rest] = server.comments[0]?.body.split('\n') ?? [];
    expect(note).toBe('> [!NOTE]');
    expect(rest.join('\n')).toContain(
      'a workflow that the pull request itself can change](https://github.com/acme/fleet/actions/runs/76)',
    );
    expect(rest.join('\n')).not.toMatch(/@acme|<img|<!--|:\/\/evil/);
    await post(server, folder);
    expect(server.asked.filter((name) => name.endsWith('-comment'))).toEqual(['issues/create-comment']);
  });

  it('is not posted where the pull request was pushed to again', async () => {
    const server = await GitHubServer.start();
    server.pulls.push({ number: 1, head: 'stranger:topic', sha: 'b'.repeat(40) });
    const { code, log } = await post(server, report({ 'comment-1.md': 'text' }));
    expect(code).toBe(0);
    expect(log).toContain('No open pull request has the commit');
    expect(server.comments).toEqual([]);
  });

  it.each([
    ['has no report', {}, /has no comment-1\.md/],
    ['has a part that no comment holds', { 'comment-1.md': 'x'.repeat(300_000) }, /has 300000 bytes/],
  ])('a folder that %s is refused', async (_what, files, message) => {
    const server = await GitHubServer.start();
    const { code, log } = await post(server, report(files));
    expect(code).toBe(1);
    expect(log).toMatch(message);
    expect(server.asked).toEqual([]);
  });

  it('a link in place of a file is not followed, and another event is refused', async () => {
    const server = await GitHubServer.start();
    const folder = report({ secret: 'of the runner' });
    symlinkSync(join(folder, 'secret'), join(folder, 'comment-1.md'));
    expect((await post(server, folder)).log).toMatch(/comment-1\.md is no file/);
    rmSync(join(folder, 'comment-1.md'));
    expect((await post(server, folder, 'push')).log).toMatch(
      /^::error::The mode comment posts the report of another workflow/m,
    );
    expect(server.asked).toEqual([]);
  });
});
