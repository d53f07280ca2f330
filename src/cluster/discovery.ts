import type { Scope } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import type { ApiClient } from './client.ts';
import { ApiError, isApiError } from './errors.ts';

/** A kind as an API server serves it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: Scope;
  readonly verbs: ReadonlySet<string>;
  /** In lower case; absent where the server does not say it. */
  readonly singular?: string;
  /** Absent where there are none. */
  readonly shortNames?: readonly string[];
}

/**
 * What an API server serves.
 *
 * A group is stale when its own server does not answer: what is not known of it may be there all the same.
 */
export interface Discovery {
  /** In one version, by default the one that the server prefers. */
  find(group: string, kind: string, version?: string): ServedResource | undefined;
  /** Every kind once, in its preferred version; sorted by group and kind. */
  readonly resources: readonly ServedResource[];
  readonly staleGroups: ReadonlySet<string>;
}

const AGGREGATED = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** @throws {ApiError} when not even the list of groups can be read. */
export async function discover(client: ApiClient): Promise<Discovery> {
  const [core, named] = await Promise.all([
    client.json({ method: 'GET', path: '/api', accept: AGGREGATED }),
    client.json({ method: 'GET', path: '/apis', accept: AGGREGATED }),
  ]);
  const groups = await Promise.all([groupsOf(core, '/api', client), groupsOf(named, '/apis', client)]);
  return toDiscovery(groups.flat());
}

interface Group {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly { readonly isStale: boolean; readonly resources: readonly ServedResource[] }[];
}

function toDiscovery(groups: readonly Group[]): Discovery {
  const byKind = new Map<string, ServedResource>();
  const byVersion = new Map<string, ServedResource>();
  for (const { versions } of groups) {
    for (const resource of versions.flatMap(({ resources }) => resources)) {
      const key = `${resource.group}\n${resource.kind}`;
      if (!byKind.has(key)) byKind.set(key, resource);
      const versioned = `${key}\n${resource.version}`;
      if (!byVersion.has(versioned)) byVersion.set(versioned, resource);
    }
  }
  return {
    find: (group, kind, version) =>
      version === undefined ? byKind.get(`${group}\n${kind}`) : byVersion.get(`${group}\n${kind}\n${version}`),
    resources: [...byKind.values()].sort((a, b) => compareText(a.group, b.group) || compareText(a.kind, b.kind)),
    staleGroups: new Set(
      groups.filter(({ versions }) => versions.some(({ isStale }) => isStale)).map(({ name }) => name),
    ),
  };
}

/** The parts of the documents that are read here; everything may be missing. */
interface RawList {
  readonly kind?: string;
  readonly items?: readonly RawGroup[];
  readonly versions?: readonly string[];
  readonly groups?: readonly {
    readonly name?: string;
    readonly preferredVersion?: { readonly version?: string };
    readonly versions?: readonly { readonly version?: string }[];
  }[];
}

interface RawGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version?: string;
    readonly freshness?: string;
    readonly resources?: readonly {
      readonly resource?: string;
      readonly scope?: string;
      readonly verbs?: readonly string[];
      readonly singularResource?: string;
      readonly shortNames?: readonly string[];
      readonly responseKind?: { readonly kind?: string };
    }[];
  }[];
}

async function groupsOf(document: unknown, root: '/api' | '/apis', client: ApiClient): Promise<readonly Group[]> {
  const list = (document ?? {}) as RawList;
  if (list.kind === 'APIGroupDiscoveryList') return (list.items ?? []).map(aggregatedGroup);
  // A server that does not know aggregated discovery answers as it always did.
  if (list.kind === 'APIVersions') return [await plainGroup('', list.versions ?? [], root, client)];
  if (list.kind === 'APIGroupList') {
    return await Promise.all(
      (list.groups ?? []).map(({ name = '', preferredVersion, versions = [] }) => {
        const preferred = preferredVersion?.version;
        const all = [preferred, ...versions.map(({ version }) => version)].filter((one) => one !== undefined);
        return plainGroup(name, [...new Set(all)], root, client);
      }),
    );
  }
  throw new ApiError({
    failure: 'Response',
    status: 200,
    reason: '',
    paths: [],
    causes: [],
    detail: 'it is no discovery',
  });
}

function aggregatedGroup({ metadata, versions = [] }: RawGroup): Group {
  const group = metadata?.name ?? '';
  return {
    name: group,
    versions: versions.map(({ version = '', freshness, resources = [] }) => ({
      isStale: freshness === 'Stale',
      resources: resources.flatMap(({ resource: plural, scope, verbs = [], responseKind, ...names }) => {
        const kind = responseKind?.kind;
        if (plural === undefined || kind === undefined || kind === '') return [];
        const served: ServedResource = {
          group,
          version,
          kind,
          plural,
          scope: scope === 'Cluster' ? 'Cluster' : 'Namespaced',
          verbs: new Set(verbs),
          ...namesOf(names.singularResource, names.shortNames),
        };
        return [served];
      }),
    })),
  };
}

function namesOf(
  singular: string | undefined,
  shortNames: readonly string[] | undefined,
): Pick<ServedResource, 'singular' | 'shortNames'> {
  return {
    ...(singular === undefined || singular === '' ? {} : { singular }),
    ...(shortNames === undefined || shortNames.length === 0 ? {} : { shortNames }),
  };
}

interface RawResourceList {
  readonly resources?: readonly {
    readonly name?: string;
    readonly kind?: string;
    readonly singularName?: string;
    readonly shortNames?: readonly string[];
    readonly namespaced?: boolean;
    readonly verbs?: readonly string[];
  }[];
}

async function plainGroup(group: string, versions: readonly string[], root: string, client: ApiClient): Promise<Group> {
  const prefix = group === '' ? root : `${root}/${encodeURIComponent(group)}`;
  const lists = versions.map(async (version) => {
    try {
      const path = `${prefix}/${encodeURIComponent(version)}`;
      const { resources = [] } = (await client.json({ method: 'GET', path })) as RawResourceList;
      return { isStale: false, resources: resources.flatMap((raw) => plainResource(raw, group, version)) };
    } catch (error) {
      if (!isApiError(error) || error.failure !== 'Status') throw error;
      return { isStale: true, resources: [] };
    }
  });
  return { name: group, versions: await Promise.all(lists) };
}

function plainResource(
  raw: NonNullable<RawResourceList['resources']>[number],
  group: string,
  version: string,
): readonly ServedResource[] {
  const { name, kind, namespaced, verbs = [], singularName, shortNames } = raw;
  // Names with a slash are subresources.
  if (name === undefined || kind === undefined || name.includes('/')) return [];
  const scope = namespaced === true ? 'Namespaced' : 'Cluster';
  const names = namesOf(singularName, shortNames);
  return [{ group, version, kind, plural: name, scope, verbs: new Set(verbs), ...names }];
}
