import { createHash, randomBytes } from 'node:crypto';
import {
  type ApiAccess,
  collectionPath,
  isApiError,
  type ObjectSource,
  objectPath,
  type Projection,
  type ServedResource,
} from '../cluster/index.ts';
import { compareText, type ObjectId } from '../core/index.ts';
import { FIELD_MANAGER } from '../drift/index.ts';
import { VERSION } from '../version.ts';
import { APPLYSET_ID_LABEL, GROUP_KINDS_ANNOTATION, NAMESPACES_ANNOTATION, TOOLING_ANNOTATION } from './names.ts';

/** Who keeps an inventory in the members, and under which name. */
export interface InventoryIdentity {
  /** As in gitfed.yaml; the Secret is called `gitfed-<name>`. */
  readonly name: string;
  /** The system namespace, where its Secret lies. */
  readonly namespace: string;
  /** URL without userinfo, or path. */
  readonly repository: string;
  /** Names the history, whatever its address: a hash of its root commits. Absent where they are not known. */
  readonly history?: string;
  /** Inside the repository, `''` for all of it. */
  readonly path: string;
  /** The KubeFedCluster, and all others that are registered: two of them for one API server would prune each other's objects. */
  readonly member?: { readonly name: string; readonly others: readonly string[] };
}

/** An inventory as a member has it. */
export interface Inventory {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly key: Buffer;
  readonly groupKinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  /** The last commit that was applied in full. */
  readonly commit?: string;
}

export type InventoryState =
  | { readonly kind: 'missing' }
  /** Of someone else: nothing may be written. The message is for people. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'known'; readonly inventory: Inventory };

const REPOSITORY_ANNOTATION = 'gitfed.io/repository';
const HISTORY_ANNOTATION = 'gitfed.io/history';
const REPOSITORY_PATH_ANNOTATION = 'gitfed.io/repository-path';
const COMMIT_ANNOTATION = 'gitfed.io/commit';
const CLUSTER_ANNOTATION = 'gitfed.io/cluster';
const KEY = 'key';
const TOOL = 'gitfed/';

export const SECRETS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  verbs: new Set(),
};

const NAMESPACES: ServedResource = { ...SECRETS, kind: 'Namespace', plural: 'namespaces', scope: 'Cluster' };

export function parentName({ name }: Pick<InventoryIdentity, 'name'>): string {
  return `gitfed-${name}`;
}

/**
 * The value of the part-of label.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune
 */
export function inventoryId(identity: Pick<InventoryIdentity, 'name' | 'namespace'>): string {
  const text = `${parentName(identity)}.${identity.namespace}.Secret.`;
  return `applyset-${createHash('sha256').update(text).digest('base64url')}-v1`;
}

/** `Deployment.apps`, `ConfigMap`: a kind as an inventory lists it. */
export function groupKindText({ group, kind }: Pick<ObjectId, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

export function parseGroupKind(text: string): { readonly group: string; readonly kind: string } {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', kind: text } : { group: text.slice(dot + 1), kind: text.slice(0, dot) };
}

interface RawSecret {
  readonly metadata?: {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** Reads the inventory of a member. @throws {ApiError} */
export async function readInventory(client: ApiAccess, identity: InventoryIdentity): Promise<InventoryState> {
  const path = objectPath(SECRETS, identity.namespace, parentName(identity));
  try {
    return judge((await client.json({ method: 'GET', path })) as RawSecret, identity);
  } catch (error) {
    if (isApiError(error) && error.isNotFound) return { kind: 'missing' };
    throw error;
  }
}

const PARENT: Projection = {
  key: 'inventory',
  whole: true,
  keepsLabel: () => true,
  keepsAnnotation: () => true,
  rest: (object) => ({ data: (object as RawSecret).data ?? {} }),
};

/**
 * The inventory of a member as it is known there; where it may not be listed, it is read.
 *
 * @throws {ApiError}
 */
export async function findInventory(
  client: ApiAccess,
  identity: InventoryIdentity,
  objects: ObjectSource,
): Promise<InventoryState> {
  const fieldSelector = `metadata.name=${parentName(identity)}`;
  try {
    const found = await objects.list(SECRETS, { namespace: identity.namespace, fieldSelector, projection: PARENT });
    const [secret] = found;
    return secret === undefined ? { kind: 'missing' } : judge(secret as RawSecret, identity);
  } catch (error) {
    if (!isApiError(error) || error.status !== 403) throw error;
    return await readInventory(client, identity);
  }
}

function judge({ metadata = {}, data = {} }: RawSecret, identity: InventoryIdentity): InventoryState {
  const { labels = {}, annotations = {} } = metadata;
  const where = `Secret ${identity.namespace}/${parentName(identity)}`;
  if (
    annotations[TOOLING_ANNOTATION]?.startsWith(TOOL) !== true ||
    labels[APPLYSET_ID_LABEL] !== inventoryId(identity)
  ) {
    return {
      kind: 'refused',
      message: `${where} is there and is no inventory of gitfed. Choose another inventory in gitfed.yaml.`,
    };
  }
  if (!isSameRepository(annotations, identity)) {
    const message = `${where} is the inventory of another repository, or of another path in this one. Give this one a name of its own: inventory in gitfed.yaml.`;
    return { kind: 'refused', message };
  }
  const cluster = annotations[CLUSTER_ANNOTATION];
  if (cluster !== undefined && identity.member?.others.includes(cluster) === true) {
    const message = `This is the same API server as that of cluster "${cluster}", which has its inventory there: register it once.`;
    return { kind: 'refused', message };
  }
  const key = Buffer.from(data[KEY] ?? '', 'base64');
  return {
    kind: 'known',
    inventory: {
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      // Without its key everything is applied once more, under a new one.
      key: key.length >= 32 ? key : newKey(),
      groupKinds: listOf(annotations[GROUP_KINDS_ANNOTATION]),
      namespaces: listOf(annotations[NAMESPACES_ANNOTATION]),
      ...(annotations[COMMIT_ANNOTATION] === undefined ? {} : { commit: annotations[COMMIT_ANNOTATION] }),
    },
  };
}

/** A repository moves to another address, or gets another history: both at once is another repository. */
function isSameRepository(annotations: Readonly<Record<string, string>>, identity: InventoryIdentity): boolean {
  const repository = annotations[REPOSITORY_ANNOTATION];
  if (repository === undefined) return true;
  if ((annotations[REPOSITORY_PATH_ANNOTATION] ?? '') !== identity.path) return false;
  const history = annotations[HISTORY_ANNOTATION];
  return repository === identity.repository || (history !== undefined && history === identity.history);
}

function listOf(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? '').split(',').filter((part) => part !== ''));
}

export function newKey(): Buffer {
  return randomBytes(32);
}

/** What an inventory should say. */
export interface InventoryContent {
  readonly groupKinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly commit?: string;
}

/** Makes the inventory of a member, and the system namespace where there is none. @throws {ApiError} */
export async function createInventory(
  { client, objects }: InventoryAccess,
  identity: InventoryIdentity,
  key: Buffer,
  content: InventoryContent,
): Promise<Inventory> {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: parentName(identity),
      namespace: identity.namespace,
      labels: { [APPLYSET_ID_LABEL]: inventoryId(identity) },
      annotations: annotationsFor(identity, content),
    },
    data: { [KEY]: key.toString('base64') },
  };
  const create = async (): Promise<RawSecret> => {
    const path = `${collectionPath(SECRETS, identity.namespace)}?fieldManager=${FIELD_MANAGER}`;
    const request = { method: 'POST', path, body: JSON.stringify(secret) } as const;
    return await observed(objects, identity, async () => (await client.json(request)) as RawSecret);
  };
  try {
    return made(await create(), key, content);
  } catch (error) {
    if (!isApiError(error) || !error.isNotFound) throw error;
  }
  await createNamespace(client, identity.namespace);
  return made(await create(), key, content);
}

