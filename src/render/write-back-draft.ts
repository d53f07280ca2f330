import { foldedField } from '../api/fields.ts';
import type { FederatedObject, Model } from '../api/index.ts';
import { readOverrides } from '../api/overrides.ts';
import {
  editValue,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  type NodePath,
  type SourceEdit,
} from '../core/index.ts';
import { type ObjectTrace, traceObject } from './explain.ts';
import { manifestHistories } from './explain-field.ts';
import type { ManifestHistory } from './explain-origin.ts';
import type { Observations } from './types.ts';

/** What an object is rendered with. */
export interface DraftContext {
  readonly model: Model;
  readonly observations: Observations | undefined;
}

/** A federated object while it is edited, and what it renders to. A value: an edit makes another one. */
export class WriteBackDraft {
  readonly #context: DraftContext;
  readonly #object: FederatedObject;
  readonly #value: JsonObject;
  /** Below the object, in their order. */
  readonly edits: readonly SourceEdit[];
  #histories: ReadonlyMap<string, ManifestHistory> | undefined;

  constructor(context: DraftContext, object: FederatedObject, value: JsonObject, edits: readonly SourceEdit[] = []) {
    this.#context = context;
    this.#object = object;
    this.#value = value;
    this.edits = edits;
  }

  /** How the manifest of each cluster comes about. Empty where the object is in error. */
  get histories(): ReadonlyMap<string, ManifestHistory> {
    this.#histories ??= new Map(manifestHistories(this.trace()).map((history) => [history.cluster, history]));
    return this.#histories;
  }

  trace(): ObjectTrace {
    const { model, observations } = this.#context;
    return traceObject(model, this.#object, observations === undefined ? {} : { observations });
  }

  /** `undefined` where an edit does not fit. */
  with(edits: readonly SourceEdit[]): WriteBackDraft | undefined {
    let value: JsonValue = this.#value;
    try {
      for (const edit of edits) value = editValue(value, edit);
    } catch {
      return undefined;
    }
    if (!isJsonObject(value) || !isJsonObject(value.spec)) return undefined;
    const { template = {} } = value.spec;
    let hasError = false;
    const [, overrides] = foldedField(value.spec, 'overrides');
    const read = readOverrides(overrides, [], () => {
      hasError = true;
    });
    if (hasError || !read.ok || !isJsonObject(template)) return undefined;
    const object: FederatedObject = { ...this.#object, template: { ok: true, value: template }, overrides: read };
    return new WriteBackDraft(this.#context, object, value, [...this.edits, ...edits]);
  }

  /** Whether every cluster gets exactly these manifests. */
  renders(wanted: ReadonlyMap<string, JsonObject>): boolean {
    const { histories } = this;
    return (
      histories.size === wanted.size &&
      [...histories].every(([cluster, { rendered }]) => jsonEquals(rendered.manifest, wanted.get(cluster)))
    );
  }

  /** The entry of a cluster in `spec.overrides`, as the file has it. */
  entryOf(
    cluster: string,
  ): { readonly path: NodePath; readonly list: NodePath; readonly operations: readonly JsonValue[] } | undefined {
    const { object } = [...this.histories.values()][0] ?? { object: this.#object };
    const entry = object.overrides.ok
      ? object.overrides.value.find(({ clusterName }) => clusterName === cluster)
      : undefined;
    if (entry === undefined) return undefined;
    const path = [...this.overridesPath, entry.index];
    const raw = valueBelow(this.#value, path);
    const [name, list] = isJsonObject(raw) ? foldedField(raw, 'clusterOverrides') : ['clusterOverrides', undefined];
    return { path, list: [...path, name], operations: Array.isArray(list) ? (list as readonly JsonValue[]) : [] };
  }

  /** Keys are found in any case of letters, as KubeFed finds them. */
  get overridesPath(): NodePath {
    const spec = isJsonObject(this.#value.spec) ? this.#value.spec : {};
    return ['spec', foldedField(spec, 'overrides')[0]];
  }

  valueAt(path: NodePath): JsonValue | undefined {
    return valueBelow(this.#value, path);
  }
}

function valueBelow(root: JsonValue, path: NodePath): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
