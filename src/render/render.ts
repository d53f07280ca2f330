import {
  type FederatedObject,
  federatedObjectName,
  type Model,
  type Placement,
  WAVE_ANNOTATION,
  waveOf,
} from '../api/index.ts';
import { compareFindings, compareObjectIds, compareText, type Finding, type ObjectId } from '../core/index.ts';
import { type Remark, toFinding } from './finding.ts';
import { buildBase } from './manifest.ts';
import { NOTHING_OBSERVED } from './observations.ts';
import { sortForApply } from './order.ts';
import { isBoundByNamespace, type NamespaceBound, selectClusters, selectWithinNamespace } from './placement.ts';
import { droppedFields, type ObjectRendering, renderObject } from './render-object.ts';
import { registerSchedulers, type Schedulers } from './scheduler.ts';
import { Scheduling, unplaced } from './scheduling.ts';
import type { ClusterRendering, Observations, RenderedObject, Rendering } from './types.ts';

export interface RenderOptions {
  /** Those that `scheduling.scheduler` of gitfed.yaml can name. Default: KubeFed's alone. */
  readonly schedulers?: Schedulers;
}

/**
 * Expands a model into the manifests of every registered cluster. Pure: the same model and observations give the same result, and it
 * shares with the model what overrides leave alone. Never throws on anything `buildModel` returns.
 *
 * An object in error is rendered in no cluster (in one cluster, where only its overrides for that one are) and stands in `held`; so does
 * every object of a kind with `propagation: Disabled`, whose member objects stay as they are.
 */
export function render(
  model: Model,
  observations: Observations = NOTHING_OBSERVED,
  { schedulers = registerSchedulers() }: RenderOptions = {},
): Rendering {
  const lanes = new Map(
    model.clusters.map(({ name }) => [name, { objects: [] as RenderedObject[], held: [] as ObjectId[] }]),
  );
  const everywhere = model.heldTargets.map(({ target }) => target);
  const replicas: [string, ReadonlyMap<string, bigint>][] = [];
  const remarks: Remark[] = [];
  const placing = new Placing(model, new Scheduling(model, observations, schedulers));
  for (const object of sortForApply(model.objects)) {
    const result = placing.render(object);
    remarks.push(...result.remarks);
    if (result.replicas !== undefined) replicas.push([federatedObjectName(object), result.replicas]);
    if (result.heldEverywhere === true) everywhere.push(object.target);
    for (const { cluster, rendered } of result.objects) lanes.get(cluster)?.objects.push(rendered);
    for (const cluster of result.held) lanes.get(cluster)?.held.push(object.target);
  }
  return {
    clusters: [...lanes].map(
      ([cluster, { objects, held }]): ClusterRendering => ({
        cluster,
        objects,
        held: sortIds([...everywhere, ...held]),
      }),
    ),
    replicas: new Map(replicas.sort(([a], [b]) => compareText(a, b))),
    findings: mergeFindings(model.findings, remarks.map(toFinding)),
  };
}

interface PlacedRendering extends ObjectRendering {
  readonly heldEverywhere?: boolean;
  readonly replicas?: ReadonlyMap<string, bigint>;
}

const HELD: PlacedRendering = { objects: [], held: [], remarks: [], heldEverywhere: true };

/** Decides where objects go, and renders them there. */
class Placing {
  readonly #model: Model;
  readonly #scheduling: Scheduling;
  readonly #bounds = new Map<string, NamespaceBound>();
  /** Namespaces whose FederatedNamespace is in error: where their objects go is not known. */
  readonly #heldNamespaces: ReadonlySet<string>;

  constructor(model: Model, scheduling: Scheduling) {
    this.#model = model;
    this.#scheduling = scheduling;
    const namespaces = model.heldTargets.filter(({ target }) => target.group === '' && target.kind === 'Namespace');
    this.#heldNamespaces = new Set(namespaces.map(({ target }) => target.name));
  }

  render(written: FederatedObject): PlacedRendering {
    if (waveOf(written) === undefined) return { ...HELD, remarks: [invalidWave(written)] };
    if (written.type.propagation === 'Disabled') return HELD;
    const { placement, template } = written;
    if (!placement.ok || !template.ok) return HELD;
    const bound = this.#boundOf(written);
    // The finding is that of the FederatedNamespace.
    if (typeof bound === 'object' && !bound.ok) return HELD;

    const scheduled = this.#scheduling.schedule(written);
    const own = selectClusters(placementOf(scheduled.object), this.#model.clusters);
    if (!own.ok) return { ...HELD, remarks: [...scheduled.remarks, invalidPlacement(written, own.reason)] };
    const selection = selectWithinNamespace(own, bound);
    const clusters = selection.ok ? selection.clusters : [];
    const base = buildBase(written, template.value, this.#model.configuration);
    const remarks = [
      ...scheduled.remarks,
      ...unplaced(scheduled, clusters),
      ...(clusters.length === 0 ? [] : droppedFields(base, written)),
    ];
    if (!written.overrides.ok) return { ...HELD, remarks };
    const rendering = renderObject({ ...scheduled, written, base: base.manifest, clusters });
    return {
      ...rendering,
      remarks: [...remarks, ...rendering.remarks],
      ...(scheduled.replicas === undefined ? {} : { replicas: scheduled.replicas }),
    };
  }

  #boundOf(object: FederatedObject): NamespaceBound {
    if (!isBoundByNamespace(object)) return 'everywhere';
    const { namespace } = object.id;
    const known = this.#bounds.get(namespace);
    if (known !== undefined) return known;
    const bound = this.#readBound(namespace);
    this.#bounds.set(namespace, bound);
    return bound;
  }

  #readBound(namespace: string): NamespaceBound {
    if (this.#heldNamespaces.has(namespace)) return { ok: false, reason: 'its FederatedNamespace is in error' };
    const federatedNamespace = this.#model.namespaces.get(namespace);
    if (federatedNamespace === undefined) {
      return this.#model.kubeFedConfig.scope === 'Namespaced' ? 'everywhere' : 'missing';
    }
    const { placement } = federatedNamespace;
    if (!placement.ok) return { ok: false, reason: 'the placement of its FederatedNamespace is in error' };
    return selectClusters(placement.value, this.#model.clusters);
  }
}

function placementOf({ placement }: FederatedObject): Placement {
  return placement.ok ? placement.value : {};
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

function sortIds(ids: readonly ObjectId[]): readonly ObjectId[] {
  const sorted = ids.toSorted(compareObjectIds);
  return sorted.filter((id, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareObjectIds(previous, id) !== 0;
  });
}

function mergeFindings(known: readonly Finding[], added: readonly Finding[]): readonly Finding[] {
  const sorted = [...known, ...added].sort(compareFindings);
  return sorted.filter((finding, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareFindings(previous, finding) !== 0;
  });
}
