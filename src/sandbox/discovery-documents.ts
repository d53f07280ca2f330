import { compareText, type JsonObject } from '../core/index.ts';
import { apiVersionOf, type SandboxResource } from './served-resource.ts';

/** What the sandbox says of itself at `/version`. */
export const SERVER_VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+gitfed.sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
} as const;

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

type Resources = readonly SandboxResource[];

/** Versions of each group, the preferred one first. */
function groupsOf(resources: Resources): ReadonlyMap<string, ReadonlyMap<string, Resources>> {
  const groups = Map.groupBy(resources, ({ group }) => group);
  const names = [...groups.keys()].sort(compareText);
  return new Map(names.map((name) => [name, Map.groupBy(groups.get(name) ?? [], ({ version }) => version)] as const));
}

/** `/api` or `/apis` in one document, as servers since 1.30 have it. */
export function aggregatedDiscovery(resources: Resources, root: 'api' | 'apis'): JsonObject {
  const groups = [...groupsOf(resources)].filter(([name]) => (name === '') === (root === 'api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(([name, versions]) => ({
      metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
      versions: [...versions].map(([version, served]) => ({
        version,
        freshness: 'Current',
        resources: served.map(aggregatedResource),
      })),
    })),
  };
}

function aggregatedResource(resource: SandboxResource): JsonObject {
  const subresources = subresourcesOf(resource);
  return {
    resource: resource.plural,
    responseKind: responseKind(resource),
    scope: resource.isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: verbsOf(resource),
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map(({ name, kind }) => ({
            subresource: name,
            responseKind: kind,
            verbs: ['get', 'patch', 'update'],
          })),
        }),
  };
}

/** Group and version are said where they are others than those of the resource. */
function responseKind({ kind }: SandboxResource): JsonObject {
  return { group: '', version: '', kind };
}

function verbsOf({ group, plural }: SandboxResource): readonly string[] {
  return group === '' && plural === 'namespaces' ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS;
}

function subresourcesOf(resource: SandboxResource): readonly { readonly name: string; readonly kind: JsonObject }[] {
  return [
    ...(resource.hasStatus ? [{ name: 'status', kind: responseKind(resource) }] : []),
    ...(resource.scale === undefined
      ? []
      : [{ name: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } }]),
  ];
}

export function coreVersions(serverAddress: string): JsonObject {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

export function groupList(resources: Resources): JsonObject {
  const groups = [...groupsOf(resources)].filter(([name]) => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(([name, versions]) => group(name, versions)) };
}

/** `/apis/GROUP`; `undefined` where it is not served. */
export function groupDocument(resources: Resources, name: string): JsonObject | undefined {
  const versions = groupsOf(resources).get(name);
  return versions === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...group(name, versions) };
}

function group(name: string, versions: ReadonlyMap<string, Resources>): JsonObject {
  const all = [...versions.keys()].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] ?? null };
}

/** `/api/v1` or `/apis/GROUP/VERSION`; `undefined` where it is not served. */
export function resourceList(resources: Resources, groupVersion: string): JsonObject | undefined {
  const served = resources.filter((resource) => apiVersionOf(resource) === groupVersion);
  if (served.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(plainResources) };
}

function plainResources(resource: SandboxResource): readonly JsonObject[] {
  const { plural, singular, isNamespaced, kind, shortNames, categories } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced: isNamespaced,
    kind,
    verbs: verbsOf(resource),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const subresources = subresourcesOf(resource).map(({ name, kind: served }) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced: isNamespaced,
    ...(served.kind === 'Scale' ? { group: 'autoscaling', version: 'v1' } : {}),
    kind: served.kind ?? kind,
    verbs: ['get', 'patch', 'update'],
  }));
  return [main, ...subresources];
}
