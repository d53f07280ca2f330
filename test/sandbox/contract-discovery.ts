import { type ContractCase, reasonOf } from './contract-case.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface Aggregated {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources: readonly Served[] }[];
}

interface Served {
  readonly resource: string;
  readonly responseKind: object;
  readonly scope: string;
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string; readonly responseKind: object }[];
}

const SHOWN = ['configmaps', 'namespaces', 'secrets', 'services', 'pods', 'deployments', 'replicasets', 'statefulsets'];
const SHOWN_SUBRESOURCES = ['status', 'scale'];

function shown({
  resource,
  responseKind,
  scope,
  singularResource,
  verbs,
  shortNames,
  categories,
  subresources,
}: Served): object {
  const known = (subresources ?? []).filter((one) => SHOWN_SUBRESOURCES.includes(one.subresource));
  const parts = known.map((one) => [one.subresource, one.responseKind]).sort();
  return { resource, responseKind, scope, singularResource, verbs: verbs.toSorted(), shortNames, categories, parts };
}

export const DISCOVERY_CASES: readonly ContractCase[] = [
  {
    title: 'tells all that it serves in one document',
    ask: async (server) => {
      const documents = [await server.get('/api', AGGREGATED), await server.get('/apis', AGGREGATED)];
      return documents.map(({ body }) => [
        body.kind,
        body.apiVersion,
        (body.items as readonly Aggregated[])
          .filter(({ metadata }) => metadata.name === undefined || metadata.name === 'apps')
          .map(({ metadata, versions }) => [
            metadata.name ?? null,
            versions.map(({ version, resources }) => [
              version,
              resources
                .filter(({ resource }) => SHOWN.includes(resource))
                .map(shown)
                .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
            ]),
          ]),
      ]);
    },
  },
  {
    title: 'tells the same piece by piece',
    ask: async (server) => {
      const versions = await server.get('/api');
      const groups = await server.get('/apis');
      const apps = await server.get('/apis/apps');
      const kinds = await server.get('/apis/apps/v1');
      return [
        versions.body.kind,
        versions.body.versions,
        groups.body.kind,
        groups.body.groups.find(({ name }: { name: string }) => name === 'apps'),
        apps.body,
        kinds.body.kind,
        kinds.body.groupVersion,
        kinds.body.resources
          .map(({ name, kind, namespaced }: Record<string, unknown>) => `${name} ${kind} ${namespaced}`)
          .filter((text: string) => /^(?:deployments|replicasets)(?:\/(?:status|scale))? /.test(text))
          .sort(),
        reasonOf(await server.get('/apis/no.example')),
      ];
    },
  },
  {
    title: 'is well',
    ask: async (server) => [
      await server.get('/healthz', '*/*'),
      await server.get('/readyz', '*/*'),
      await server.get('/livez', '*/*'),
    ],
  },
  {
    title: 'tells its version',
    ask: async (server) => {
      const { body } = await server.get('/version');
      return [body.major, /^v1\.\d+\./.test(body.gitVersion)];
    },
  },
  {
    title: 'answers who asks, and what he may do',
    ask: async (server) => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'list', resource: 'pods' } },
      };
      const me = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const allowed = await server.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review);
      const user = await server.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', me);
      return [allowed.status, allowed.body.status.allowed, user.status, user.body.status.userInfo.username];
    },
  },
];
