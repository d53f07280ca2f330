import type { NodePath } from './source.ts';
import type { LayoutItem, LayoutNode } from './yaml-layout.ts';

/** A node, and how it stands in the collection that has it. */
export interface NodePlace {
  readonly node: LayoutNode;
  /** Behind the colon or dash; 0 for the root. */
  readonly slot: number;
  /** Where its key or dash begins; -1 for the root. */
  readonly start: number;
  readonly hasColon: boolean;
  /** Absent for the root. */
  readonly parent?: NodePlace;
  /** Its index among the entries or items of the parent. */
  readonly index: number;
}

/** How far a path leads by what is written: not through what an alias or a merge stands for. */
export interface FoundPlace {
  readonly places: readonly NodePlace[];
  readonly rest: NodePath;
}

export function followPath(root: LayoutNode, path: NodePath): FoundPlace {
  let place: NodePlace = { node: root, slot: 0, start: -1, hasColon: false, index: 0 };
  const places = [place];
  for (const [depth, step] of path.entries()) {
    const next = childOf(place, step);
    if (next === undefined) return { places, rest: path.slice(depth) };
    place = next;
    places.push(place);
  }
  return { places, rest: [] };
}

function childOf(parent: NodePlace, step: string | number): NodePlace | undefined {
  const { entries, items } = parent.node;
  const index =
    parent.node.kind === 'mapping'
      ? entries.findLastIndex(({ key, isMerge }) => !isMerge && key === `${step}`)
      : Number(step);
  const entry = entries[index];
  const child: LayoutItem | undefined = entry ?? items[index];
  if (child === undefined) return undefined;
  return { ...child, hasColon: entry?.hasColon ?? true, parent, index };
}

/** Where the text of an entry or an item ends. */
export function endOf({ slot, node }: Pick<LayoutItem, 'slot' | 'node'>): number {
  return Math.max(slot, node.end);
}

/** Every node of a document. */
export function* everyNode(node: LayoutNode): Generator<LayoutNode> {
  yield node;
  for (const entry of node.entries) {
    yield* everyNode(entry.keyNode);
    yield* everyNode(entry.node);
  }
  for (const item of node.items) yield* everyNode(item.node);
}
