import {
  type FederatedObject,
  federatedObjectName,
  isKeptLive,
  isSuspended,
  type KubeFedCluster,
  type Model,
  supportsPreference,
  suspendedBy,
} from '../api/index.ts';
import { formatFieldPath, type NodePath, type SourceRef } from '../core/index.ts';
import { placeOf } from './explain-place.ts';
import type { PlacementRule, RuleCode } from './explain-types.ts';
import { isReady } from './observations.ts';
import type { Decision } from './place-object.ts';
import { selectClusters, unmetRequirement } from './placement.ts';
import type { Observations } from './types.ts';

type Placed = Extract<Decision, { type: 'placed' }>;

/** What rules are read from, for one object. */
export interface RuleInput {
  readonly model: Model;
  readonly observations: Observations;
  readonly object: FederatedObject;
  readonly decision: Placed;
}

/** Why an object that is not held back is in a cluster, or is not. */
export function placementRules(input: RuleInput, cluster: KubeFedCluster): readonly PlacementRule[] {
  const { decision, object } = input;
  const own = decision.scheduled.replicas === undefined ? ownRules(object, cluster) : preferenceRules(input, cluster);
  const rules = [
    ...unusedPreferenceRules(input),
    ...own,
    ...namespaceRules(input, cluster),
    ...readinessRules(input, cluster),
    ...pauseRules(input, cluster),
  ];
  // An intersection and the bound of the namespace may say the same.
  return rules.filter(({ by, text }, index) => !rules.slice(0, index).some((r) => r.by === by && r.text === text));
}

/** What its own placement says. */
function ownRules(object: FederatedObject, cluster: KubeFedCluster): readonly PlacementRule[] {
  const selection = selectionRule(object, cluster, false);
  return selection === undefined ? [] : [{ ...selection, by: 'Placement' }];
}

/** What the placement of a namespace allows. */
function namespaceRules({ model, object, decision }: RuleInput, cluster: KubeFedCluster): readonly PlacementRule[] {
  const { bound } = decision;
  if (bound === 'everywhere') return [];
  const { namespace } = object.id;
  if (bound === 'missing') {
    const text = `namespace ${namespace} is not federated: there is no FederatedNamespace/${namespace}/${namespace}`;
    return [{ by: 'Namespace', code: 'NamespaceNotFederated', effect: 'Excludes', text }];
  }
  const federatedNamespace = model.namespaces.get(namespace);
  const rule = federatedNamespace === undefined ? undefined : selectionRule(federatedNamespace, cluster, false);
  return rule === undefined ? [] : [{ ...rule, by: 'Namespace', text: `namespace ${namespace}: ${rule.text}` }];
}

/** A preference takes the place of the placement: it places in every ready cluster, or every one of the intersection. */
function preferenceRules(input: RuleInput, cluster: KubeFedCluster): readonly PlacementRule[] {
  const { scheduled } = input.decision;
  const { preference, replicas } = scheduled;
  if (preference === undefined) return [];
  const name = `ReplicaSchedulingPreference/${preference.namespace}/${preference.name}`;
  const rule = (code: RuleCode, effect: PlacementRule['effect'], text: string, path: NodePath): PlacementRule => {
    return { by: 'Preference', code, effect, text, place: placeOf(preference.source, path) };
  };
  const outsideIntersection = (): PlacementRule => {
    const text = `${name} leaves it out, because of intersectWithClusterSelector`;
    return rule('OutsideIntersection', 'Excludes', text, ['spec', 'intersectWithClusterSelector']);
  };
  const planned = replicas?.get(cluster.name);
  if (planned !== undefined) {
    const places = `${name} places it in every ready cluster`;
    const within = preference.intersectWithClusterSelector ? ' that the selectors select' : '';
    const zero = planned === 0n;
    return [
      rule(
        zero ? 'NoReplicasPlanned' : 'ReplicasPlanned',
        'Selects',
        `${places}${within}${zero ? ', with 0 replicas here' : ''}`,
        ['spec'],
      ),
    ];
  }
  if (!isReady(input.observations, cluster.name)) {
    const text = `${name} leaves it out, because it is observed not to be ready`;
    const unready = rule('ClusterNotReady', 'Excludes', text, ['spec']);
    const outside = preference.intersectWithClusterSelector ? intersectionRules(input, cluster) : [];
    return outside.length === 0 ? [unready] : [unready, ...outside, outsideIntersection()];
  }
  return [...intersectionRules(input, cluster), outsideIntersection()];
}

