import type { Configuration } from '../api/index.ts';
import { compareText, type ObjectId } from '../core/index.ts';
import type { ChangeSet, ObjectChange } from './change-set.ts';
import type { GatedChange, GateFinding } from './gates.ts';
import { count } from './wording.ts';

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
      message: messageOf(what, objects.length, lost.length, protection),
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

/** What they are called stands in the lists: here are only our own words. */
function messageOf(what: ProtectedList, objects: number, clusters: number, { from }: Protection): string {
  const setting = `gates.protected.${what}`;
  const [one, more] = from === 'Deletions' ? ['is deleted', 'are deleted'] : ['changes', 'change'];
  const parts = [
    ...(objects === 0 ? [] : [`${count(objects, 'object')} that ${setting} protects ${objects === 1 ? one : more}.`]),
    ...(clusters === 0
      ? []
      : [
          `${count(clusters, 'cluster')} that ${setting} protects ${clusters === 1 ? 'joins or leaves' : 'join or leave'}.`,
        ]),
  ];
  return parts.length === 0 ? `Nothing that ${setting} protects ${one}.` : parts.join(' ');
}
