import {
  type FederatedObject,
  federatedObjectName,
  type OverrideOperation,
  type ReplicaSchedulingPreference,
} from '../api/index.ts';
import { isJsonObject, type JsonObject, keepYaml, keepYamlOfAll, type NodePath } from '../core/index.ts';
import type { Remark } from './finding.ts';
import { addManagedLabel, type Base, whyNotApplied } from './manifest.ts';
import { applyOverrides, operationsByCluster, operationsKey, overrideFailed } from './overrides.ts';
import type { RenderedObject } from './types.ts';

/** One object in the clusters where it is placed. */
export interface ObjectRendering {
  readonly objects: readonly { readonly cluster: string; readonly rendered: RenderedObject }[];
  /** Clusters where it is in error and keeps its last applied state. */
  readonly held: readonly string[];
  readonly remarks: readonly Remark[];
}

export interface ObjectInput {
  /** As it is written. */
  readonly written: FederatedObject;
  /** With what a preference scheduled. */
  readonly object: FederatedObject;
  /** What its template makes before overrides. */
  readonly base: JsonObject;
  readonly clusters: readonly string[];
  readonly replicas?: ReadonlyMap<string, bigint>;
  readonly preference?: ReplicaSchedulingPreference;
}

/** Builds the manifests of one object: clusters with the same overrides share one. */
export function renderObject(input: ObjectInput): ObjectRendering {
  const { object, clusters, replicas } = input;
  const variants = new Variants(input);
  const overrides = operationsByCluster(object.overrides.ok ? object.overrides.value : []);
  const objects: { cluster: string; rendered: RenderedObject }[] = [];
  const held: string[] = [];
  const remarks: Remark[] = [];
  for (const cluster of clusters) {
    const variant = variants.get(overrides.get(cluster), replicas?.get(cluster));
    if (variant.ok) {
      objects.push({ cluster, rendered: variant.rendered });
    } else {
      held.push(cluster);
      remarks.push(variant.remarkFor(cluster));
    }
  }
  return { objects, held, remarks };
}

type Variant =
  | { readonly ok: true; readonly rendered: RenderedObject }
  | { readonly ok: false; readonly remarkFor: (cluster: string) => Remark };

/** The different contents of one object. */
class Variants {
  readonly #input: ObjectInput;
  readonly #known = new Map<string, Variant>();
  /** That of the base with the label that says who manages the object: one for all contents whose overrides leave it alone. */
  #baseMetadata: JsonObject | undefined;

  constructor(input: ObjectInput) {
    this.#input = input;
  }

  get(operations: readonly OverrideOperation[] | undefined, replicas: bigint | undefined): Variant {
    const key = `${replicas ?? ''}\n${operations === undefined ? '' : operationsKey(operations)}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (known.ok) keepYaml(known.rendered.manifest);
      return known;
    }
    if (this.#known.size === 1) keepYamlOfAll(this.#input.base);
    const variant = this.#build(operations, replicas);
    this.#known.set(key, variant);
    return variant;
  }

  #build(operations: readonly OverrideOperation[] | undefined, replicas: bigint | undefined): Variant {
    const { object, written, base, preference } = this.#input;
    if (operations === undefined) {
      const reason = whyNotApplied(base, object, base);
      return reason === undefined
        ? this.#rendered(base, replicas)
        : { ok: false, remarkFor: () => invalidTemplate(written, reason) };
    }
    const result = applyOverrides(base, operations, object);
    if (result.ok) return this.#rendered(result.manifest, replicas);
    return {
      ok: false,
      remarkFor: (cluster) => overrideFailed({ object: written, cluster, operations, result, preference }),
    };
  }

  #rendered(manifest: JsonObject, replicas: bigint | undefined): Variant {
    const { written } = this.#input;
    const scheduled = replicas === undefined ? {} : { scheduledReplicas: replicas };
    const rendered = { id: written.target, manifest: this.#labelled(manifest), federated: written, ...scheduled };
    return { ok: true, rendered };
  }

  #labelled(manifest: JsonObject): JsonObject {
    if (manifest.metadata !== this.#input.base.metadata) return addManagedLabel(manifest);
    if (this.#baseMetadata !== undefined) return { ...manifest, metadata: this.#baseMetadata };
    const labelled = addManagedLabel(manifest);
    if (isJsonObject(labelled.metadata)) {
      this.#baseMetadata = labelled.metadata;
      keepYamlOfAll(labelled.metadata);
    }
    return labelled;
  }
}

function invalidTemplate(object: FederatedObject, reason: string): Remark {
  return {
    code: 'InvalidTemplate',
    source: object.source,
    path: ['spec', 'template', 'metadata'],
    text: `the object made of spec.template ${reason}`,
    object: federatedObjectName(object),
  };
}

/** Says what of a template is not applied. */
export function droppedFields(
  { droppedAnnotations, droppedFinalizers }: Base,
  object: FederatedObject,
): readonly Remark[] {
  const about = { source: object.source, object: federatedObjectName(object) };
  const path = ['spec', 'template', 'metadata'];
  const annotations: Remark = {
    ...about,
    code: 'AnnotationsNotSupported',
    path: [...path, 'annotations'],
    text: 'spec.template.metadata.annotations are left out, because gitfed.yaml has templateAnnotations: Drop. Set them with an override, or remove that setting.',
  };
  const finalizers: Remark = {
    ...about,
    code: 'FinalizersNotSupported',
    path: [...path, 'finalizers'],
    text: 'spec.template.metadata.finalizers are left out: finalizers belong to the controllers of the member clusters.',
  };
  return [
    ...(droppedAnnotations ? [annotations] : []),
    ...(droppedFinalizers ? [finalizers] : []),
    ...ownerReferences(object).map((where) => ownerReferencesDropped(object, where)),
  ];
}

const OWNER_REFERENCES = '/metadata/ownerReferences';

interface Written {
  readonly path: NodePath;
  readonly cluster?: string;
}

/** Where a federated object has owner references: they stay in the rendering, as in KubeFed, and applying leaves them out. */
function ownerReferences({ template, overrides }: FederatedObject): readonly Written[] {
  const metadata = template.ok ? template.value.metadata : undefined;
  const list = isJsonObject(metadata) && Object.hasOwn(metadata, 'ownerReferences') ? metadata.ownerReferences : [];
  const ofTemplate: readonly Written[] =
    Array.isArray(list) && list.length > 0 ? [{ path: ['spec', 'template', 'metadata', 'ownerReferences'] }] : [];
  const ofOverrides = (overrides.ok ? overrides.value : []).flatMap(({ clusterName, operations, index }) =>
    operations.flatMap(({ op, path }, at): Written[] =>
      op !== 'remove' && (path === OWNER_REFERENCES || path.startsWith(`${OWNER_REFERENCES}/`))
        ? [{ path: ['spec', 'overrides', index, 'clusterOverrides', at, 'path'], cluster: clusterName }]
        : [],
    ),
  );
  return [...ofTemplate, ...ofOverrides];
}

function ownerReferencesDropped(object: FederatedObject, { path, cluster }: Written): Remark {
  const text =
    'metadata.ownerReferences are not applied: the uid of an owner is another one in each cluster, and an object whose owner is not there is deleted. Remove them.';
  const about = { source: object.source, object: federatedObjectName(object) };
  return { ...about, code: 'OwnerReferencesNotSupported', path, text, ...(cluster === undefined ? {} : { cluster }) };
}
