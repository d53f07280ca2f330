import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { federatedDefinition } from '../../src/api/federated-definition.ts';
import { pluralName } from '../../src/api/index.ts';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  readYaml,
  stringifyJson,
} from '../../src/core/index.ts';
import { templateOf } from '../../src/reconcile/strip-object.ts';
import { type Cluster, poll } from '../controlplane/fixtures.ts';

const TESTDATA = path.join(import.meta.dirname, 'testdata');
/** The dump that an installation is restored from. */
export const KUBEFED_DUMP = path.join(TESTDATA, 'kubefed-live');
export const SYSTEM_NAMESPACE = 'kube-federation-system';
export const MEMBERS = ['m1', 'm2', 'm3'] as const;
export const CONTROLLER = 'kubefed-controller-manager';
export type MemberName = (typeof MEMBERS)[number];

const LIMITS = { documentNodes: 1_000_000, depth: 100 };
const KUBEFED = 'controller-manager';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const FINALIZER = 'kubefed.io/sync-controller';

export interface InstallationOptions {
  /** With the objects of kubefed-extra.yaml: a kind of its own, an orphan annotation and an override that fails. */
  readonly isExtended?: boolean;
  /** A member that KubeFed counts as not ready. Its server is the test's to stop. */
  readonly unready?: MemberName;
}

/** KubeFed as it was when its controller was stopped: a host and three members. */
export interface Installation {
  readonly host: Cluster;
  readonly members: Readonly<Record<MemberName, Cluster>>;
  /** What KubeFed made in a member, as it is there now. */
  readonly objectsOf: (member: MemberName) => Promise<readonly JsonObject[]>;
}

/** Puts the dump into clusters of real API servers, with its managers, finalizers, labels, statuses and notes. */
export async function restoreInstallation(
  [host, m1, m2, m3]: readonly [Cluster, Cluster, Cluster, Cluster],
  { isExtended = false, unready }: InstallationOptions = {},
): Promise<Installation> {
  const members = { m1, m2, m3 };
  const made = new Map<MemberName, readonly JsonObject[]>();
  await Promise.all(
    MEMBERS.map(async (name) => {
      if (isExtended) await define(members[name], [WIDGETS]);
      made.set(name, await restoreMember(members[name], name, isExtended));
    }),
  );
  await restoreHost(host, { members, made, isExtended, unready });
  const objectsOf = async (member: MemberName): Promise<readonly JsonObject[]> =>
    await Promise.all((made.get(member) ?? []).map((object) => read(members[member], object)));
  return { host, members, objectsOf };
}

/** A kubeconfig with a context for the host, called `host`, and for each member, called like it. */
export function fleetKubeconfig({ host, members }: Pick<Installation, 'host' | 'members'>, folder: string): string {
  const file = path.join(folder, 'kubeconfig');
  const all = [['host', host] as const, ...MEMBERS.map((name) => [name, members[name]] as const)].map(([name, one]) =>
    documentOf(
      one
        .kubeconfig('admin')
        .replaceAll(one.name, name)
        .replaceAll(/\badmin$/gm, `${name}-admin`),
    ),
  );
  const joined = (key: string): readonly JsonValue[] => all.flatMap((one) => one[key] as readonly JsonValue[]);
  const lists = { clusters: [...joined('clusters')], users: [...joined('users')], contexts: [...joined('contexts')] };
  writeFileSync(file, stringifyJson({ ...all[0], ...lists }));
  return file;
}

function documentOf(text: string): JsonObject {
  const [read] = readYaml('', text, LIMITS);
  if (read?.ok !== true || !isJsonObject(read.document.value)) throw new Error('the kubeconfig cannot be read');
  return read.document.value;
}

/** A kubeconfig of the host, whose context is called `host`. */
export function hostKubeconfig({ host }: Pick<Installation, 'host'>, folder: string): string {
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, host.kubeconfig('admin').replaceAll(host.name, 'host'));
  return file;
}

/** KubeFed's controller manager as a Deployment, whose image nobody runs. */
export async function startController(host: Cluster): Promise<void> {
  const labels = { 'kubefed-control-plane': 'controller-manager' };
  await send(host, 'POST', `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments`, {
    metadata: { name: CONTROLLER },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'controller', image: 'kubefed:v0.10.0' }] } },
    },
  });
  await poll(async () => (await podsOf(host, SYSTEM_NAMESPACE)).length === 2, { what: 'KubeFed has its pods' });
}

/** The ids of the pods in a namespace, sorted. */
export async function podsOf(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const { body: list } = await cluster.request<{ items: readonly { metadata: { uid: string } }[] }>(
    'GET',
    `/api/v1/namespaces/${namespace}/pods`,
  );
  return list.items.map(({ metadata }) => metadata.uid).sort();
}

const WIDGETS: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.shop.example' },
  spec: {
    group: 'shop.example',
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer' }, colour: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

function documents(file: string): readonly JsonObject[] {
  return readYaml(file, readFileSync(path.join(TESTDATA, file), 'utf8'), LIMITS).flatMap((read) => {
    if (!read.ok) throw new Error(`${file}: ${read.error.reason}`);
    const { value } = read.document;
    if (!isJsonObject(value)) return [];
    return Array.isArray(value['items']) ? (value['items'] as readonly JsonValue[]).filter(isJsonObject) : [value];
  });
}

function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object['metadata']) ? object['metadata'] : {};
}

