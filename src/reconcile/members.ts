import { type KubeFedCluster, withoutUserInfo } from '../api/index.ts';
import { type InventoryIdentity, type MemberInventory, readMemberInventory } from '../apply/index.ts';
import {
  type ApiClient,
  type ClusterHealth,
  type ClusterLocality,
  ConfigMalformedError,
  type CredentialSources,
  checkCredentialSources,
  type Endpoint,
  findEndpoint,
  isApiError,
  readHealth,
  readLocality,
} from '../cluster/index.ts';
import { type MemberCredential, readCredential } from './member-credential.ts';
import { clientOptions, openClient } from './open-client.ts';
import { chooseClusters, credentialSources, readPass } from './read-pass.ts';
import { openSource } from './source.ts';
import type { SyncOptions } from './types.ts';

/** A member as it is now. */
export interface Member {
  readonly name: string;
  readonly endpoint: string;
  readonly health: ClusterHealth['state'] | 'ConfigMalformed';
  /** Why it is not ready. */
  readonly message?: string;
  readonly kubernetesVersion?: string;
  readonly locality?: ClusterLocality;
  /** What was applied there; absent where nothing was, or nobody knows. */
  readonly inventory?: MemberInventory;
  /** As whom it is reached, and until when; absent where nobody knows. */
  readonly credential?: MemberCredential;
}

export interface MembersResult {
  readonly commit: string;
  readonly inventory: string;
  /** Sorted by name. */
  readonly members: readonly Member[];
}

/**
 * Asks every registered cluster how it is, and what is applied there. Writes nothing.
 *
 * @throws {GitfedError} `USAGE`, `GIT` or `CONFIG` when there is nothing to ask.
 */
export async function readMembers(options: SyncOptions): Promise<MembersResult> {
  const source = await openSource(options);
  try {
    const { commit, model, identity } = await readPass(source, options);
    const sources = credentialSources({ options, model });
    await checkCredentialSources(sources);
    const chosen = chooseClusters(model.clusters, options.clusters);
    const members = await Promise.all(chosen.map((cluster) => readMember(cluster, identity, { sources, options })));
    return { commit, inventory: identity.name, members };
  } finally {
    await source.close();
  }
}

async function readMember(
  cluster: KubeFedCluster,
  identity: InventoryIdentity,
  { sources, options }: { readonly sources: CredentialSources; readonly options: SyncOptions },
): Promise<Member> {
  const about = { name: cluster.name, endpoint: withoutUserInfo(cluster.apiEndpoint) };
  let client: ApiClient;
  let endpoint: Endpoint;
  try {
    endpoint = await findEndpoint(cluster, sources, clientOptions(options));
    client = openClient(endpoint, options);
  } catch (error) {
    if (error instanceof ConfigMalformedError) return { ...about, health: 'ConfigMalformed', message: error.message };
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return { ...about, health: 'Offline', message: error.message };
  }
  try {
    const health = await readHealth(client);
    const isReady = health.state === 'Ready';
    const now = (options.now ?? (() => new Date()))();
    const found = await readCredential(endpoint, { client: isReady ? client : undefined, now });
    const credential = found === undefined ? {} : { credential: found };
    if (!isReady) return { ...about, health: health.state, message: health.message, ...credential };
    const [locality, inventory] = await Promise.all([readLocality(client), readMemberInventory(client, identity)]);
    return {
      ...about,
      health: 'Ready',
      kubernetesVersion: health.kubernetesVersion,
      ...(locality === undefined ? {} : { locality }),
      ...(inventory === undefined ? {} : { inventory }),
      ...credential,
    };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return { ...about, health: 'NotReady', message: error.message };
  } finally {
    client.close();
  }
}