/** Makes a namespace that is missing. @throws {ApiError} */
export async function createNamespace(client: ApiAccess, name: string): Promise<void> {
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  try {
    const path = `${collectionPath(NAMESPACES)}?fieldManager=${FIELD_MANAGER}`;
    await client.request({ method: 'POST', path, body });
  } catch (error) {
    if (!isApiError(error) || !error.isConflict) throw error;
  }
}

/** Changes what the inventory says, if it was not changed by someone else meanwhile. @throws {ApiError} 409 if it was. */
export async function updateInventory(
  { client, objects }: InventoryAccess,
  identity: InventoryIdentity,
  inventory: Inventory,
  content: InventoryContent,
): Promise<Inventory> {
  const path = `${objectPath(SECRETS, identity.namespace, parentName(identity))}?fieldManager=${FIELD_MANAGER}`;
  const patch = {
    metadata: {
      uid: inventory.uid,
      resourceVersion: inventory.resourceVersion,
      labels: { [APPLYSET_ID_LABEL]: inventoryId(identity) },
      annotations: annotationsFor(identity, content),
    },
    data: { [KEY]: inventory.key.toString('base64') },
  };
  const body = JSON.stringify(patch);
  const contentType = 'application/merge-patch+json';
  const request = { method: 'PATCH', path, body, contentType, idempotent: false } as const;
  const secret = await observed(objects, identity, async () => (await client.json(request)) as RawSecret);
  return made(secret, inventory.key, content);
}

/** What is written through these is in the next answer of `objects`. */
export interface InventoryAccess {
  readonly client: ApiAccess;
  readonly objects: ObjectSource;
}

function observed(
  objects: ObjectSource,
  identity: InventoryIdentity,
  write: () => Promise<RawSecret>,
): Promise<RawSecret> {
  const id = { namespace: identity.namespace, name: parentName(identity) };
  return objects.observe(SECRETS, id, write, (secret) => ({ ...secret, metadata: secret.metadata ?? {} }));
}

function made({ metadata = {} }: RawSecret, key: Buffer, content: InventoryContent): Inventory {
  return { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '', key, ...content };
}

function annotationsFor(identity: InventoryIdentity, content: InventoryContent): Readonly<Record<string, string>> {
  const sorted = (set: ReadonlySet<string>): string => [...set].sort(compareText).join(',');
  return {
    [TOOLING_ANNOTATION]: `${TOOL}${VERSION}`,
    [GROUP_KINDS_ANNOTATION]: sorted(content.groupKinds),
    [NAMESPACES_ANNOTATION]: sorted(content.namespaces),
    [REPOSITORY_ANNOTATION]: identity.repository,
    [REPOSITORY_PATH_ANNOTATION]: identity.path,
    ...(identity.member === undefined ? {} : { [CLUSTER_ANNOTATION]: identity.member.name }),
    ...(identity.history === undefined ? {} : { [HISTORY_ANNOTATION]: identity.history }),
    ...(content.commit === undefined ? {} : { [COMMIT_ANNOTATION]: content.commit }),
  };
}
