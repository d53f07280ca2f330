import { type Configuration, type FederatedObject, federatedObjectName, type OverrideOperation } from '../api/index.ts';
import { type Finding, isJsonObject, type JsonObject, keepYaml, keepYamlOfAll, type NodePath } from '../core/index.ts';
import { type Remark, toFinding } from './finding.ts';
import { addManagedLabel, type Base, buildBase, whyNotApplied } from './manifest.ts';
import { applyOverrides, operationsByCluster, operationsKey, overrideFailed } from './overrides.ts';
import type { Scheduled } from './scheduling.ts';
import type { RenderedObject } from './types.ts';

/** What becomes of an object in one cluster: a manifest, or an error that keeps it as it was last applied. */
export type Outcome =
  | { readonly ok: true; readonly rendered: RenderedObject }
  | { readonly ok: false; readonly finding: Finding };

/**
 * What becomes of one object in each cluster. Pure, and asked for one cluster after the other: none of them matters to another, and clusters
 * with the same overrides share a manifest.
 */
export class ObjectOutcomes {
  readonly #base: Base;
  readonly #written: FederatedObject;
  readonly #scheduled: Scheduled;
  readonly #overrides: ReadonlyMap<string, readonly OverrideOperation[]>;
  readonly #variants = new Map<string, Variant>();
  /** By the list of operations itself, which is quicker than by what they say. */
  readonly #alike = new Map<
    readonly OverrideOperation[],
    { readonly replicas: bigint | undefined; readonly variant: Variant }
  >();
  readonly #earlier: Variants;
  readonly #outcomes = new Map<string, Outcome>();
  /** That of the base with the label that says who manages the object: one for all contents whose overrides leave it alone. */
  #baseMetadata: JsonObject | undefined;
  #dropped: readonly Finding[] | undefined;

  /**
   * @param scheduled the object with what a preference scheduled.
   * @param earlier what it was made of when something else was scheduled.
   */
  constructor(
    written: FederatedObject,
    scheduled: Scheduled,
    templateAnnotations: Configuration['templateAnnotations'],
    earlier: Variants,
  ) {
    const { template, overrides } = scheduled.object;
    this.#earlier = earlier;
    earlier.begin();
    this.#written = written;
    this.#scheduled = scheduled;
    this.#base = buildBase(written, template.ok ? template.value : {}, { templateAnnotations });
    this.#overrides = operationsByCluster(overrides.ok ? overrides.value : []);
  }

  /** What of the template is not applied anywhere. */
  get dropped(): readonly Finding[] {
    this.#dropped ??= droppedFields(this.#base, this.#written).map(toFinding);
    return this.#dropped;
  }

  in(cluster: string): Outcome {
    const known = this.#outcomes.get(cluster);
    if (known !== undefined) return known;
    const operations = this.#overrides.get(cluster);
    const variant = this.#variant(operations, this.#scheduled.replicas?.get(cluster));
    const outcome: Outcome = variant.ok ? variant : { ok: false, finding: toFinding(variant.remarkFor(cluster)) };
    this.#outcomes.set(cluster, outcome);
    return outcome;
  }

  #variant(operations: readonly OverrideOperation[] | undefined, replicas: bigint | undefined): Variant {
    const alike = operations === undefined ? undefined : this.#alike.get(operations);
    if (alike !== undefined && alike.replicas === replicas) return kept(alike.variant);
    const variant = this.#variantByKey(operations, replicas);
    if (operations !== undefined) this.#alike.set(operations, { replicas, variant });
    return variant;
  }

  #variantByKey(operations: readonly OverrideOperation[] | undefined, replicas: bigint | undefined): Variant {
    const key = `${replicas ?? ''}\n${operations === undefined ? '' : operationsKey(operations)}`;
    const known = this.#variants.get(key);
    if (known !== undefined) return kept(known);
    if (this.#variants.size === 1) keepYamlOfAll(this.#base.manifest);
    const variant = this.#earlier.get(key) ?? this.#build(operations, replicas);
    this.#variants.set(key, variant);
    if (variant.ok) this.#earlier.set(key, variant);
    return variant;
  }

  #build(operations: readonly OverrideOperation[] | undefined, replicas: bigint | undefined): Variant {
    const written = this.#written;
    const base = this.#base.manifest;
    const { object, preference } = this.#scheduled;
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
    const written = this.#written;
    const scheduled = replicas === undefined ? {} : { scheduledReplicas: replicas };
    const rendered = { id: written.target, manifest: this.#labelled(manifest), federated: written, ...scheduled };
    return { ok: true, rendered };
  }

  #labelled(manifest: JsonObject): JsonObject {
    if (manifest.metadata !== this.#base.manifest.metadata) return addManagedLabel(manifest);
    if (this.#baseMetadata !== undefined) return { ...manifest, metadata: this.#baseMetadata };
    const labelled = addManagedLabel(manifest);
    if (isJsonObject(labelled.metadata)) {
      this.#baseMetadata = labelled.metadata;
      keepYamlOfAll(labelled.metadata);
    }
    return labelled;
  }
}

/** A content that is used once more: its text will be, too. */
function kept(variant: Variant): Variant {
  if (variant.ok) keepYaml(variant.rendered.manifest);
  return variant;
}

/** One of the different contents of an object. */
type Variant = RenderedVariant | { readonly ok: false; readonly remarkFor: (cluster: string) => Remark };
type RenderedVariant = Extract<Outcome, { ok: true }>;

/**
 * The contents that an object had, by the operations and the number that made them of its template: clusters whose numbers stay where they
 * are get the very same content when others' change, so that nobody has to find out that it is equal. Those of the last two plans are kept, so that replicas that go and come back bring theirs.
 */
export class Variants {
  #recent = new Map<string, RenderedVariant>();
  #older: readonly ReadonlyMap<string, RenderedVariant>[] = [];

  begin(): void {
    this.#older = [this.#recent, ...this.#older].slice(0, 2);
    this.#recent = new Map();
  }

  get(key: string): RenderedVariant | undefined {
    return this.#recent.get(key) ?? this.#older.find((plan) => plan.has(key))?.get(key);
  }

  set(key: string, variant: RenderedVariant): void {
    this.#recent.set(key, variant);
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
function droppedFields({ droppedAnnotations, droppedFinalizers }: Base, object: FederatedObject): readonly Remark[] {
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