/** A preference of the name of the object that does not plan for it. Of a kind without replicas nobody expects one. */
function unusedPreferenceRules({ model, object, decision }: RuleInput): readonly PlacementRule[] {
  const { kubeFedConfig, preferences, configuration } = model;
  const { scheduled } = decision;
  if (scheduled.preference !== undefined || scheduled.unused !== undefined) return [];
  if (!supportsPreference(object, configuration)) return [];
  const { namespace, name, kind } = object.id;
  const preference = preferences.find((other) => other.namespace === namespace && other.name === name);
  if (preference === undefined) return [];
  const { targetKind, source } = preference;
  const about = { by: 'Preference', code: 'PreferenceNotUsed', effect: 'Notes' } as const;
  const label = `ReplicaSchedulingPreference/${namespace}/${name} has no effect`;
  if (targetKind !== kind) {
    const text = `${label} on it: its targetKind is ${targetKind}`;
    return [{ ...about, text, place: placeOf(source, ['spec', 'targetKind']) }];
  }
  if (kubeFedConfig.featureGates.SchedulerPreferences) return [];
  const text = `${label}: the KubeFedConfig has SchedulerPreferences: Disabled`;
  return [{ ...about, text, place: placeOf(source, []) }];
}

/** Which of the two selectors of an intersection says no. */
function intersectionRules({ model, object }: RuleInput, cluster: KubeFedCluster): readonly PlacementRule[] {
  const federatedNamespace = model.namespaces.get(object.id.namespace);
  const own = selectionRule(object, cluster, true);
  const bound = federatedNamespace === undefined ? undefined : selectionRule(federatedNamespace, cluster, true);
  return [
    ...(own?.effect === 'Excludes' ? [{ ...own, by: 'Placement' } as const] : []),
    ...(bound?.effect === 'Excludes'
      ? [{ ...bound, by: 'Namespace', text: `namespace ${object.id.namespace}: ${bound.text}` } as const]
      : []),
  ];
}

/** Placement does not look at it; whoever applies does. */
function readinessRules({ observations, decision }: RuleInput, cluster: KubeFedCluster): readonly PlacementRule[] {
  const isPlaced = decision.clusters.includes(cluster.name);
  if (!isPlaced || isReady(observations, cluster.name)) return [];
  const text = 'it is observed not to be ready: nothing is written there until it is';
  return [{ by: 'Cluster', code: 'ClusterNotReady', effect: 'Notes', text }];
}

function pauseRules({ model, object, decision }: RuleInput, { name }: KubeFedCluster): readonly PlacementRule[] {
  if (!decision.clusters.includes(name)) return [];
  const about = { code: 'Suspended', effect: 'Notes' } as const;
  const by = suspendedBy(model, name);
  if (by !== undefined) return [{ ...about, by: 'Cluster', text: `${by} suspends it: nothing is written there` }];
  const { suspend, keepLive } = model.configuration;
  if (isSuspended(object.target, suspend)) {
    return [{ ...about, by: 'Object', text: 'gitfed.yaml suspends the object: nothing is written of it' }];
  }
  if (!isKeptLive(object.target, keepLive)) return [];
  const text = 'gitfed.yaml keeps it there as it is (keepLive): nothing is written of it';
  return [{ by: 'Object', code: 'KeptLive', effect: 'Notes', text }];
}

type Selecting = Omit<PlacementRule, 'by'>;

