import { type FederatedObject, federatedObjectName, WAVE_ANNOTATION, waveOf } from '../api/index.ts';
import type { Finding } from '../core/index.ts';
import { type Remark, toFinding } from './finding.ts';
import { type NamespaceBound, type Selection, selectWithinNamespace } from './placement.ts';
import type { ObjectOutcomes } from './render-object.ts';
import { type Scheduled, unplaced } from './scheduling.ts';
import type { RenderedObject } from './types.ts';

/** One object in the clusters where it is placed. */
export interface PlacedObject {
  /** By cluster, in the order of the clusters. */
  readonly objects: readonly { readonly cluster: string; readonly rendered: RenderedObject }[];
  /** Clusters where it is in error and keeps its last applied state. */
  readonly held: readonly string[];
  /** It is in error, or switched off, wherever it may be. */
  readonly heldEverywhere: boolean;
  readonly findings: readonly Finding[];
  /** What a preference scheduled. */
  readonly replicas?: ReadonlyMap<string, bigint>;
}

/** Where an object goes, or why it is held back in every cluster. */
export type Decision =
  | { readonly type: 'held'; readonly reason: HeldReason; readonly scheduled?: Scheduled; readonly remark?: Remark }
  | {
      readonly type: 'placed';
      /** The object with what a preference made of it. */
      readonly scheduled: Scheduled;
      /** What its own placement selects, or the preference instead. */
      readonly own: readonly string[];
      readonly bound: NamespaceBound;
      /** The registered clusters of `own` within `bound`. */
      readonly clusters: readonly string[];
    };

export type HeldReason =
  | 'InvalidWave'
  | 'PropagationDisabled'
  | 'InvalidPlacement'
  | 'InvalidTemplate'
  | 'NamespaceInError';

/**
 * Decides where an object goes, and renders it there. Pure: nothing else of the repository counts.
 *
 * @param bound what its namespace allows.
 * @param own the clusters that it selects itself, once a preference has chosen.
 */
export function placeObject(
  written: FederatedObject,
  bound: NamespaceBound,
  own: Selection,
  scheduled: Scheduled,
  outcomes: ObjectOutcomes,
): PlacedObject {
  return renderDecision(written, decide(written, bound, own, scheduled), outcomes);
}

/** The first half of {@link placeObject}. */
export function decide(
  written: FederatedObject,
  bound: NamespaceBound,
  own: Selection,
  scheduled: Scheduled,
): Decision {
  const held = (reason: HeldReason) => ({ type: 'held', reason }) as const;
  if (waveOf(written) === undefined) return { ...held('InvalidWave'), remark: invalidWave(written) };
  if (written.type.propagation === 'Disabled') return held('PropagationDisabled');
  if (!written.placement.ok) return held('InvalidPlacement');
  if (!written.template.ok) return held('InvalidTemplate');
  // The finding is that of the FederatedNamespace.
  if (typeof bound === 'object' && !bound.ok) return held('NamespaceInError');
  if (!own.ok) return { ...held('InvalidPlacement'), scheduled, remark: invalidPlacement(written, own.reason) };
  const selection = selectWithinNamespace(own, bound);
  return { type: 'placed', scheduled, own: own.clusters, bound, clusters: selection.ok ? selection.clusters : [] };
}

/** The second half of {@link placeObject}. */
export function renderDecision(written: FederatedObject, decision: Decision, outcomes: ObjectOutcomes): PlacedObject {
  if (decision.type === 'held') {
    const { scheduled, remark } = decision;
    return heldEverywhere([...(scheduled?.remarks ?? []), ...(remark === undefined ? [] : [remark])]);
  }
  const { scheduled, clusters } = decision;
  const dropped = clusters.length === 0 ? [] : outcomes.dropped;
  const remarked = [...[...scheduled.remarks, ...unplaced(scheduled, clusters)].map(toFinding), ...dropped];
  if (!written.overrides.ok) return { ...heldEverywhere([]), findings: remarked };
  const { objects, held, findings } = renderIn(clusters, outcomes);
  return {
    objects,
    held,
    heldEverywhere: false,
    findings: [...remarked, ...findings],
    ...(scheduled.replicas === undefined ? {} : { replicas: scheduled.replicas }),
  };
}

function renderIn(
  clusters: readonly string[],
  outcomes: ObjectOutcomes,
): Pick<PlacedObject, 'objects' | 'held' | 'findings'> {
  const objects: { cluster: string; rendered: RenderedObject }[] = [];
  const held: string[] = [];
  const findings: Finding[] = [];
  for (const cluster of clusters) {
    const outcome = outcomes.in(cluster);
    if (outcome.ok) {
      objects.push({ cluster, rendered: outcome.rendered });
    } else {
      held.push(cluster);
      findings.push(outcome.finding);
    }
  }
  return { objects, held, findings };
}

function heldEverywhere(remarks: readonly Remark[]): PlacedObject {
  return { objects: [], held: [], heldEverywhere: true, findings: remarks.map(toFinding) };
}

function invalidWave(object: FederatedObject): Remark {
  const text = `metadata.annotations["${WAVE_ANNOTATION}"] must be a whole number in quotes, for example "1"`;
  return {
    code: 'InvalidObject',
    source: object.source,
    path: ['metadata', 'annotations', WAVE_ANNOTATION],
    text,
    object: federatedObjectName(object),
  };
}

/** A selector that a preference would have replaced, and did not. */
function invalidPlacement(object: FederatedObject, reason: string): Remark {
  const path = ['spec', 'placement', 'clusterSelector'];
  return { code: 'InvalidPlacement', source: object.source, path, text: reason, object: federatedObjectName(object) };
}
