import { BUILTIN_KINDS } from '../api/builtin-kinds.generated.ts';
import { isDns1123Subdomain, isKeptLive, type Model } from '../api/index.ts';
import { isDns1035Label } from '../api/names.ts';
import { groupKindText, parseGroupKind } from '../apply/inventory.ts';
import type { RoleKind } from '../apply/role.ts';
import type { Discovery } from '../cluster/index.ts';
import { compareText } from '../core/index.ts';
import { isKeptObject, liveIdOf, type Rendering } from '../render/index.ts';

/** What one member's inventory holds, and what that member serves. */
export interface MemberContent {
  readonly cluster: string;
  readonly groupKinds: readonly string[];
  readonly namespaces: readonly string[];
  readonly discovery: Discovery;
}

export interface RoleKinds {
  /** Sorted by group and kind. */
  readonly kinds: readonly RoleKind[];
  /** Kinds, as `Deployment.apps`, whose plural name nobody knows. Sorted. */
  readonly unknown: readonly string[];
  /** Kinds, with the members whose inventories alone name them. */
  readonly remaining: ReadonlyMap<string, readonly string[]>;
}

type Named = Omit<RoleKind, 'use'>;

/** Every kind that a pass over the repository deals with in some member. */
export function roleKinds(model: Model, rendering: Rendering, members: readonly MemberContent[]): RoleKinds {
  const uses = kindUses(model, rendering, members);
  const resolved = [...uses].map(([text, use]) => ({ text, use, named: findNamed(text, model, members) }));
  const remaining = resolved.filter(({ use, named }) => use === 'Prune' && named !== undefined).map(({ text }) => text);
  const holders = (text: string): readonly string[] =>
    members.filter(({ groupKinds }) => groupKinds.includes(text)).map(({ cluster }) => cluster);
  return {
    remaining: new Map(remaining.sort(compareText).map((text) => [text, holders(text)])),
    kinds: resolved
      .flatMap(({ use, named }) => (named === undefined ? [] : [{ ...named, use }]))
      .sort((a, b) => compareText(a.group, b.group) || compareText(a.kind, b.kind)),
    unknown: resolved
      .filter(({ text, use, named }) => named === undefined && (use !== 'Prune' || isHidden(text, members)))
      .map(({ text }) => text)
      .sort(compareText),
  };
}

const RANK = { Read: 0, Prune: 1, Apply: 2 } as const;

function kindUses(
  model: Model,
  rendering: Rendering,
  members: readonly MemberContent[],
): ReadonlyMap<string, RoleKind['use']> {
  const { keepLive } = model.configuration;
  const uses = new Map<string, RoleKind['use']>();
  const add = (text: string, use: RoleKind['use']): void => {
    const known = uses.get(text);
    if (known === undefined || RANK[known] < RANK[use]) uses.set(text, use);
  };
  for (const { target, type } of model.objects) {
    const isRead = type.propagation === 'Disabled' || isKeptLive(target, keepLive);
    add(groupKindText(target), isRead ? 'Read' : 'Apply');
  }
  for (const { target } of model.heldTargets) {
    add(groupKindText(target), isKeptLive(target, keepLive) ? 'Read' : 'Apply');
  }
  // A template or an override may name another group of the kind than its type does.
  for (const object of rendering.clusters.flatMap(({ objects }) => objects)) {
    add(groupKindText(liveIdOf(object.id, object.manifest)), isKeptObject(object, keepLive) ? 'Read' : 'Apply');
  }
  for (const text of members.flatMap(({ groupKinds }) => groupKinds)) add(text, 'Prune');
  return uses;
}

const BUILTIN: ReadonlyMap<string, Named> = new Map(
  BUILTIN_KINDS.map(([group, , kind, plural, scope]) => [
    groupKindText({ group, kind }),
    { group, kind, plural, scope },
  ]),
);

/** As the repository names it, else as Kubernetes does, else as a member serves it. */
function findNamed(text: string, model: Model, members: readonly MemberContent[]): Named | undefined {
  const own = model.objects.find(({ type }) => groupKindText(type.target) === text)?.type.target;
  const found = own ?? BUILTIN.get(text) ?? servedKind(text, members);
  if (found === undefined) return undefined;
  const { group, kind, plural, scope } = found;
  return { group, kind, plural, scope };
}

const BUILTIN_RESOURCES: ReadonlySet<string> = new Set(
  BUILTIN_KINDS.map(([group, , , plural]) => groupResourceText({ group, plural })),
);

/**
 * What a member says counts for the role in all of them: it names a resource of its own, never all (`*`), a subresource or one of
 * Kubernetes' own under another kind.
 */
function servedKind(text: string, members: readonly MemberContent[]): Named | undefined {
  return members
    .flatMap(({ discovery }) => discovery.resources)
    .find(
      (resource) =>
        groupKindText(resource) === text &&
        isDns1123Subdomain(resource.group) &&
        isDns1035Label(resource.plural) &&
        !BUILTIN_RESOURCES.has(groupResourceText(resource)),
    );
}

function groupResourceText({ group, plural }: Pick<Named, 'group' | 'plural'>): string {
  return `${plural}.${group}`;
}

/** A member without the kind has nothing of it, whatever its inventory says; unless the kind's own server does not answer. */
function isHidden(text: string, members: readonly MemberContent[]): boolean {
  const { group } = parseGroupKind(text);
  return members.some(({ groupKinds, discovery }) => groupKinds.includes(text) && discovery.staleGroups.has(group));
}

/** The namespaces that objects of the repository or of an inventory are in, sorted. */
export function roleNamespaces(model: Model, members: readonly MemberContent[]): readonly string[] {
  const names = [
    ...model.objects.map(({ target }) => target.namespace),
    ...model.heldTargets.map(({ target }) => target.namespace),
    ...model.namespaces.keys(),
    ...members.flatMap(({ namespaces }) => namespaces),
  ];
  return [...new Set(names)].filter((name) => name !== '').sort(compareText);
}
