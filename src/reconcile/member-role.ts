import path from 'node:path';
import { buildModel, type KubeFedCluster, type Model } from '../api/index.ts';
import { type InventoryIdentity, readInventory } from '../apply/inventory.ts';
import { type MemberRole, memberRole, type RoleOptions } from '../apply/role.ts';
import {
  ConfigMalformedError,
  type CredentialSources,
  checkCredentialSources,
  discover,
  findEndpoint,
  isApiError,
} from '../cluster/index.ts';
import type { Finding } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { openRepository, readFolder, resolveCommit } from '../git/index.ts';
import { render } from '../render/index.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { clientOptions, openClient } from './open-client.ts';
import { plannedWorkloads } from './planned-workloads.ts';
import { chooseClusters, credentialSources } from './read-pass.ts';
import { type MemberContent, roleKinds, roleNamespaces } from './role-kinds.ts';
import { identify, readOrigin } from './source.ts';

export interface MemberRoleOptions {
  /** A path in a work tree, or with `ref` in a bare repository. */
  readonly path: string;
  /** Default: the working tree. */
  readonly ref?: string;
  readonly subject: RoleOptions['subject'];
  /** Rights in the namespaces of the repository only, instead of all. Default false. */
  readonly namespaced?: boolean;
  /** Default false. */
  readonly listEverything?: boolean;
  /** With one of these two, the members' inventories are read for kinds that the repository has no more. */
  readonly credentialsDir?: string;
  readonly kubeconfig?: string;
  /** Decrypts FederatedSecrets whose kind is encrypted too, and credentials. */
  readonly ageKeyFile?: string;
  /** The members whose inventories are read. Default: all. */
  readonly clusters?: readonly string[];
  /** Given up on a request after this many milliseconds. Default 15,000. */
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface MemberRoleResult extends MemberRole {
  readonly inventory: string;
  /** Kinds that it grants rights to. */
  readonly kinds: number;
  /** Kinds, as `Deployment.apps`, that only inventories name now, with their members. */
  readonly remaining: ReadonlyMap<string, readonly string[]>;
  /** Namespaces are written, and may not be listed completely: they are never deleted. */
  readonly keepsNamespaces: boolean;
  readonly findings: readonly Finding[];
  /** Members whose inventory was read, or that have none yet, sorted. */
  readonly members: readonly string[];
  /** What the role may lack, and why. Sentences for people. */
  readonly problems: readonly string[];
}

/**
 * The least role that a pass over a repository needs in its members.
 *
 * @throws {GitfedError} `USAGE`, `GIT` or `CONFIG` when there is nothing to read, or the inventory has no name.
 */
export async function roleForMembers(options: MemberRoleOptions): Promise<MemberRoleResult> {
  const snapshot = await readFolder(options.path, options.ref);
  const { ageKeyFile } = options;
  const model = buildModel(ageKeyFile === undefined ? snapshot : await decryptSnapshot(snapshot, ageKeyFile));
  const readsMembers = options.credentialsDir !== undefined || options.kubeconfig !== undefined;
  const identity = await identityOf(model, options, readsMembers);
  const reads = readsMembers && typeof identity !== 'string' ? await readMembers(model, identity, options) : [];
  const contents = reads.flatMap(({ content }) => content ?? []);
  const rendering = render(model);
  const { kinds, unknown, remaining } = roleKinds(model, rendering, contents);
  const access = accessOf(model, options);
  const inventory = typeof identity === 'string' ? identity : identity.name;
  const role = memberRole(kinds, {
    inventory,
    systemNamespace: model.systemNamespace,
    subject: options.subject,
    access,
    namespaces: roleNamespaces(model, contents),
    listEverything: options.listEverything ?? false,
    readsPods: plannedWorkloads(model).length > 0,
  });
  const hasNamespaces = kinds.some(({ group, kind, use }) => group === '' && kind === 'Namespace' && use !== 'Read');
  return {
    ...role,
    inventory,
    kinds: kinds.length,
    remaining,
    keepsNamespaces: hasNamespaces && options.listEverything !== true && access !== 'SystemNamespace',
    findings: rendering.findings,
    members: reads.filter(({ problem }) => problem === undefined).map(({ cluster }) => cluster),
    problems: [...reads.flatMap(({ problem }) => problem ?? []), ...unknown.map(unknownKind)],
  };
}

function accessOf(model: Model, { namespaced }: MemberRoleOptions): RoleOptions['access'] {
  if (model.kubeFedConfig.scope === 'Namespaced') return 'SystemNamespace';
  return namespaced === true ? 'Namespaces' : 'Cluster';
}

function unknownKind(text: string): string {
  return `${text}: the plural name of this kind is not known, so that the role lacks it. Add its FederatedTypeConfig, or let gitfed ask the members with --kubeconfig.`;
}

/** The name alone where that is all that is asked for and gitfed.yaml says it: a plain folder has no other identity. */
export async function identityOf(
  { configuration, systemNamespace, findings }: Model,
  { path: name, ref }: Pick<MemberRoleOptions, 'path' | 'ref'>,
  isWhole: boolean,
): Promise<InventoryIdentity | string> {
  const broken = findings.find(({ code }) => code === 'InvalidConfiguration');
  if (broken !== undefined) {
    const { file, line, column, message } = broken;
    throw new GitfedError(
      'CONFIG',
      `${file}:${line}:${column}: ${message} The role is named after the inventory that stands there, so correct it first.`,
    );
  }
  const { inventory } = configuration;
  if (inventory !== undefined && !isWhole) return inventory;
  const repository = await openRepository(path.resolve(name));
  const commit = await resolveCommit(repository, ref ?? 'HEAD');
  return identify(repository, await readOrigin(repository, commit), { inventory, namespace: systemNamespace });
}

interface MemberRead {
  readonly cluster: string;
  readonly content?: MemberContent;
  readonly problem?: string;
}

async function readMembers(
  model: Model,
  identity: InventoryIdentity,
  options: MemberRoleOptions,
): Promise<readonly MemberRead[]> {
  const sources = credentialSources({ options, model });
  await checkCredentialSources(sources);
  return await Promise.all(
    chooseClusters(model.clusters, options.clusters).map(async (cluster): Promise<MemberRead> => {
      const { name } = cluster;
      try {
        return { cluster: name, ...(await readMember(cluster, { identity, sources, options })) };
      } catch (error) {
        if (options.signal?.aborted === true) throw error;
        const isExpected = isApiError(error) || error instanceof ConfigMalformedError;
        if (!isExpected) throw error;
        return { cluster: name, problem: notRead(name, error.message) };
      }
    }),
  );
}

function notRead(cluster: string, reason: string): string {
  return `${cluster}: its inventory was not read, so that the role lacks what only that member still holds: ${reason.replace(/\.$/, '')}.`;
}

interface MemberAccess {
  readonly identity: InventoryIdentity;
  readonly sources: CredentialSources;
  readonly options: MemberRoleOptions;
}

async function readMember(
  cluster: KubeFedCluster,
  { identity, sources, options }: MemberAccess,
): Promise<Omit<MemberRead, 'cluster'>> {
  const client = openClient(await findEndpoint(cluster, sources, clientOptions(options)), options);
  try {
    const state = await readInventory(client, identity);
    if (state.kind === 'missing') return {};
    if (state.kind === 'refused') return { problem: notRead(cluster.name, state.message) };
    const { groupKinds, namespaces } = state.inventory;
    const discovery = await discover(client);
    return {
      content: { cluster: cluster.name, groupKinds: [...groupKinds], namespaces: [...namespaces], discovery },
    };
  } finally {
    client.close();
  }
}
