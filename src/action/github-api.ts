import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { VERSION } from '../version.ts';

/** A comment of a pull request or issue. */
export interface Comment {
  readonly id: number;
  /** The login of who wrote it; `undefined` where that account is gone. */
  readonly author: string | undefined;
  readonly body: string;
  readonly url: string;
}

/** An issue that is open, and no pull request. */
export interface Issue {
  readonly number: number;
  readonly author: string | undefined;
  readonly title: string;
  readonly body: string;
  readonly url: string;
}

export interface OpenPullRequest {
  readonly number: number;
  readonly head: string;
}

export interface GitHubOptions {
  /** As `https://api.github.com`. */
  readonly url: string;
  readonly token: string;
  readonly owner: string;
  readonly repository: string;
  /** Told what is waited for. */
  readonly onWait?: (message: string) => void;
}

/** An answer of the API that is no success, or none at all. */
export class GitHubError extends Error {
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitHubError';
    this.status = status;
  }
}

/** So long an answer is waited for, and so long GitHub may ask to be left alone. */
const TIMEOUT_MS = 30_000;
const MOST_WAIT_SECONDS = 180;
const MOST_WAITS = 3;
/** Of what GitHub fails at; each waits longer than the one before. */
const RETRIES = 2;
const PAGE = 100;

/** Each client spaces its own requests. */
let clients = 0;

const Client = Octokit.plugin(paginateRest, retry, throttling);

/** The only code that talks to GitHub's API: requests are spaced, repeated and given up on as GitHub asks for. */
export class GitHubApi {
  readonly #client: InstanceType<typeof Client>;
  readonly #repository: { readonly owner: string; readonly repo: string };

  constructor({ url, token, owner, repository, onWait }: GitHubOptions) {
    const wait =
      (what: string) =>
      (seconds: number, _options: unknown, _client: unknown, count: number): boolean => {
        const isWorthIt = seconds <= MOST_WAIT_SECONDS && count < MOST_WAITS;
        onWait?.(`GitHub asks to wait ${seconds} s (${what})${isWorthIt ? '' : ', which is too long'}.`);
        return isWorthIt;
      };
    clients += 1;
    this.#client = new Client({
      baseUrl: url,
      ...(token === '' ? {} : { auth: token }),
      userAgent: `gitfed/${VERSION}`,
      request: { fetch: fetchInTime },
      retry: { retries: RETRIES },
      throttle: {
        id: String(clients),
        onRateLimit: wait('rate limit'),
        onSecondaryRateLimit: wait('secondary rate limit'),
      },
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    });
    this.#repository = { owner, repo: repository };
  }

  /** Who the token is; `undefined` for one of an app, which may not ask. */
  async login(): Promise<string | undefined> {
    try {
      const { data } = await this.#client.request('GET /user');
      return data.login;
    } catch (error) {
      if (statusOf(error) === 403 || statusOf(error) === 401) return undefined;
      throw gitHubError(error);
    }
  }

  /** All comments, the oldest first. */
  async comments(issue: number): Promise<readonly Comment[]> {
    return await asked(async () => {
      const found = await this.#client.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...this.#repository,
        issue_number: issue,
        per_page: PAGE,
      });
      return found.map(readComment);
    });
  }

  /** Not repeated where nobody knows whether it was done: see {@link GitHubError.status} of 500 and more, and 0. */
  async createComment(issue: number, body: string): Promise<Comment> {
    return await asked(async () => {
      const { data } = await this.#client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...this.#repository,
        issue_number: issue,
        body,
        request: { retries: 0 },
      });
      return readComment(data);
    });
  }

  async updateComment(comment: number, body: string): Promise<Comment> {
    return await asked(async () => {
      const { data } = await this.#client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        ...this.#repository,
        comment_id: comment,
        body,
      });
      return readComment(data);
    });
  }

  async deleteComment(comment: number): Promise<void> {
    await asked(async () => {
      await this.#client.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        ...this.#repository,
        comment_id: comment,
      });
    });
  }

  /** Open pull requests from a branch of any repository, as `octocat:topic`. */
  async pullRequests(head: string): Promise<readonly OpenPullRequest[]> {
    return await asked(async () => {
      const found = await this.#client.paginate('GET /repos/{owner}/{repo}/pulls', {
        ...this.#repository,
        state: 'open',
        head,
        per_page: PAGE,
      });
      return found.map((pull) => ({ number: Number(pull.number), head: pull.head.sha }));
    });
  }

  async openIssues(): Promise<readonly Issue[]> {
    return await asked(async () => {
      const found = await this.#client.paginate('GET /repos/{owner}/{repo}/issues', {
        ...this.#repository,
        state: 'open',
        per_page: PAGE,
      });
      return found.filter((issue) => issue.pull_request === undefined).map(readIssue);
    });
  }

  /** Not repeated, as {@link createComment}. */
  async createIssue(title: string, body: string): Promise<Issue> {
    return await asked(async () => {
      const { data } = await this.#client.request('POST /repos/{owner}/{repo}/issues', {
        ...this.#repository,
        title,
        body,
        request: { retries: 0 },
      });
      return readIssue(data);
    });
  }

  async updateIssue(
    issue: number,
    changes: { readonly title: string; readonly body: string; readonly state: 'open' | 'closed' },
  ): Promise<void> {
    await asked(async () => {
      await this.#client.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
        ...this.#repository,
        issue_number: issue,
        ...changes,
      });
    });
  }
}

function readIssue(issue: {
  readonly number: number | bigint;
  readonly title: string;
  readonly body?: string | null;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
}): Issue {
  const { number, title, body, html_url: url, user } = issue;
  return { number: Number(number), author: user?.login, title, body: body ?? '', url };
}

function ignore(): void {
  // What goes wrong is told by who asked.
}

function fetchInTime(url: string, options: RequestInit): Promise<Response> {
  return fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

function readComment(comment: {
  readonly id: number | bigint;
  readonly body?: string | undefined;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
}): Comment {
  return { id: Number(comment.id), author: comment.user?.login, body: comment.body ?? '', url: comment.html_url };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw gitHubError(error);
  }
}

function gitHubError(error: unknown): unknown {
  const status = statusOf(error);
  if (!(error instanceof Error)) return error;
  // A page to sign in at, of a proxy, is a success that nobody can read.
  if (status === undefined) return new GitHubError(0, 'the answer is none of its API', { cause: error });
  return new GitHubError(hasAnswer(error) ? status : 0, error.message, { cause: error });
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}

/** A connection that breaks is told as a status of 500 without an answer. */
function hasAnswer(error: Error): boolean {
  return 'response' in error && error.response !== undefined;
}
