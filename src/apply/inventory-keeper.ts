import { isApiError } from '../cluster/index.ts';
import type { ObjectId } from '../core/index.ts';
import {
  createInventory,
  groupKindText,
  type Inventory,
  type InventoryAccess,
  type InventoryContent,
  type InventoryIdentity,
  newKey,
  readInventory,
  updateInventory,
} from './inventory.ts';

/**
 * The inventory of one member during a pass: wide enough for everything that may be there before anything is written, and no wider than
 * what is left afterwards. A pass that stops in between leaves nothing behind that the inventory does not know.
 */
export class InventoryKeeper {
  /** Of the hashes that tell what was applied. */
  readonly key: Buffer;
  readonly #access: InventoryAccess;
  readonly #identity: InventoryIdentity;
  readonly #before: Inventory | undefined;
  #current: Inventory | undefined;

  constructor(access: InventoryAccess, identity: InventoryIdentity, before: Inventory | undefined) {
    this.#access = access;
    this.#identity = identity;
    this.#before = before;
    this.#current = before;
    this.key = before?.key ?? newKey();
  }

  /** @throws {ApiError} and then nothing may be written. */
  async widen(places: readonly ObjectId[]): Promise<void> {
    const content = this.#content(places, this.#before?.commit);
    const wide: InventoryContent = {
      ...content,
      groupKinds: new Set([...content.groupKinds, ...(this.#before?.groupKinds ?? [])]),
      namespaces: new Set([...content.namespaces, ...(this.#before?.namespaces ?? [])]),
    };
    if (this.#current === undefined) {
      this.#current = await this.#certainly(undefined, wide, () =>
        createInventory(this.#access, this.#identity, this.key, wide),
      );
    } else {
      await this.#update(this.#current, wide);
    }
  }

  /** @param unread kinds of which nothing is known: they stay. */
  async narrow(left: readonly ObjectId[], commit: string | undefined, unread: ReadonlySet<string>): Promise<void> {
    if (this.#current === undefined) return;
    const content = this.#content(left, commit);
    const kept = [...(this.#before?.groupKinds ?? [])].filter((kind) => unread.has(kind));
    // Where a kind is not known, neither is where its objects are.
    const namespaces = kept.length === 0 ? [] : [...(this.#before?.namespaces ?? [])];
    await this.#update(this.#current, {
      ...content,
      groupKinds: new Set([...content.groupKinds, ...kept]),
      namespaces: new Set([...content.namespaces, ...namespaces]),
    });
  }

  async #update(current: Inventory, content: InventoryContent): Promise<void> {
    if (isSameContent(current, content)) return;
    this.#current = await this.#certainly(current, content, () =>
      updateInventory(this.#access, this.#identity, current, content),
    );
  }

  /** Does it once more where its answer was lost, unless it was done: nobody else writes here while we hold the Lease. */
  async #certainly(
    before: Inventory | undefined,
    content: InventoryContent,
    write: () => Promise<Inventory>,
  ): Promise<Inventory> {
    try {
      return await write();
    } catch (error) {
      if (!isApiError(error) || error.failure !== 'Connection' || this.#access.client.isDead) throw error;
      const state = await readInventory(this.#access.client, this.#identity);
      const now = state.kind === 'known' ? state.inventory : undefined;
      if (now?.key.equals(this.key) && isSameContent(now, content)) return now;
      if (now?.resourceVersion !== before?.resourceVersion) throw error;
      return await write();
    }
  }

  #content(places: readonly ObjectId[], commit: string | undefined): InventoryContent {
    const namespaces = places.map((id) => id.namespace).filter((name) => name !== '');
    return {
      groupKinds: new Set(places.map(groupKindText)),
      namespaces: new Set(namespaces),
      ...(commit === undefined ? {} : { commit }),
    };
  }
}

function isSameContent(a: InventoryContent, b: InventoryContent): boolean {
  return a.commit === b.commit && isSameSet(a.groupKinds, b.groupKinds) && isSameSet(a.namespaces, b.namespaces);
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}
