import { ownerOf } from './rendezvous.ts';

/** The members that somebody goes by, the oldest first. Empty: it has nothing, and wants nothing yet. */
export type View = readonly string[];

/** What is shared among members: each cluster, and writing to git. */
export type Item = { readonly cluster: string } | 'leadership';

/** A member, and the view that it has told everybody of: it holds nothing but what this view gives it. */
export interface ToldView {
  readonly id: string;
  readonly view: View;
}

/** Whose an item is in a view. The oldest leads, so that whoever joins does not change it. */
export function holderIn(view: View, item: Item): string | undefined {
  return item === 'leadership' ? view[0] : ownerIn(view, item.cluster);
}

/** Every cluster is asked for at every look, and a view stays the same for as long as nobody comes or goes. */
const owners = new WeakMap<View, Map<string, string | undefined>>();

function ownerIn(view: View, cluster: string): string | undefined {
  const known = owners.get(view) ?? new Map<string, string | undefined>();
  owners.set(view, known);
  if (!known.has(cluster)) known.set(cluster, ownerOf(cluster, view));
  return known.get(cluster);
}

/** Whether a member that told a view may hold an item as long as it stands by that view. */
function isGiven({ id, view }: ToldView, item: Item): boolean {
  return holderIn(view, item) === id;
}

/**
 * Whether `self` may begin with an item: its view gives it, and nobody else has told a view that gives it to them.
 *
 * Of two that want the same item, both told their views before they looked at the other's: the later one sees the earlier one's, so that never
 * both begin. What they hold they let go before they tell the view that takes it from them.
 *
 * @param others every other member that may live, as it was read after `self` had told its view.
 */
export function mayBegin(self: ToldView, others: readonly ToldView[], item: Item): boolean {
  return isGiven(self, item) && !others.some((other) => isGiven(other, item));
}
