import { desiredObject, type PreparedManifests } from '../apply/desired.ts';
import { type JsonValue, type NodePath, shownValue, stringifyJson } from '../core/index.ts';
import { type ClusterField, type FieldExplanation, valueAt } from '../render/index.ts';

/** A field in the clusters where it is the same and comes from the same place. */
export interface FieldGroup {
  readonly clusters: readonly string[];
  readonly field: FieldExplanation;
  /** As it may be shown; absent where the field is. */
  readonly value?: JsonValue;
  readonly masked: boolean;
  /** `AtCreation`: the cluster keeps its own value afterwards. `Never`: it is left out when the object is applied. */
  readonly applied: 'Always' | 'AtCreation' | 'Never';
}

/** Folds the clusters of a field. The greatest group first, then by name. Values of Secrets are masked. */
export function groupFields(fields: readonly ClusterField[]): readonly FieldGroup[] {
  const groups = new Map<string, FieldGroup>();
  const known: PreparedManifests = new WeakMap();
  for (const item of fields) {
    const group = groupOf(item, known);
    // A mask is all that is told of a value, also whether two clusters have the same.
    const key = stringifyJson([group.value ?? null, JSON.stringify([group.field, group.applied])]);
    const same = groups.get(key);
    groups.set(key, same === undefined ? group : { ...same, clusters: [...same.clusters, item.cluster] });
  }
  return [...groups.values()].sort((a, b) => b.clusters.length - a.clusters.length);
}

function groupOf({ cluster, rendered, field, value }: ClusterField, known: PreparedManifests): FieldGroup {
  const group = { clusters: [cluster], field, masked: false, applied: appliedOf({ cluster, rendered, field }, known) };
  if (value === undefined) return group;
  return { ...group, ...shownValue(rendered.id, rendered.manifest, field.path, value) };
}

/** Asks the code that applies what it makes of the field. */
function appliedOf({ cluster, rendered, field }: ClusterField, known: PreparedManifests): FieldGroup['applied'] {
  // It becomes `data` there.
  if (!field.present || field.path[0] === 'stringData') return 'Always';
  const { manifest, creation } = desiredObject(rendered, cluster, '', known);
  if (has(manifest, field.path)) return 'Always';
  return has(creation, field.path) ? 'AtCreation' : 'Never';
}

function has(manifest: JsonValue, path: NodePath): boolean {
  return valueAt(manifest, path) !== undefined;
}
