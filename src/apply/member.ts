import { type ApiClient, directSource, discover, isApiError } from '../cluster/index.ts';
import { type InventoryIdentity, inventoryId, parseGroupKind, readInventory } from './inventory.ts';
import { createLimit } from './limit.ts';
import { isOwned, listLabelled } from './live.ts';
import { PART_OF_LABEL } from './names.ts';

/** What an inventory has in a member. */
export interface MemberInventory {
  /** The last commit that was applied in full. */
  readonly commit?: string;
  /** Objects that carry its label; absent where they cannot be counted. */
  readonly objects?: number;
}

/** Counts what is ours in a member. @returns `undefined` where there is no inventory, or one of somebody else. @throws {ApiError} */
export async function readMemberInventory(
  client: ApiClient,
  identity: InventoryIdentity,
): Promise<MemberInventory | undefined> {
  const state = await readInventory(client, identity);
  if (state.kind !== 'known') return undefined;
  const { commit, groupKinds, namespaces } = state.inventory;
  const objects = await countObjects(client, identity, { groupKinds, namespaces });
  return { ...(commit === undefined ? {} : { commit }), ...(objects === undefined ? {} : { objects }) };
}

async function countObjects(
  client: ApiClient,
  identity: InventoryIdentity,
  { groupKinds, namespaces }: { readonly groupKinds: ReadonlySet<string>; readonly namespaces: ReadonlySet<string> },
): Promise<number | undefined> {
  const discovery = await discover(client);
  const id = inventoryId(identity);
  const options = {
    client,
    objects: directSource(client),
    discovery,
    limit: createLimit(),
    inventoryId: id,
    namespaces,
    wholeKinds: new Set<string>(),
    ignoreDifferences: [],
  };
  try {
    const lists = [...groupKinds].map(async (text) => {
      const { group, kind } = parseGroupKind(text);
      const resource = discovery.find(group, kind);
      return resource === undefined ? [] : await listLabelled(options, resource, `${PART_OF_LABEL}=${id}`);
    });
    // One object may be served under several kinds.
    return new Set(
      (await Promise.all(lists))
        .flat()
        .filter((live) => isOwned(live, id))
        .map(({ object }) => object.metadata.uid),
    ).size;
  } catch (error) {
    if (!isApiError(error) || error.failure !== 'Status') throw error;
    return undefined;
  }
}
