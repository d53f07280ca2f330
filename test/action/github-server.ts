import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { GitHubDescription, sampleAnswer } from './openapi.ts';

/** A comment as the server keeps it. */
export interface StoredComment {
  readonly id: number;
  readonly author: string;
  body: string;
}

export interface StoredPull {
  readonly number: number;
  /** As `octocat:topic`. */
  readonly head: string;
  readonly sha: string;
}

export interface StoredIssue {
  readonly number: number;
  readonly author: string;
  readonly isPullRequest?: boolean;
  title: string;
  body: string;
  state: string;
}

/** What a request gets instead of its answer. */
export interface Fault {
  /** Of the operation, as `issues/create-comment`. */
  readonly operation: string;
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What was asked for is done all the same. */
  readonly isDone?: boolean;
}

interface Fields {
  readonly title?: string;
  readonly body?: string;
  readonly state?: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const REPOSITORY = 'acme/fleet';

/** Behaves as GitHub's API does for one repository, `acme/fleet`. What it is asked and what it answers is held against GitHub's description. */
export class GitHubServer {
  readonly description = new GitHubDescription();
  readonly comments: StoredComment[] = [];
  readonly pulls: StoredPull[] = [];
  readonly issues: StoredIssue[] = [];
  /** Operations, in the order in which they were asked for. */
  readonly asked: string[] = [];
  readonly problems: string[] = [];
  /** Used up in turn. */
  readonly faults: Fault[] = [];
  /** Who the token is; undefined for that of a workflow, which may not ask. */
  login: string | undefined;
  mayWrite = true;
  /** GitHub's own. */
  mostCharacters = 65_536;
  #nextId = 1000;
  url = '';

  /** @returns one that ends with the test. */
  static async start(): Promise<GitHubServer> {
    const state = new GitHubServer();
    const server = createServer((request, response) => {
      state.#handle(request, response).catch((error: unknown) => {
        state.problems.push(String(error));
        response.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return state;
  }

  /** Whom comments of the token belong to. */
  get author(): string {
    return this.login ?? 'github-actions[bot]';
  }

  add(author: string, body: string): StoredComment {
    this.#nextId += 1;
    const comment = { id: this.#nextId, author, body };
    this.comments.push(comment);
    return comment;
  }

  /** How often an operation was asked for. */
  count(operation: string): number {
    return this.asked.filter((name) => name === operation).length;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const answer = this.#answer(method, url, body);
    const wrong = this.description.checkAnswer(method, url, answer.status, answer.body);
    this.problems.push(...wrong.map((problem) => `answer to ${method} ${url.pathname}: ${problem}`));
    response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  }

  #answer(method: string, url: URL, body: unknown): Answer {
    const matched = this.description.checkRequest(method, url, body);
    if ('problems' in matched) {
      this.problems.push(...matched.problems.map((problem) => `${method} ${url.pathname}: ${problem}`));
      return { status: 404, body: { message: 'Not Found' } };
    }
    const { operation, path } = matched;
    this.asked.push(operation);
    if (path['owner'] !== undefined && `${path['owner']}/${path['repo']}` !== REPOSITORY) return notFound();
    const at = this.faults.findIndex((fault) => fault.operation === operation);
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault !== undefined && fault.isDone !== true) return refusal(fault);
    if (!this.mayWrite && method !== 'GET') return forbidden();
    const answer = this.#do(operation, path, url, (body ?? {}) as Fields);
    return fault === undefined ? answer : refusal(fault);
  }

  #do(operation: string, path: Readonly<Record<string, string>>, url: URL, fields: Fields): Answer {
    const { body = '' } = fields;
    const comment = this.comments.find(({ id }) => id === Number(path['comment_id']));
    switch (operation) {
      case 'users/get-authenticated':
        return this.login === undefined
          ? forbidden()
          : { status: 200, body: sampleAnswer(operation, 200, user(this.login)) };
      case 'issues/list-comments':
        return page(url, this.comments.map(describeComment));
      case 'issues/create-comment':
        return this.#isTooLong(body) ?? { status: 201, body: describeComment(this.add(this.author, body)) };
      case 'issues/update-comment':
        if (comment === undefined) return notFound();
        return this.#isTooLong(body) ?? { status: 200, body: describeComment(Object.assign(comment, { body })) };
      case 'issues/delete-comment':
        if (comment === undefined) return notFound();
        this.comments.splice(this.comments.indexOf(comment), 1);
        return { status: 204 };
      case 'pulls/list':
        return page(url, this.pulls.filter(({ head }) => head === url.searchParams.get('head')).map(describePull));
      case 'issues/list-for-repo':
        return page(url, this.issues.filter(({ state }) => state === url.searchParams.get('state')).map(describeIssue));
      case 'issues/create': {
        const { title = '' } = fields;
        const issue = { number: this.issues.length + 1, author: this.author, title, body, state: 'open' };
        this.issues.push(issue);
        return this.#isTooLong(body) ?? { status: 201, body: describeIssue(issue) };
      }
      case 'issues/update': {
        const issue = this.issues.find(({ number }) => number === Number(path['issue_number']));
        return issue === undefined ? notFound() : { status: 200, body: describeIssue(Object.assign(issue, fields)) };
      }
      default:
        throw new Error(`${operation} is described, and not done here`);
    }
  }

  #isTooLong(body: string): Answer | undefined {
    if (body.length <= this.mostCharacters) return undefined;
    const message = `body is too long (maximum is ${this.mostCharacters} characters)`;
    return {
      status: 422,
      body: {
        message: 'Validation Failed',
        errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }],
        documentation_url: 'https://docs.github.com/rest/issues/comments#create-an-issue-comment',
      },
    };
  }
}

function refusal({ status, message, headers = {} }: Fault): Answer {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest' }, headers };
}

function forbidden(): Answer {
  const body = { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest' };
  return { status: 403, body };
}

function notFound(): Answer {
  return { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' } };
}

/** As GitHub does it: pages of at most 100, and a link to the next one. */
function page(url: URL, all: readonly unknown[]): Answer {
  const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30));
  const number = Number(url.searchParams.get('page') ?? 1);
  const next = new URL(url);
  next.searchParams.set('page', String(number + 1));
  const hasMore = all.length > number * size;
  return {
    status: 200,
    body: all.slice((number - 1) * size, number * size),
    headers: hasMore ? { link: `<${next.href}>; rel="next"` } : {},
  };
}

function user(login: string): object {
  return { login, id: 7, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}

function describeComment({ id, author, body }: StoredComment): object {
  return sampleAnswer('issues/create-comment', 201, {
    id,
    html_url: `https://github.com/${REPOSITORY}/pull/1#issuecomment-${id}`,
    body,
    user: sampleAnswer('issues/create-comment', 201, user(author), 'user'),
  });
}

function describePull({ number, head, sha }: StoredPull): object {
  const [sample] = sampleAnswer('pulls/list', 200, {}) as unknown as readonly { readonly head: object }[];
  return { ...sample, number, head: { ...sample?.head, label: head, sha } };
}

function describeIssue({ number, author, title, body, state, isPullRequest = false }: StoredIssue): object {
  const url = `https://github.com/${REPOSITORY}/issues/${number}`;
  return sampleAnswer('issues/create', 201, {
    number,
    title,
    body,
    state,
    html_url: url,
    user: sampleAnswer('issues/create', 201, user(author), 'user'),
    ...(isPullRequest ? { pull_request: { diff_url: url, html_url: url, patch_url: url, url } } : {}),
  });
}
