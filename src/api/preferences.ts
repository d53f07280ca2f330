import { compareText, objectIdKey } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { groupBy, reportDuplicates } from './duplicates.ts';
import { federatedObjectName } from './federated-object.ts';
import type { Federation } from './federation.ts';
import type { FindingCollector } from './finding-collector.ts';
import { describeObject } from './metadata.ts';
import type { FederatedObject, HeldTarget, ReplicaSchedulingPreference } from './model.ts';
import type { ModelMemo } from './model-memo.ts';
import type { BrokenPreference } from './preference.ts';

export interface Preferences {
  /** Sorted by namespace, then name; also where they are switched off. */
  readonly preferences: readonly ReplicaSchedulingPreference[];
  /** Those that are in force. */
  readonly active: readonly ReplicaSchedulingPreference[];
  readonly broken: readonly BrokenPreference[];
}

/** Reads the ReplicaSchedulingPreferences. Of two with one name neither counts; none does where they are switched off. */
export function readPreferences(
  raws: readonly RawObject[],
  { kubeFedConfig, systemNamespace }: Federation,
  memo: ModelMemo,
  collector: FindingCollector,
): Preferences {
  const isElsewhere = (namespace: string): boolean =>
    kubeFedConfig.scope === 'Namespaced' && namespace !== systemNamespace;
  const read = raws.flatMap((raw) => {
    const result = collector.take(memo.preferences.get(raw));
    if (result === undefined) return [];
    const { namespace, name, targetKind } = result.ok ? result.preference : result.broken;
    if (!isElsewhere(namespace)) return [{ raw, result, broken: { namespace, name, targetKind } }];
    reportElsewhere(raw, systemNamespace, collector);
    return [];
  });
  const { unique, repeated } = groupBy(read, ({ broken }) => `${broken.namespace}/${broken.name}`);
  for (const group of repeated)
    reportDuplicates(
      group.map(({ raw }) => raw),
      collector,
      false,
    );
  const broken = [...repeated.flat(), ...unique.filter(({ result }) => !result.ok)].map((entry) => entry.broken);
  const preferences = unique
    .flatMap(({ result }) => (result.ok ? [result.preference] : []))
    .sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
  if (!kubeFedConfig.featureGates.SchedulerPreferences) return { preferences, active: [], broken: [] };
  return { preferences, active: preferences, broken };
}

function reportElsewhere(raw: RawObject, systemNamespace: string, collector: FindingCollector): void {
  const label = describeObject(raw);
  const message = `${label}: it has no effect, because the KubeFedConfig has scope: Namespaced and its namespace is ${systemNamespace}`;
  collector.add('IgnoredNamespace', raw.source, ['metadata', 'namespace'], message, { object: label });
}

/** Splits off the objects whose preference is in error: without it they would be rendered with other numbers of replicas. */
export function holdTargets(
  objects: readonly FederatedObject[],
  broken: readonly BrokenPreference[],
): { readonly objects: readonly FederatedObject[]; readonly held: readonly HeldTarget[] } {
  const keys = new Map<string, (string | undefined)[]>();
  for (const { namespace, name, targetKind } of broken) {
    const key = `${namespace}/${name}`;
    keys.set(key, [...(keys.get(key) ?? []), targetKind]);
  }
  const isHeld = ({ id, template }: FederatedObject): boolean => {
    const kinds = keys.get(`${id.namespace}/${id.name}`) ?? [];
    return kinds.some((kind) => (kind === undefined ? !template.ok || hasReplicas(template.value) : kind === id.kind));
  };
  const held = objects.filter(isHeld);
  const heldKeys = new Set(held.map(({ id }) => objectIdKey(id)));
  return {
    objects: objects.filter(({ id }) => !heldKeys.has(objectIdKey(id))),
    held: held.map((object) => ({ target: object.target, object: federatedObjectName(object) })),
  };
}

function hasReplicas(template: Extract<FederatedObject['template'], { ok: true }>['value']): boolean {
  const spec = template.spec;
  return typeof spec === 'object' && spec !== null && Object.hasOwn(spec, 'replicas');
}
