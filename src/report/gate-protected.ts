import type { Configuration } from '../api/index.ts';
import { compareText, type ObjectId } from '../core/index.ts';
import type { ChangeSet, ObjectChange } from './change-set.ts';
import type { GatedChange, GateFinding } from './gates.ts';
import { count, list } from './wording.ts';

type ProtectedList = 'kinds' | 'namespaces' | 'clusters';
type Protection = Configuration['gates']['protected'];

/** `gates.protected.kinds`, `.namespaces` and `.clusters`: what somebody has to give their word for, however little it is. */
export function judgeProtected(
  what: ProtectedList,
): (change: GatedChange, configuration: Configuration) => GateFinding | undefined {
  return ({ changes }, { gates }) => {
    const protection = gates.protected;
    const names = protection[what];
    if (names.length === 0) return undefined;
    const touched = touchedObjects(changes, what, protection);
    const lost = what === 'clusters' ? clustersThemselves(changes, protection) : [];
    const clusters = [...new Set([...lost, ...touched.flatMap((one) => one.clusters)])].sort(compareText);
    const objects = touched.map(({ id }) => id);
    const actual = objects.length + lost.length;
    return {
      isOver: actual > 0,
      limit: `${protection.from === 'Deletions' ? 'no deletion' : 'no change'}: ${names.join(', ')}`,
      actual,
      message: messageOf(what, { objects: objects.length, clusters, lost }, protection),
      clusters,
      objects,
    };
  };
}

function touchedObjects(
  { objects }: ChangeSet,
  what: ProtectedList,
  { from, [what]: names }: Protection,
): readonly Pick<ObjectChange, 'id' | 'clusters'>[] {
  const list = new Set(names);
  return objects
    .filter(({ type }) => from === 'Changes' || type === 'deleted')
    .flatMap(({ id, clusters }) => {
      const own = what === 'clusters' ? clusters.filter((name) => list.has(name)) : clusters;
      const isNamed = what === 'clusters' ? own.length > 0 : isProtected(id, what, list);
      return isNamed ? [{ id, clusters: own }] : [];
    });
}

/** A Namespace is protected with what is in it. */
function isProtected(
  { group, kind, namespace, name }: ObjectId,
  what: ProtectedList,
  list: ReadonlySet<string>,
): boolean {
  if (what === 'kinds') return list.has(kind) || list.has(`${kind}.${group}`);
  return list.has(group === '' && kind === 'Namespace' ? name : namespace);
}

/** Clusters that leave, and those that join where every change counts. */
function clustersThemselves({ clusters }: ChangeSet, protection: Protection): readonly string[] {
  const changed = protection.from === 'Changes' ? [...clusters.removed, ...clusters.added] : clusters.removed;
  return changed.filter((name) => protection.clusters.includes(name));
}

function messageOf(
  what: ProtectedList,
  found: { readonly objects: number; readonly clusters: readonly string[]; readonly lost: readonly string[] },
  { from, [what]: names }: Protection,
): string {
  const setting = `gates.protected.${what} (${list(names)})`;
  const [verb, verbs] = from === 'Deletions' ? ['is deleted', 'are deleted'] : ['changes', 'change'];
  if (found.objects + found.lost.length === 0) return `Nothing that ${setting} protects ${verb}.`;
  const where = ` in ${count(found.clusters.length, 'cluster')}`;
  const parts = [
    ...(found.objects === 0
      ? []
      : [`${count(found.objects, 'object')} that ${setting} protects ${found.objects === 1 ? verb : verbs}${where}.`]),
    ...(found.lost.length === 0
      ? []
      : [`${setting} protects ${list(found.lost)}, which this change registers or removes.`]),
  ];
  return parts.join(' ');
}
