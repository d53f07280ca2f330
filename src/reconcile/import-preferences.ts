import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { labelOf, lastAppliedText, listIn, mappingIn, metadataOf, textIn } from './import-objects.ts';
import type { ImportNote } from './import-types.ts';

/** The only kinds that KubeFed schedules, and the FederatedTypeConfigs that have to be enabled for it. */
const SCHEDULED_KINDS: ReadonlyMap<string, string> = new Map([
  ['FederatedDeployment', 'deployments.apps'],
  ['FederatedReplicaSet', 'replicasets.apps'],
]);

const REPLICAS = '/spec/replicas';

/** What decides whether KubeFed's scheduler was at work. */
export interface SchedulerState {
  /** FederatedTypeConfigs with propagation, by name. */
  readonly enabledTypes: ReadonlySet<string>;
  /** The feature gate SchedulerPreferences. */
  readonly isEnabled: boolean;
}

/** Whether KubeFed never acts on a preference for this kind. */
export function isIdleKind(preference: JsonObject): boolean {
  return !SCHEDULED_KINDS.has(textIn(mappingIn(preference, 'spec'), 'targetKind'));
}

/** Federated objects that a preference schedules, as `kind/namespace/name`. */
export function scheduledTargets(
  preferences: readonly JsonObject[],
  { enabledTypes, isEnabled }: SchedulerState,
): ReadonlySet<string> {
  if (!isEnabled || !enabledTypes.has('namespaces')) return new Set();
  return new Set(
    preferences.flatMap((preference) => {
      const kind = textIn(mappingIn(preference, 'spec'), 'targetKind');
      const type = SCHEDULED_KINDS.get(kind);
      if (type === undefined || !enabledTypes.has(type)) return [];
      const { name, namespace } = metadataOf(preference);
      return [`${kind}/${String(namespace)}/${String(name)}`];
    }),
  );
}

/**
 * A federated object without what KubeFed's scheduler wrote into it: an override of the replicas for each cluster, and the list of all clusters.
 * Which clusters stood there before is known where `kubectl apply` noted it, or does not count beside a selector. Otherwise the list stays. Pure.
 */
export function withoutSchedule(object: JsonObject): {
  readonly object: JsonObject;
  readonly notes: readonly ImportNote[];
} {
  const spec = mappingIn(object, 'spec');
  const overrides = listIn(spec, 'overrides').flatMap(withoutReplicas);
  const { overrides: _overrides, ...rest } = spec;
  const placement = mappingIn(spec, 'placement');
  const restored = placementBefore(object, placement);
  const isKept = restored === placement && Object.hasOwn(placement, 'clusters');
  const changed = {
    ...object,
    spec: {
      ...rest,
      ...(isJsonObject(spec['placement']) ? { placement: restored } : {}),
      ...(overrides.length === 0 ? {} : { overrides }),
    },
  };
  if (!isKept) return { object: changed, notes: [] };
  const text =
    'keeps the clusters that the scheduler wrote into its placement: nothing tells what stood there before. They count if its preference goes.';
  return { object: changed, notes: [{ object: labelOf(object), text }] };
}

/** What is left of the overrides for one cluster. Without any it says nothing, and the scheduler leaves such entries behind. */
function withoutReplicas(entry: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(entry) || !Array.isArray(entry['clusterOverrides'])) return [entry];
  const items = (entry['clusterOverrides'] as readonly JsonValue[]).filter(
    (item) => !isJsonObject(item) || item['path'] !== REPLICAS,
  );
  return items.length === 0 ? [] : [{ ...entry, clusterOverrides: items }];
}

function placementBefore(object: JsonObject, placement: JsonObject): JsonObject {
  const { clusters: _clusters, ...selecting } = placement;
  const applied = lastAppliedPlacement(object);
  const named = applied?.['clusters'];
  if (Array.isArray(named)) return { ...selecting, clusters: named };
  const isSelecting = isJsonObject(placement['clusterSelector']);
  return applied !== undefined || isSelecting ? selecting : placement;
}

function lastAppliedPlacement(object: JsonObject): JsonObject | undefined {
  const text = lastAppliedText(object);
  if (text === undefined) return undefined;
  try {
    const applied = parseJson(text);
    return isJsonObject(applied) ? mappingIn(mappingIn(applied, 'spec'), 'placement') : undefined;
  } catch {
    return undefined;
  }
}
