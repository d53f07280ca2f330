import type { JsonObject } from '../core/index.ts';
import { annotationField, SELECTOR } from './federation-v1-annotations.ts';
import { annotationOf } from './federation-v1-fields.ts';
import type { LossList } from './federation-v1-losses.ts';
import { readSelector, type V1Selector } from './federation-v1-selector.ts';
import type { V1Cluster, V1Object } from './federation-v1-types.ts';

/** Reads where v1 put an object, and tells of what v2 cannot say. */
export function selectorOf(object: V1Object, clusters: readonly V1Cluster[], losses: LossList): V1Selector {
  const selector = readSelector(annotationOf(object, SELECTOR), clusters);
  const field = annotationField(SELECTOR);
  if (selector.type === 'frozen') {
    losses.add(object, {
      field,
      reason:
        'The selector compares numbers (gt or lt), which no selector of KubeFed does. The clusters that it selects now are listed in its place, so that it is no longer dynamic.',
      action: 'Give the clusters a label for it and select by that, or change the list by hand when a cluster joins.',
    });
  }
  if (selector.type === 'invalid') {
    losses.add(object, {
      field,
      reason: `The selector is not valid (${selector.reason}). Federation v1 put the object nowhere, and its placement is empty.`,
      action: 'Write the placement that was meant.',
    });
  }
  return selector;
}

/** The placement that selects the same clusters. */
export function placementOf(selector: V1Selector): JsonObject {
  if (selector.type === 'everywhere') return { clusterSelector: {} };
  if (selector.type === 'labels') return { clusterSelector: selector.selector };
  if (selector.type === 'frozen') return { ...placedIn(selector.clusters), clusterSelector: selector.selector };
  return placedIn([]);
}

/** The placement of these clusters, whatever their labels. */
export function placedIn(clusters: readonly string[]): JsonObject {
  return { clusters: clusters.map((name) => ({ name })) };
}
