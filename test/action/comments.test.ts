import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GitHubApi, GitHubError } from '../../src/action/github-api.ts';
import { type PostRequest, type PostResult, postComment } from '../../src/action/post-comment.ts';
import { commentMarker } from '../../src/action/sticky-comment.ts';
import { GitHubServer } from './github-server.ts';

const BOT = 'github-actions[bot]';

function post(
  server: Pick<GitHubServer, 'url'>,
  parts: readonly string[],
  request: Partial<PostRequest> = {},
): Promise<PostResult> {
  const api = new GitHubApi({ url: server.url, token: 'ghs_x', owner: 'acme', repository: 'fleet' });
  return postComment({
    api,
    pullRequest: 1,
    path: '',
    how: 'sticky',
    author: undefined,
    isEmpty: false,
    format: () => parts,
    ...request,
  });
}

/** A comment as an earlier run left it. */
function body(part: number, parts: number, text: string): string {
  return `${commentMarker('', part, parts)}\n${text}`;
}

describe('the comments of a pull request', () => {
  it('are left alone where they say so already, whatever GitHub made of the ends of their lines', async () => {
    const server = await GitHubServer.start();
    server.add(BOT, body(1, 1, 'a\nb').replaceAll('\n', '\r\n'));
    expect(await post(server, ['a\nb\n'])).toMatchObject({ created: 0, updated: 0, removed: 0 });
    expect(server.asked.toSorted()).toEqual(['issues/list-comments', 'users/get-authenticated']);
    expect(server.problems).toEqual([]);
  });

  it('are updated in place, and become more and fewer with the parts of the report', async () => {
    const server = await GitHubServer.start();
    const first = server.add(BOT, body(1, 1, 'old'));
    server.add('octocat', 'Looks good to me.');
    expect(await post(server, ['one', 'two', 'three'])).toMatchObject({ created: 2, updated: 1, removed: 0 });
    expect(server.comments.map(({ body: text }) => text.split('\n').at(-1))).toEqual([
      'one',
      'Looks good to me.',
      'two',
      'three',
    ]);
    expect(server.comments[0]).toMatchObject({ id: first.id, body: body(1, 3, 'one') });

    expect(await post(server, ['short'])).toMatchObject({ created: 0, updated: 1, removed: 2 });
    expect(server.comments.map(({ body: text }) => text)).toEqual([body(1, 1, 'short'), 'Looks good to me.']);
    expect(server.problems).toEqual([]);
  });

  it('are found on any page, and no others than those of the token for this path', async () => {
    const server = await GitHubServer.start();
    for (let index = 0; index < 230; index += 1) server.add('octocat', `Comment ${index}`);
    const copied = server.add('mallory', body(1, 1, 'copied'));
    const quoted = server.add(BOT, `> ${body(1, 1, 'quoted')}`);
    const other = server.add(BOT, `${commentMarker('clusters/prod', 1, 1)}\nother`);
    const own = server.add(BOT, body(1, 1, 'old'));
    await post(server, ['new']);
    expect([copied.body, quoted.body, other.body]).toEqual([
      body(1, 1, 'copied'),
      `> ${body(1, 1, 'quoted')}`,
      `${commentMarker('clusters/prod', 1, 1)}\nother`,
    ]);
    expect(own.body).toBe(body(1, 1, 'new'));
    expect(server.count('issues/list-comments')).toBe(3);
    expect(server.problems).toEqual([]);
  });

  it('belong to the user of a token that may say who that is', async () => {
    const server = await GitHubServer.start();
    server.login = 'Octocat';
    const bots = server.add(BOT, body(1, 1, 'of the bot'));
    const own = server.add('octocat', body(1, 1, 'old'));
    await post(server, ['new']);
    expect([bots.body, own.body]).toEqual([body(1, 1, 'of the bot'), body(1, 1, 'new')]);
  });

  it('belong to the author that was named, for the token of an app', async () => {
    const server = await GitHubServer.start();
    const own = server.add('my-app[bot]', body(1, 1, 'old'));
    await post(server, ['new'], { author: 'my-app[bot]' });
    expect(own.body).toBe(body(1, 1, 'new'));
    expect(server.count('users/get-authenticated')).toBe(0);
  });

  it('are not begun for nothing, and end with it', async () => {
    const server = await GitHubServer.start();
    expect(await post(server, ['Nothing changes.'], { isEmpty: true })).toMatchObject({ created: 0, url: undefined });
    const own = server.add(BOT, body(1, 1, 'old'));
    await post(server, ['Nothing changes.'], { isEmpty: true });
    expect(own.body).toBe(body(1, 1, 'Nothing changes.'));
  });

  it('fail as all of GitHub does where a proxy answers with a page instead', async () => {
    const page = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<h1>Sign in</h1>');
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    onTestFinished(() => {
      page.closeAllConnections();
      page.close();
    });
    const { port } = page.address() as AddressInfo;
    const failure = await post({ url: `http://127.0.0.1:${port}` }, ['new']).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GitHubError);
    expect(failure).toMatchObject({ status: 0, message: 'the answer is none of its API' });
  });

  it('are shortened where GitHub says that they are too long', async () => {
    const server = await GitHubServer.start();
    server.mostCharacters = 20_000;
    const own = server.add(BOT, body(1, 1, 'old'));
    const format = (limit: number): readonly string[] => ['x'.repeat(limit)];
    await post(server, [], { format });
    expect(own.body.length).toBeLessThanOrEqual(12_000);
    expect(server.count('issues/update-comment')).toBe(3);
    expect(server.problems).toEqual([]);
  });

  it('wait as long as GitHub asks for, and no longer than it is worth', async () => {
    const server = await GitHubServer.start();
    const own = server.add(BOT, body(1, 1, 'old'));
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    server.faults.push({ operation: 'issues/update-comment', status: 403, message, headers: { 'retry-after': '1' } });
    await post(server, ['new']);
    expect(own.body).toBe(body(1, 1, 'new'));
    expect(server.count('issues/update-comment')).toBe(2);

    server.faults.push({
      operation: 'issues/update-comment',
      status: 403,
      message,
      headers: { 'retry-after': '3600' },
    });
    const failure = await post(server, ['newer']).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GitHubError);
    expect(failure).toMatchObject({ status: 403 });
    expect(server.count('issues/update-comment')).toBe(3);
  });

  it('survive a gateway that fails, and an answer that is lost makes no second comment', async () => {
    const server = await GitHubServer.start();
    const lost = { status: 502, message: 'Server Error' };
    server.faults.push(
      { operation: 'issues/list-comments', ...lost },
      { operation: 'issues/create-comment', ...lost, isDone: true },
    );
    expect(await post(server, ['one'])).toMatchObject({ created: 1 });
    expect(server.comments.map(({ body: text }) => text)).toEqual([body(1, 1, 'one')]);
    expect(server.count('issues/create-comment')).toBe(1);

    server.faults.push({ operation: 'issues/create-comment', ...lost });
    await post(server, ['one', 'two']);
    expect(server.comments.map(({ body: text }) => text)).toEqual([body(1, 2, 'one'), body(2, 2, 'two')]);
    expect(server.problems).toEqual([]);
  });

  it('that somebody deleted meanwhile are no failure', async () => {
    const server = await GitHubServer.start();
    server.add(BOT, body(1, 2, 'one'));
    server.add(BOT, body(2, 2, 'two'));
    server.faults.push({ operation: 'issues/delete-comment', status: 404, message: 'Not Found' });
    expect(await post(server, ['one'])).toMatchObject({ updated: 1, removed: 1 });
  });
});
