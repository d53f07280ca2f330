import type { JsonObject } from '../core/index.ts';
import { AUTOSCALED_CLUSTERS, annotationField, SELECTOR } from './federation-v1-annotations.ts';
import { appsTarget, rewriteToApps } from './federation-v1-apps.ts';
import { convertAutoscaled } from './federation-v1-autoscaled.ts';
import { federatedObject, fileOf, templateFor, type V1Context } from './federation-v1-context.ts';
import { annotationOf, integerAt, withField } from './federation-v1-fields.ts';
import { placedIn, placementOf, selectorOf } from './federation-v1-placement.ts';
import { planReplicasNow, preferencesField, preferencesOf } from './federation-v1-planning.ts';
import { preferencesToJson, type V1Preferences } from './federation-v1-preferences.ts';
import { readSelector, selects, type V1Selector } from './federation-v1-selector.ts';
import type { V1Cluster, V1File, V1Object } from './federation-v1-types.ts';

/** A Deployment or ReplicaSet: v1 planned its replicas, so that it gets a preference. */
export function convertWorkload(object: V1Object, context: V1Context): V1File {
  const target = appsTarget(object.kind);
  const selector = selectorOf(object, context.clusters, context.losses);
  const total = integerAt(object.object, 'spec', 'replicas') ?? 1;
  const rewritten = rewriteToApps(object, context.losses);
  const template = templateFor(object, target, withField(rewritten, ['spec', 'replicas'], total));
  const autoscaled = annotationOf(object, AUTOSCALED_CLUSTERS);
  if (autoscaled !== undefined) {
    return fileOf(object, target, [convertAutoscaled(object, { text: autoscaled, selector, template }, context)]);
  }
  const isPlanned = selector.type !== 'invalid' && selector.type !== 'controlPlaneOnly';
  const placed = federatedObject(object, target, { template, placement: placementOf(selector) }, context);
  if (!isPlanned) return fileOf(object, target, [placed]);
  reportNarrowNamespace(object, selector, context);
  const preferences = preferencesOf(object, context);
  const key = `${object.namespace}/${object.name}`;
  if (!context.preferences.has(key)) {
    context.preferences.add(key);
    return fileOf(object, target, [placed, preferenceFor(object, { total, preferences, selector })]);
  }
  const frozen = planNow(object, { total, preferences, selector }, context);
  return fileOf(object, target, [federatedObject(object, target, { template, ...frozen }, context)]);
}

interface Wish {
  readonly total: number;
  readonly preferences: V1Preferences;
  readonly selector: V1Selector;
}

function preferenceFor({ kind, namespace, name }: V1Object, { total, preferences, selector }: Wish): JsonObject {
  return {
    apiVersion: 'scheduling.kubefed.io/v1alpha1',
    kind: 'ReplicaSchedulingPreference',
    metadata: { name, namespace },
    spec: {
      targetKind: `Federated${kind}`,
      totalReplicas: total,
      ...(preferences.rebalance ? { rebalance: true } : {}),
      ...(selector.type === 'everywhere' ? {} : { intersectWithClusterSelector: true }),
      clusters: preferencesToJson(preferences.clusters),
    },
  };
}

/** v1 planned for clusters that lack the namespace too; a preference that looks at selectors looks at both. */
function reportNarrowNamespace(object: V1Object, selector: V1Selector, context: V1Context): void {
  if (selector.type === 'everywhere') return;
  const namespace = context.find('Namespace', '', object.namespace);
  if (namespace === undefined) return;
  const bound = readSelector(annotationOf(namespace, SELECTOR), context.clusters);
  const without = context.clusters.filter((cluster) => selects(selector, cluster) && !selects(bound, cluster));
  if (without.length === 0) return;
  context.losses.add(object, {
    field: annotationField(SELECTOR),
    reason: `Federation v1 planned replicas for clusters that do not get the namespace (${namesOf(without)}), where they could not run. gitfed shares them among the others.`,
    action: 'Lower totalReplicas if so many are not wanted.',
  });
}

function namesOf(clusters: readonly V1Cluster[]): string {
  return clusters.map(({ name }) => name).join(', ');
}

/** A Deployment and a ReplicaSet of one name cannot both have a preference: the second one gets the numbers of today. */
function planNow(object: V1Object, { total, preferences, selector }: Wish, context: V1Context): JsonObject {
  const { namespace, name } = object;
  context.losses.add(object, {
    field: preferencesField(object),
    reason: `A ReplicaSchedulingPreference has the name of what it plans for, and ${namespace}/${name} is the name of a Deployment, too. The replicas that Federation v1 would plan now are written down for each cluster instead.`,
    action: 'Rename one of the two to have its replicas planned again.',
  });
  const clusters = context.clusters.filter((one) => one.isReady && selects(selector, one)).map((one) => one.name);
  const replicas = planReplicasNow(object, { total, preferences, clusters }, context);
  const overrides = clusters.map((clusterName) => ({
    clusterName,
    clusterOverrides: [{ path: '/spec/replicas', value: replicas.get(clusterName) ?? 0 }],
  }));
  return { placement: placedIn(clusters), overrides };
}
