import type { JsonObject } from '../core/index.ts';
import { AUTOSCALED_CLUSTERS, annotationField } from './federation-v1-annotations.ts';
import { appsTarget } from './federation-v1-apps.ts';
import { federatedObject, type V1Context } from './federation-v1-context.ts';
import { GoJsonError, goField, goStruct, goTexts, parseGoJson } from './federation-v1-go-json.ts';
import { placedIn } from './federation-v1-placement.ts';
import { selects, type V1Selector } from './federation-v1-selector.ts';
import type { V1Object } from './federation-v1-types.ts';

interface Autoscaled {
  readonly text: string;
  readonly selector: V1Selector;
  readonly template: JsonObject;
}

/** Its autoscalers say how many there are: in the clusters that are listed, and nowhere else. */
export function convertAutoscaled(
  object: V1Object,
  { text, selector, template }: Autoscaled,
  context: V1Context,
): JsonObject {
  const listed = readAutoscaledClusters(text);
  if (listed === undefined) {
    context.losses.add(object, {
      field: annotationField(AUTOSCALED_CLUSTERS),
      reason: 'It is not what Federation v1 could read, which then put the object nowhere. Its placement is empty.',
      action: 'List the clusters of its HorizontalPodAutoscaler in the placement.',
    });
  }
  const clusters = context.clusters.filter((one) => listed?.includes(one.name) === true && selects(selector, one));
  const missing = (listed ?? []).filter((name) => context.clusters.every((one) => one.name !== name));
  for (const name of missing) {
    context.losses.add(object, {
      field: annotationField(AUTOSCALED_CLUSTERS),
      reason: `It lists the cluster "${name}", which is not in the federation, and is left out of the placement.`,
      action: 'Add it to the placement when the cluster joins.',
    });
  }
  const placement = placedIn(clusters.map(({ name }) => name));
  const spec = { template: withoutReplicas(template), placement, retainReplicas: true };
  return federatedObject(object, appsTarget(object.kind), spec, context);
}

/** A new object begins with one, as that of any other Deployment with an autoscaler; the number of the whole federation is none for one cluster. */
function withoutReplicas(template: JsonObject): JsonObject {
  const spec = Object.entries(template['spec'] as JsonObject).filter(([key]) => key !== 'replicas');
  return { ...template, spec: Object.fromEntries(spec) };
}

/** The names, `undefined` where Go could not read them. */
export function readAutoscaledClusters(text: string): readonly string[] | undefined {
  try {
    return (
      goField(goStruct(parseGoJson(text)), 'names')
        .map(goTexts)
        .at(-1) ?? []
    );
  } catch (error) {
    if (error instanceof GoJsonError) return undefined;
    throw error;
  }
}
