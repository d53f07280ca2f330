import type { JsonObject } from '../core/index.ts';
import { AUTOSCALED_CLUSTERS } from './federation-v1-annotations.ts';
import { targetReference } from './federation-v1-apps.ts';
import { readAutoscaledClusters } from './federation-v1-autoscaled.ts';
import { federatedObject, fileOf, templateFor, type V1Context } from './federation-v1-context.ts';
import { annotationOf, fieldAt, integerAt, mappingAt, textAt, withField } from './federation-v1-fields.ts';
import { placedIn, selectorOf } from './federation-v1-placement.ts';
import { selects, type V1Selector } from './federation-v1-selector.ts';
import type { AutoscalerRange, V1File, V1Object } from './federation-v1-types.ts';

/** A HorizontalPodAutoscaler: its budget stays where the members have it now. */
export function convertAutoscaler(object: V1Object, context: V1Context): V1File {
  const target = { group: 'autoscaling', version: object.version, kind: object.kind };
  const selector = selectorOf(object, context.clusters, context.losses);
  const ranges = selector.type === 'invalid' ? [] : rangesOf(object, selector, context);
  context.losses.add(object, {
    field: 'spec.maxReplicas',
    reason: `Federation v1 moved minimum and maximum between clusters while they were loaded differently. They stay as the members have them now: ${rangesText(ranges)}.`,
    action: 'Change the overrides of /spec/minReplicas and /spec/maxReplicas by hand where a cluster needs more.',
  });
  reportTarget(object, context);
  const overrides = ranges.map(([clusterName, { minReplicas, maxReplicas }]) => ({
    clusterName,
    clusterOverrides: [
      { path: '/spec/minReplicas', value: minReplicas },
      { path: '/spec/maxReplicas', value: maxReplicas },
    ],
  }));
  const template = templateFor(object, target, completed(object.object));
  const placement = placedIn(ranges.map(([name]) => name));
  const spec = { template, placement, ...(overrides.length === 0 ? {} : { overrides }) };
  return fileOf(object, target, [federatedObject(object, target, spec, context)]);
}

type Ranges = readonly (readonly [cluster: string, range: AutoscalerRange])[];

function rangesText(ranges: Ranges): string {
  if (ranges.length === 0) return 'in no cluster';
  return ranges.map(([name, { minReplicas, maxReplicas }]) => `${name} ${minReplicas} to ${maxReplicas}`).join(', ');
}

/** What the members have. A cluster of which that is not known is left out: nothing is applied there, and nothing changes. */
function rangesOf(object: V1Object, selector: V1Selector, context: V1Context): Ranges {
  const key = `${object.namespace}/${object.name}`;
  const listed = listedClusters(object, context);
  return context.clusters.flatMap((cluster): Ranges => {
    const { name } = cluster;
    const member = context.input.members.get(name);
    if (member?.ok === true) {
      const range = member.ranges.get(key);
      return range === undefined ? [] : [[name, range]];
    }
    const hasOne = listed === undefined ? selects(selector, cluster) : listed.includes(name);
    if (hasOne) reportUnknown(object, name, { reason: member?.reason, context });
    return [];
  });
}

/** Where v1 put it last, as what it scales says. */
function listedClusters(object: V1Object, context: V1Context): readonly string[] | undefined {
  const text = annotationOf(targetOf(object, context).workload ?? object, AUTOSCALED_CLUSTERS);
  return text === undefined ? undefined : readAutoscaledClusters(text);
}

function reportUnknown(
  object: V1Object,
  cluster: string,
  { reason, context }: { readonly reason: string | undefined; readonly context: V1Context },
): void {
  context.losses.add(object, {
    field: `placement of ${cluster}`,
    reason: `What the cluster ${cluster} has of it is not known: ${reason ?? 'there is no dump of it'}. The cluster is left out, where it keeps what it has.`,
    action: `Import again with a dump of its HorizontalPodAutoscalers in members/${cluster}/ of the dump, or with a kubeconfig that has a context ${cluster}.`,
  });
}

/** What the overrides replace must be there. */
function completed(object: JsonObject): JsonObject {
  const reference = targetReference(mappingAt(object, 'spec', 'scaleTargetRef'));
  const whole = withField(object, ['spec', 'scaleTargetRef'], reference);
  return fieldAt(whole, 'spec', 'minReplicas') === undefined ? withField(whole, ['spec', 'minReplicas'], 1) : whole;
}

interface Target {
  readonly kind: string;
  readonly name: string;
  readonly workload: V1Object | undefined;
}

function targetOf({ object, namespace }: V1Object, { find }: Pick<V1Context, 'find'>): Target {
  const reference = mappingAt(object, 'spec', 'scaleTargetRef');
  const [kind, name] = [textAt(reference, 'kind'), textAt(reference, 'name')];
  return { kind, name, workload: find(kind, namespace, name) };
}

/** v1 marked what an autoscaler scales; without the mark it still planned replicas for it. */
function reportTarget(object: V1Object, { find, losses }: V1Context): void {
  const { kind, name, workload } = targetOf(object, { find });
  if (workload !== undefined && annotationOf(workload, AUTOSCALED_CLUSTERS) !== undefined) return;
  losses.add(object, {
    field: 'spec.scaleTargetRef',
    reason:
      workload === undefined
        ? `There is no ${kind} ${object.namespace}/${name} in what was read.`
        : `The ${kind} ${object.namespace}/${name} does not say that an autoscaler scales it. Its replicas are planned by a ReplicaSchedulingPreference, which fights with the autoscaler.`,
    action:
      workload === undefined
        ? 'Look whether the name is right.'
        : 'Remove the preference, and set retainReplicas: true in the federated object.',
  });
}

/** The range of a HorizontalPodAutoscaler of a member; `undefined` for what is none. */
export function rangeOf(object: JsonObject): AutoscalerRange | undefined {
  const maxReplicas = integerAt(object, 'spec', 'maxReplicas');
  if (maxReplicas === undefined) return undefined;
  return { minReplicas: integerAt(object, 'spec', 'minReplicas') ?? 1, maxReplicas };
}
