import type { FederatedObject, Model } from '../api/index.ts';
import { isJsonObject, type JsonObject, type NodePath, type SourceEdit, stringifyJson } from '../core/index.ts';
import { originOf } from './explain-origin.ts';
import { valueAt } from './explain-place.ts';
import type { FieldOrigin } from './explain-types.ts';
import { applyChange, changeFor, type FieldChange, type WantedField } from './field-change.ts';
import type { Observations } from './types.ts';
import { WriteBackDraft } from './write-back-draft.ts';
import { overrideWays, templateWays, type WriteBackWay } from './write-back-edits.ts';

/** A field that is to be written into the repository, for one cluster. */
export interface ClusterFieldWanted {
  readonly cluster: string;
  readonly field: WantedField;
}

export interface WriteBackOptions {
  /**
   * `auto`: into the template where every cluster that has the field from there wants the same, else into overrides.
   * `template`: into the template, whatever other clusters have. `overrides`: never into the template.
   */
  readonly into: 'auto' | 'template' | 'overrides';
  /** What replicas are planned from. Default: every cluster is ready. */
  readonly observations?: Observations | undefined;
}

/** Where a field is written. */
export interface WrittenField {
  readonly field: WantedField;
  /** That wanted it. */
  readonly clusters: readonly string[];
  /** That get it besides, because they have it from the template. */
  readonly others: readonly string[];
  readonly into: 'template' | 'override';
  /** Below the object, where it stands once it is written. */
  readonly place: NodePath;
}

/** A field that cannot be written, and why: a sentence without its end. */
export interface UnwrittenField {
  readonly field: WantedField;
  readonly clusters: readonly string[];
  readonly reason: string;
}

export interface WriteBack {
  /** Of the object, below its root, in their order. */
  readonly edits: readonly SourceEdit[];
  readonly written: readonly WrittenField[];
  readonly unwritten: readonly UnwrittenField[];
  /** What each cluster is to get of the object. */
  readonly manifests: ReadonlyMap<string, JsonObject>;
}

/**
 * Decides how a federated object has to be written for fields to be as wanted: the opposite of rendering. What overrides set is changed
 * there. Each step is rendered, and taken only if every cluster then gets exactly what it is to get. Pure.
 */
export function writeBack(
  model: Model,
  object: FederatedObject,
  wanted: readonly ClusterFieldWanted[],
  { into, observations }: WriteBackOptions,
): WriteBack {
  const value = valueAt(object.source.document.value, object.source.path);
  const draft = new WriteBackDraft({ model, observations }, object, isJsonObject(value) ? value : {});
  const writer = new Writer(draft);
  // Items come in the order that they are to stand in.
  const groups = groupFields(wanted).toSorted((a, b) => (a.field.index ?? -1) - (b.field.index ?? -1));
  for (const group of groups) writer.write(group, into);
  return writer.result();
}

interface FieldGroup {
  readonly field: WantedField;
  readonly clusters: readonly string[];
}

/** What is wanted alike in several clusters. */
function groupFields(wanted: readonly ClusterFieldWanted[]): readonly FieldGroup[] {
  const groups = Map.groupBy(wanted, ({ field }) => fieldKey(field));
  return [...groups.values()].flatMap((group) => {
    const field = group[0]?.field;
    return field === undefined ? [] : [{ field, clusters: group.map(({ cluster }) => cluster) }];
  });
}

function fieldKey({ path, isNew, value, index }: WantedField): string {
  const steps = path.map((step) => (typeof step === 'object' ? { key: step.key } : step));
  return `${stringifyJson(steps as never)} ${isNew} ${index ?? ''} ${value === undefined ? '' : stringifyJson(value)}`;
}

class Writer {
  #draft: WriteBackDraft;
  readonly #manifests: Map<string, JsonObject>;
  readonly #written: WrittenField[] = [];
  readonly #unwritten: UnwrittenField[] = [];

  constructor(draft: WriteBackDraft) {
    this.#draft = draft;
    this.#manifests = new Map([...draft.histories].map(([cluster, { rendered }]) => [cluster, rendered.manifest]));
  }