/** Where objects of a kind are, or one of them. */
function collectionOf(object: JsonObject): string {
  const apiVersion = String(object['apiVersion']);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { namespace } = metadataOf(object);
  return `${root}/${namespace === undefined ? '' : `namespaces/${String(namespace)}/`}${pluralName(String(object['kind']))}`;
}

/** The path of an object in any cluster. */
export function pathOf(object: JsonObject): string {
  return `${collectionOf(object)}/${String(metadataOf(object)['name'])}`;
}

async function read(cluster: Cluster, object: JsonObject): Promise<JsonObject> {
  return await send(cluster, 'GET', pathOf(object));
}

async function send(cluster: Cluster, method: string, target: string, body?: unknown): Promise<JsonObject> {
  const answer = await cluster.request<JsonObject>(method, target, body);
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${cluster.name}: ${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}

async function define(cluster: Cluster, definitions: readonly JsonObject[]): Promise<void> {
  await Promise.all(
    definitions.map(async (definition) => {
      await send(cluster, 'POST', collectionOf(definition), definition);
      const isEstablished = async (): Promise<boolean> => {
        const { status } = await read(cluster, definition);
        return JSON.stringify(status ?? {}).includes('"type":"Established"');
      };
      await poll(isEstablished, { what: `${String(metadataOf(definition)['name'])} is established` });
    }),
  );
}

/** As KubeFed's controller made them: by creating them. */
async function restoreMember(cluster: Cluster, name: MemberName, isExtended: boolean): Promise<readonly JsonObject[]> {
  const extra = documents('kubefed-extra-members.yaml').filter((object) => {
    const { annotations } = metadataOf(object);
    return isExtended && isJsonObject(annotations) && annotations['member'] === name;
  });
  const objects = [...documents(`kubefed-live/member-${name}.yaml`), ...extra];
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
  const others = objects.filter(({ kind }) => kind !== 'Namespace');
  for (const object of [...namespaces, ...others]) {
    await send(cluster, 'POST', `${collectionOf(object)}?fieldManager=${KUBEFED}`, asCreated(object));
  }
  return objects;
}

/** What the server chose is its own to choose again. */
function asCreated(object: JsonObject): JsonObject {
  const { apiVersion, kind } = object;
  const [group = '', version] = String(apiVersion).split('/');
  const template = templateOf(object, { group: version === undefined ? '' : group, kind: String(kind) });
  const { name, namespace, labels } = metadataOf(object);
  return {
    ...template,
    apiVersion: apiVersion ?? '',
    kind: kind ?? '',
    metadata: { name: name ?? '', ...(namespace === undefined ? {} : { namespace }), labels: labels ?? {} },
  };
}

interface HostContents extends Required<Pick<InstallationOptions, 'isExtended'>> {
  readonly members: Installation['members'];
  readonly made: ReadonlyMap<MemberName, readonly JsonObject[]>;
  readonly unready: MemberName | undefined;
}

async function restoreHost(host: Cluster, contents: HostContents): Promise<void> {
  const core = [
    ...documents('kubefed-live/host-core.yaml'),
    ...(contents.isExtended ? documents('kubefed-extra.yaml') : []),
  ];
  const types = core.filter(({ kind }) => kind === 'FederatedTypeConfig');
  await define(host, [...documents('kubefed-crds.yaml'), ...types.map(definitionOf)]);
  for (const namespace of [SYSTEM_NAMESPACE, 'shop']) {
    await send(host, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  }
  for (const name of MEMBERS) await restoreCluster(host, name, contents);
  for (const object of core.filter(({ kind }) => kind === 'FederatedTypeConfig' || kind === 'KubeFedConfig')) {
    await restoreSetting(host, object);
  }
  const federated = [
    ...documents('kubefed-live/host-federated.yaml'),
    ...core.filter(({ kind }) => String(kind).startsWith('Federated') && kind !== 'FederatedTypeConfig'),
  ];
  const isNote = ({ kind }: JsonObject): boolean => String(kind).endsWith('PropagatedVersion');
  for (const object of federated.filter((one) => !isNote(one))) await restoreFederated(host, object);
  for (const object of federated.filter(isNote)) await restoreNote(host, object, contents);
}

/** The definition of a federated kind, as kubefedctl had made it. */
function definitionOf(config: JsonObject): JsonObject {
  const spec = config['spec'] as JsonObject;
  const { group, version, kind, pluralName: plural, scope } = spec['federatedType'] as JsonObject;
  const hasReplicas = kind === 'FederatedDeployment' || kind === 'FederatedReplicaSet';
  return federatedDefinition(
    {
      group: String(group),
      version: String(version),
      kind: String(kind),
      plural: String(plural),
      scope: scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    },
    { shortNames: [], schema: hasReplicas ? 'Replicas' : 'Object' },
  );
}

/** The cluster of the dump, at its new address and with a token that works. */
async function restoreCluster(host: Cluster, name: MemberName, { members, unready }: HostContents): Promise<void> {
  const member = members[name];
  const dumped = documents('kubefed-live/host-core.yaml').find(
    (object) => object['kind'] === 'KubeFedCluster' && metadataOf(object)['name'] === name,
  );
  const { labels } = metadataOf(dumped ?? {});
  const secret = `${name}-secret`;
  const token = Buffer.from(member.adminToken).toString('base64');
  await send(host, 'POST', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets`, {
    metadata: { name: secret },
    data: { token },
  });
  const object: JsonObject = {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name, namespace: SYSTEM_NAMESPACE, labels: labels ?? {} },
    spec: { apiEndpoint: member.url, caBundle: member.caBundle, secretRef: { name: secret } },
  };
  await send(host, 'POST', `${collectionOf(object)}?fieldManager=kubectl-client-side-apply`, object);
  const isReady = name !== unready;
  const time = '2026-11-21T00:39:26Z';
  const condition = isReady
    ? { type: 'Ready', status: 'True', reason: 'ClusterReady', message: '/healthz responded with ok' }
    : { type: 'Offline', status: 'True', reason: 'ClusterNotReachable', message: 'cluster is not reachable' };
  await putStatus(host, object, { conditions: [{ ...condition, lastProbeTime: time, lastTransitionTime: time }] });
}

async function putStatus(cluster: Cluster, object: JsonObject, status: JsonValue | undefined): Promise<void> {
  if (status === undefined) return;
  const live = await read(cluster, object);
  await send(cluster, 'PUT', `${pathOf(object)}/status?fieldManager=${KUBEFED}`, { ...live, status });
}

function bare(object: JsonObject): JsonObject {
  const { status: _status, ...rest } = object;
  const { name, namespace, labels, annotations, finalizers } = metadataOf(object);
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, labels, annotations, finalizers }).filter(([, value]) => value !== undefined),
  ) as JsonObject;
  return { ...rest, metadata };
}

async function restoreSetting(host: Cluster, object: JsonObject): Promise<void> {
  await send(host, 'POST', `${collectionOf(object)}?fieldManager=${KUBEFED}`, bare(object));
  if (object['kind'] === 'FederatedTypeConfig') await putStatus(host, object, object['status']);
}

/** First as its user had applied it, then as the controllers had changed it, so that it has the generation and the managers of then. */
async function restoreFederated(host: Cluster, object: JsonObject): Promise<void> {
  const { annotations } = metadataOf(object);
  const text = isJsonObject(annotations) ? annotations[LAST_APPLIED] : undefined;
  const applied = typeof text === 'string' ? (parseJson(text) as JsonObject) : undefined;
  const first = bare(applied ?? object);
  const withNote = { ...first, metadata: { ...metadataOf(first), annotations: annotations ?? {} } };
  await send(host, 'POST', `${collectionOf(object)}?fieldManager=kubectl-client-side-apply`, withNote);
  if (object['kind'] === 'ReplicaSchedulingPreference') return;
  const live = await read(host, object);
  const changed = { ...live, spec: object['spec'] ?? {}, metadata: { ...metadataOf(live), finalizers: [FINALIZER] } };
  await send(host, 'PUT', `${pathOf(object)}?fieldManager=${KUBEFED}`, changed);
  await putStatus(host, object, object['status']);
}

/** A note of KubeFed's about what it has written, with the versions that the members gave now. */
async function restoreNote(host: Cluster, note: JsonObject, { members, made }: HostContents): Promise<void> {
  const owner = ownerOf(note);
  const { uid } = metadataOf(await read(host, owner));
  const reference = { apiVersion: owner['apiVersion'], kind: owner['kind'], name: metadataOf(owner)['name'], uid };
  const plain = bare(note);
  const body = { ...plain, metadata: { ...metadataOf(plain), ownerReferences: [reference] } };
  await send(host, 'POST', `${collectionOf(note)}?fieldManager=${KUBEFED}`, body);
  const status = note['status'] as JsonObject;
  const versions = status['clusterVersions'] as readonly JsonObject[];
  const clusterVersions = await Promise.all(
    versions.map(async ({ clusterName }) => {
      const member = clusterName as MemberName;
      const target = made.get(member)?.find((object) => isTargetOf(object, note));
      const { generation, resourceVersion } = metadataOf(
        target === undefined ? {} : await read(members[member], target),
      );
      const version = generation === undefined ? `rv:${String(resourceVersion)}` : `gen:${String(generation)}`;
      return { clusterName: member, version };
    }),
  );
  await putStatus(host, note, { ...status, clusterVersions });
}

function ownerOf(note: JsonObject): JsonObject {
  const { ownerReferences, namespace } = metadataOf(note);
  const [{ apiVersion = '', kind = '', name = '' } = {}] = ownerReferences as readonly JsonObject[];
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function isTargetOf(object: JsonObject, note: JsonObject): boolean {
  const { name } = metadataOf(object);
  return `${String(object['kind']).toLowerCase()}-${String(name)}` === metadataOf(note)['name'];
}
