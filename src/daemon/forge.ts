import { GitfedError } from '../errors.ts';
import { withoutCredentials } from '../git/errors.ts';
import { VERSION } from '../version.ts';
import type { CommitStatus } from './commit-statuses.ts';

/** What hosts a repository and shows statuses beside its commits. */
const FORGES = ['github', 'gitlab', 'gitea', 'forgejo'] as const;
export type Forge = (typeof FORGES)[number];

/** Where statuses of one repository go. */
export interface ForgeRepository {
  readonly forge: Forge;
  /** Of its API, without a slash at the end: `https://api.github.com`. */
  readonly apiUrl: string;
  /** `owner/name`; of GitLab with all groups. */
  readonly name: string;
}

export interface ForgeSettings {
  /** The repository: what is followed, or what it is called on its forge. */
  readonly url: string;
  /** Default: as the host is called. */
  readonly forge?: Forge;
  /** Default: where the forge has it. */
  readonly apiUrl?: string;
}

const HOSTS: readonly (readonly [host: RegExp, forge: Forge])[] = [
  [/^github\.com$|^github\./, 'github'],
  [/^gitlab\.com$|^gitlab\./, 'gitlab'],
  [/^codeberg\.org$|^forgejo\./, 'forgejo'],
  [/^gitea\.com$|^gitea\./, 'gitea'],
];

/** Finds the forge of a repository. @throws {GitfedError} `USAGE` where it cannot be told. */
export function findForge({ url, forge, apiUrl }: ForgeSettings): ForgeRepository {
  const place = placeOf(url);
  if (place === undefined) {
    throw new GitfedError(
      'USAGE',
      `commit statuses need the address of the repository on its forge, and ${JSON.stringify(withoutCredentials(url))} is none: set notify.repository, such as https://git.example/platform/fleet`,
    );
  }
  const found = forge ?? HOSTS.find(([host]) => host.test(place.hostname))?.[1];
  if (found === undefined) {
    throw new GitfedError(
      'USAGE',
      `it cannot be told which forge ${place.hostname} is: set notify.forge to one of ${FORGES.join(', ')}`,
    );
  }
  return { forge: found, apiUrl: (apiUrl ?? apiUrlOf(found, place)).replace(/\/+$/, ''), name: place.name };
}

interface ForgePlace {
  readonly origin: string;
  readonly hostname: string;
  readonly name: string;
}

/** Of a URL for https, http or ssh, or what git takes for one of ssh. */
function placeOf(url: string): ForgePlace | undefined {
  const [, host, path] = /^[\w.-]+@([\w.-]+):(?!\/\/)(.+)$/.exec(url) ?? [];
  const text = host === undefined ? url : `ssh://${host}/${path}`;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !['https:', 'http:', 'ssh:'].includes(parsed.protocol)) return undefined;
  const name = decoded(parsed.pathname)
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
  if (parsed.hostname === '' || !/^[^/]+(?:\/[^/]+)+$/.test(name) || /(?:^|\/)\.\.?(?:\/|$)/.test(name))
    return undefined;
  // Where git is reached by ssh, on whatever port, the API is reached by https.
  const origin = parsed.protocol === 'ssh:' ? `https://${parsed.hostname}` : `${parsed.protocol}//${parsed.host}`;
  return { origin, hostname: parsed.hostname, name };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function apiUrlOf(forge: Forge, { origin, hostname }: ForgePlace): string {
  if (forge === 'github') return hostname === 'github.com' ? 'https://api.github.com' : `${origin}/api/v3`;
  return forge === 'gitlab' ? `${origin}/api/v4` : `${origin}/api/v1`;
}

/** A request over HTTP. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface StatusRequest {
  readonly repository: ForgeRepository;
  readonly token: string;
  /** What tells this status from others: `gitfed/shop`. */
  readonly context: string;
  /** Where people find more. */
  readonly targetUrl?: string;
  readonly status: CommitStatus;
}

/** The request that sets a status, in the words of the forge. */
export function statusRequest({ repository, token, context, targetUrl, status }: StatusRequest): PostRequest {
  const { forge, apiUrl, name } = repository;
  const link = targetUrl === undefined ? {} : { target_url: targetUrl };
  const state = STATES[forge === 'gitlab' ? 'gitlab' : 'others'][status.state];
  const body = { state, context, description: status.description, ...link };
  const path =
    forge === 'gitlab'
      ? `projects/${encodeURIComponent(name)}/statuses/${status.commit}`
      : `repos/${name.split('/').map(encodeURIComponent).join('/')}/statuses/${status.commit}`;
  return {
    url: `${apiUrl}/${path}`,
    headers: { ...HEADERS, ...AUTHORIZATION[forge](token) },
    body: JSON.stringify(body),
  };
}

/** GitLab takes no `pending` after `running`, nor one of them twice; and it has a word for what came to nothing. */
const STATES = {
  gitlab: { pending: 'running', success: 'success', failure: 'failed', superseded: 'canceled' },
  // Nothing of it failed: a cross would be a false alarm.
  others: { pending: 'pending', success: 'success', failure: 'failure', superseded: 'success' },
} as const satisfies Record<string, Record<CommitStatus['state'], string>>;

const HEADERS = { 'content-type': 'application/json', 'user-agent': `gitfed/${VERSION}` };

const AUTHORIZATION: Readonly<Record<Forge, (token: string) => Readonly<Record<string, string>>>> = {
  github: (token) => ({
    authorization: `Bearer ${token}`,
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
  }),
  // Good for tokens of people, projects, groups and OAuth alike.
  gitlab: (token) => ({ authorization: `Bearer ${token}` }),
  gitea: (token) => ({ authorization: `token ${token}` }),
  forgejo: (token) => ({ authorization: `token ${token}` }),
};
