import { isJsonObject, type JsonArray, type JsonValue, type NodePath } from '../core/index.ts';
import type { Warn } from './lint-input.ts';
import type { FederatedObject } from './model.ts';
import { isSecretType } from './secrets.ts';
import { describeType, formatFieldPath, quote } from './wording.ts';

/** Mappings that hold text whatever the kind. */
const TEXT_MAPS: ReadonlySet<string> = new Set(['matchLabels', 'nodeSelector']);

/** Override paths that could end at text: taking each apart would be slow. */
const TEXT_PATH = /\/(?:data|stringData|labels|annotations|matchLabels|nodeSelector|env)\//;

/** Warns of values and keys that YAML 1.1 made into something else than text where Kubernetes takes text only. */
export function lintScalars(object: FederatedObject, warn: Warn): void {
  const { template, overrides } = object;
  if (template.ok) new ScalarWalk(object, ['spec', 'template'], [], warn).visit(template.value);
  if (!overrides.ok) return;
  for (const { operations, index } of overrides.value) {
    for (const [at, { op, path, value }] of operations.entries()) {
      if (op === 'remove' || typeof value === 'string' || value === null) continue;
      if (typeof value !== 'object' && !TEXT_PATH.test(path)) continue;
      const base = ['spec', 'overrides', index, 'clusterOverrides', at, 'value'];
      new ScalarWalk(object, base, path.split('/').slice(1), warn).visit(value);
    }
  }
}

/**
 * One walk over a value. Where it is in the object of the member cluster decides whether text is needed there; where it is in the
 * file is for positions. The way is kept in one list for the whole walk: templates are large and findings rare.
 */
class ScalarWalk {
  readonly #object: FederatedObject;
  readonly #base: NodePath;
  readonly #baseLength: number;
  readonly #way: (string | number)[];
  readonly #warn: Warn;

  constructor(object: FederatedObject, base: NodePath, way: readonly string[], warn: Warn) {
    this.#object = object;
    this.#base = base;
    this.#baseLength = way.length;
    this.#way = [...way];
    this.#warn = warn;
  }

  visit(value: JsonValue): void {
    if (typeof value === 'string') return;
    if (isJsonArray(value)) {
      for (const [index, item] of value.entries()) this.#below(index, item);
    } else if (isJsonObject(value)) {
      const isTextMap = this.#isTextMap(this.#way.length);
      for (const key of Object.keys(value)) {
        if (isTextMap) this.#checkKey(key);
        this.#below(key, value[key] ?? null);
      }
    } else if (this.#isText()) {
      this.#report(value);
    }
  }

  #below(key: string | number, value: JsonValue): void {
    if (typeof value === 'string') return;
    this.#way.push(key);
    this.visit(value);
    this.#way.pop();
  }

  #isText(): boolean {
    const way = this.#way;
    const length = way.length;
    return this.#isTextMap(length - 1) || (way[length - 1] === 'value' && way[length - 3] === 'env');
  }

  /** Whether the first `length` steps lead to a mapping of text. */
  #isTextMap(length: number): boolean {
    const last = this.#way[length - 1];
    if (length === 1) return this.#isData(last);
    const isMetadata = this.#way[length - 2] === 'metadata' && (last === 'labels' || last === 'annotations');
    return isMetadata || TEXT_MAPS.has(String(last));
  }

  #isData(name: string | number | undefined): boolean {
    const { group, kind } = this.#object.type.target;
    if (group !== '') return false;
    return kind === 'ConfigMap' ? name === 'data' : kind === 'Secret' && (name === 'data' || name === 'stringData');
  }

  #path(...more: readonly string[]): NodePath {
    return [...this.#base, ...this.#way.slice(this.#baseLength), ...more];
  }

  #report(value: null | boolean | number | bigint): void {
    const path = this.#path();
    const { document, path: root } = this.#object.source;
    const isSecret = isSecretType(this.#object.type);
    const written = isSecret ? undefined : document.scalar([...root, ...path])?.text;
    const read = value === null ? 'null' : isSecret ? describeType(value) : `${describeType(value)}, ${value}`;
    const how =
      written === undefined || written === String(value) ? 'is read as' : `is written ${quote(written)} and read as`;
    const text = `${formatFieldPath(path)} ${how} ${read}; Kubernetes takes text here: put it in quotes.`;
    this.#warn('AmbiguousScalar', path, text);
  }

  /** Only these look as if they had been something else; asking for the original of every key would be slow. */
  #checkKey(key: string): void {
    if (!/^(?:true|false|[-+.\d].*)$/.test(key)) return;
    const path = this.#path(key);
    const { document, path: root } = this.#object.source;
    const written = document.key([...root, ...path]);
    if (written === undefined || !written.plain || written.text === key) return;
    const text = `the key ${quote(written.text)} in ${formatFieldPath(this.#path())} is read as ${quote(key)}: put it in quotes.`;
    this.#warn('AmbiguousScalar', path, text);
  }
}

function isJsonArray(value: JsonValue): value is JsonArray {
  return Array.isArray(value);
}
