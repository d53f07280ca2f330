import { type ObjectId, objectIdKey, stringifyJson } from '../core/index.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';

/** What is shown as one: an object, an object under its old and its new name, or several that change in the same way. */
export type ChangeGroup =
  | { readonly type: 'object'; readonly change: ObjectChange }
  /** With the risks of both names. */
  | { readonly type: 'renamed'; readonly change: ObjectChange; readonly from: ObjectId }
  | { readonly type: 'alike'; readonly changes: readonly [ObjectChange, ...ObjectChange[]] };

/** So few objects are shown one by one. */
const FEWEST_ALIKE = 3;

/**
 * The changes of a set for people. Objects are shown together where the same happens to all fields of each, in all its clusters; so an
 * object with an exception stands by itself. In the order of the objects; a group stands where its first one would.
 */
export function groupChanges({ objects }: ChangeSet): readonly ChangeGroup[] {
  const alike = Map.groupBy(objects.filter(isUniform), uniformKey);
  const groups = new Map([...alike.values()].filter(isMany).flatMap((changes) => changes.map((one) => [one, changes])));
  const renamed = objects.filter(({ renamedTo }) => renamedTo !== undefined);
  const lost = new Map(renamed.map(({ id, risks }) => [objectIdKey(id), risks]));
  return objects.flatMap((change): readonly ChangeGroup[] => {
    const { renamedFrom: from, renamedTo } = change;
    if (renamedTo !== undefined) return [];
    if (from !== undefined) {
      const risks = [...(lost.get(objectIdKey(from)) ?? []), ...change.risks];
      return [{ type: 'renamed', change: { ...change, risks }, from }];
    }
    const changes = groups.get(change);
    if (changes === undefined) return [{ type: 'object', change }];
    const [first, ...rest] = changes;
    return first === change ? [{ type: 'alike', changes: [first, ...rest] }] : [];
  });
}

/** The clusters of a group, by the objects that change in just these. */
export function byClusters(changes: readonly ObjectChange[]): readonly (readonly [ObjectChange, ...ObjectChange[]])[] {
  return [...Map.groupBy(changes, ({ clusters }) => clusters.join('\n')).values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [[first, ...rest] as const],
  );
}

function isMany(changes: readonly ObjectChange[]): boolean {
  return changes.length >= FEWEST_ALIKE;
}

function isUniform({ type, fields, clusters }: ObjectChange): boolean {
  return type === 'changed' && fields.length > 0 && fields.every((field) => field.clusters.length === clusters.length);
}

function uniformKey({ fields, risks }: ObjectChange): string {
  return stringifyJson([fields.map(fieldKey), risks.map((risk) => ({ ...risk }))]);
}

function fieldKey({ type, path, before, after }: FieldChange): readonly [string, string, ...string[]] {
  return [type, path, valueKey(before), valueKey(after)];
}

function valueKey(value: FieldChange['before']): string {
  return value === undefined ? '' : stringifyJson(value);
}