  result(): WriteBack {
    const { edits } = this.#draft;
    return { edits, written: this.#written, unwritten: this.#unwritten, manifests: this.#manifests };
  }

  write({ field, clusters }: FieldGroup, into: WriteBackOptions['into']): void {
    const own: string[] = [];
    const fromTemplate: string[] = [];
    for (const cluster of clusters) {
      const origin = this.#originOf(cluster, field);
      const obstacle = obstacleOf(origin);
      if (obstacle !== undefined) this.#refuse(field, [cluster], obstacle);
      else if (origin?.type === 'Override') own.push(cluster);
      else fromTemplate.push(cluster);
    }
    for (const cluster of own) this.#override(field, cluster);
    if (fromTemplate.length === 0) return;
    const others = this.#othersFromTemplate(field, clusters);
    const isForced = into === 'template';
    if (isForced || (into === 'auto' && others.length === 0)) {
      if (this.#template(field, fromTemplate, others)) return;
      if (isForced) {
        this.#refuse(field, fromTemplate, 'it cannot be written into the template without changing something else');
        return;
      }
    }
    for (const cluster of fromTemplate) this.#override(field, cluster);
  }

  /** What set the field, or what it is to be added to. */
  #originOf(cluster: string, field: WantedField): FieldOrigin | undefined {
    const history = this.#draft.histories.get(cluster);
    const change = history === undefined ? undefined : changeFor(history.rendered.manifest, field);
    if (history === undefined || change === undefined || change.op === 'add' || change.op === 'insert')
      return undefined;
    return originOf(history, change.path).origin;
  }

  /** Other clusters whose field would change with the template. */
  #othersFromTemplate(field: WantedField, clusters: readonly string[]): readonly string[] {
    return [...this.#draft.histories.keys()].filter((cluster) => {
      if (clusters.includes(cluster)) return false;
      const origin = this.#originOf(cluster, field);
      return origin === undefined || origin.type === 'Template';
    });
  }

  #template(field: WantedField, clusters: readonly string[], others: readonly string[]): boolean {
    const [first] = clusters;
    const history = first === undefined ? undefined : this.#draft.histories.get(first);
    if (history === undefined) return false;
    const wanted = this.#wanted(field, [...clusters, ...others]);
    if (wanted === undefined) return false;
    const way = this.#take(templateWays(history, field), wanted);
    if (way === undefined) return false;
    this.#written.push({ field, clusters, others, into: 'template', place: way.place });
    return true;
  }

  #override(field: WantedField, cluster: string): void {
    const history = this.#draft.histories.get(cluster);
    const wanted = this.#wanted(field, [cluster]);
    if (history === undefined || wanted === undefined) {
      this.#refuse(field, [cluster], 'the manifest of this cluster has no place for it');
      return;
    }
    const way = this.#take(overrideWays(this.#draft, history, field), wanted);
    if (way === undefined) {
      this.#refuse(field, [cluster], 'no override can set it without changing something else');
      return;
    }
    this.#written.push({ field, clusters: [cluster], others: [], into: 'override', place: way.place });
  }

  /** What every cluster gets once these have the field. */
  #wanted(field: WantedField, clusters: readonly string[]): ReadonlyMap<string, JsonObject> | undefined {
    const wanted = new Map(this.#manifests);
    for (const cluster of clusters) {
      const manifest = wanted.get(cluster);
      const change: FieldChange | undefined = manifest === undefined ? undefined : changeFor(manifest, field);
      if (manifest === undefined || change === undefined) return undefined;
      wanted.set(cluster, applyChange(manifest, change));
    }
    return wanted;
  }

  /** The first way that leads to exactly these manifests. */
  #take(ways: readonly WriteBackWay[], wanted: ReadonlyMap<string, JsonObject>): WriteBackWay | undefined {
    for (const way of ways) {
      const next = this.#draft.with(way.edits);
      if (next?.renders(wanted) !== true) continue;
      this.#draft = next;
      for (const [cluster, manifest] of wanted) this.#manifests.set(cluster, manifest);
      return way;
    }
    return undefined;
  }

  #refuse(field: WantedField, clusters: readonly string[], reason: string): void {
    const known = this.#unwritten.find((one) => one.reason === reason && fieldKey(one.field) === fieldKey(field));
    if (known === undefined) this.#unwritten.push({ field, clusters, reason });
    else this.#unwritten[this.#unwritten.indexOf(known)] = { ...known, clusters: [...known.clusters, ...clusters] };
  }
}

/** Why what set a field is not changed by writing its value. */
function obstacleOf(origin: FieldOrigin | undefined): string | undefined {
  switch (origin?.type) {
    case 'Preference': {
      const { file, line } = origin.place;
      return `ReplicaSchedulingPreference ${origin.preference} plans it (${file}:${line}): change its totalReplicas, or weight, minReplicas and maxReplicas of this cluster`;
    }
    case 'Gitfed':
      return 'gitfed itself sets it';
    case 'FederatedObject':
    case 'FederatedType':
      return 'it is what makes the object this one';
    default:
      return undefined;
  }
}