/** How the placement of a federated object selects a cluster, or why it does not. */
function selectionRule(object: FederatedObject, cluster: KubeFedCluster, selectorOnly: boolean): Selecting | undefined {
  if (!object.placement.ok) return undefined;
  const placement = object.placement.value;
  const selection = selectClusters(placement, [cluster], { selectorOnly });
  if (!selection.ok) return undefined;
  const isSelected = selection.clusters.length > 0;
  const effect = isSelected ? 'Selects' : 'Excludes';
  if (placement.clusters !== undefined && !selectorOnly) {
    const code = isSelected ? 'ClusterListed' : 'ClusterNotListed';
    return { code, effect, ...listText(object, placement.clusters, cluster) };
  }
  const selector = placement.clusterSelector;
  if (selector === undefined) {
    const text = selectorOnly ? 'there is no clusterSelector' : 'there are neither clusters nor a clusterSelector';
    return { code: 'NoPlacement', effect, text: `${text}, which selects nothing`, place: at(object, []) };
  }
  const unmet = unmetRequirement(selector, cluster.labels);
  if (unmet === undefined) {
    const isEmpty = Object.keys(selector.matchLabels).length + selector.matchExpressions.length === 0;
    const text = isEmpty ? 'clusterSelector: {} selects every cluster' : 'clusterSelector matches its labels';
    return { code: 'SelectorMatches', effect, text, place: at(object, ['clusterSelector']) };
  }
  const [text, path] = unmetText(selector, unmet, cluster.labels);
  return {
    code: 'SelectorDoesNotMatch',
    effect,
    text: `clusterSelector ${text}`,
    place: at(object, ['clusterSelector', ...path]),
  };
}

function listText(object: FederatedObject, names: readonly string[], { name }: KubeFedCluster) {
  const index = names.indexOf(name);
  const path = formatFieldPath(['spec', 'placement', 'clusters']).slice(1);
  if (index >= 0) return { text: `${path} names it`, place: at(object, ['clusters', index]) };
  const unused = object.placement.ok && object.placement.value.clusterSelector !== undefined;
  const beats = unused ? ', and beats the clusterSelector' : '';
  const text = names.length === 0 ? `${path} is empty${beats}` : `${path} does not name it${beats}`;
  return { text, place: at(object, ['clusters']) };
}

type Selector = Parameters<typeof unmetRequirement>[0];
type Unmet = Exclude<ReturnType<typeof unmetRequirement>, undefined>;

function unmetText(selector: Selector, unmet: Unmet, labels: KubeFedCluster['labels']): readonly [string, NodePath] {
  const key = typeof unmet === 'string' ? unmet : unmet.key;
  const has = Object.hasOwn(labels, key) ? `the cluster has ${key}=${labels[key]}` : `the cluster has no label ${key}`;
  if (typeof unmet === 'string') {
    return [`wants ${key}=${selector.matchLabels[key]}, and ${has}`, ['matchLabels', key]];
  }
  const { operator, values } = unmet;
  const wanted = operator === 'In' || operator === 'NotIn' ? `${operator} [${values.join(', ')}]` : operator;
  const path = ['matchExpressions', selector.matchExpressions.indexOf(unmet)];
  return [`wants ${key} ${wanted}, and ${has}`, path];
}

function at({ source }: { readonly source: SourceRef }, path: NodePath) {
  return placeOf(source, ['spec', 'placement', ...path]);
}

/** Why nothing is said of a cluster that is not there. */
export function unregisteredRule(model: Model, object: FederatedObject | undefined, cluster: string): PlacementRule {
  const broken = model.findings.find(({ severity, object: label }) => {
    return severity === 'error' && label?.startsWith('KubeFedCluster/') === true && label.split('/').at(-1) === cluster;
  });
  const about = { by: 'Cluster', code: 'ClusterNotRegistered', effect: 'Excludes' } as const;
  if (broken !== undefined) {
    const { file, line, column } = broken;
    const text = `its KubeFedCluster is in error: ${broken.code}`;
    return { ...about, text, place: { file, line, column } };
  }
  const names = object?.placement.ok === true ? (object.placement.value.clusters ?? []) : [];
  const text = 'it is not registered: there is no KubeFedCluster of this name';
  if (object === undefined || !names.includes(cluster)) return { ...about, text };
  return {
    ...about,
    text: `${text}, and ${federatedObjectName(object)} names it`,
    place: at(object, ['clusters', names.indexOf(cluster)]),
  };
}
