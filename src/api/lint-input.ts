import type { FindingCode, JsonValue, NodePath, SourceRef } from '../core/index.ts';
import type { FederatedObjects } from './federated-objects.ts';
import type { Federation } from './federation.ts';
import type { FindingCollector } from './finding-collector.ts';
import type { Configuration, FederatedObject, ReplicaSchedulingPreference } from './model.ts';

/** Everything the lints look at. */
export interface LintInput {
  readonly configuration: Configuration;
  readonly federation: Federation;
  readonly read: FederatedObjects;
  /** What is rendered. */
  readonly objects: readonly FederatedObject[];
  readonly preferences: readonly ReplicaSchedulingPreference[];
}

/** Says one thing about an object; `path` is below it. */
export type Warn = (code: FindingCode, path: NodePath, text: string, cluster?: string) => void;

/** Says things about the object at `source`, named `label`. */
export function warner(source: SourceRef, label: string, collector: FindingCollector): Warn {
  return (code, path, text, cluster) => {
    const details = { object: label, ...(cluster === undefined ? {} : { cluster }) };
    collector.add(code, source, path, `${label}: ${text}`, details);
  };
}

/** Name of the federated object that a preference is for. */
export function preferenceTarget({ targetKind, namespace, name }: ReplicaSchedulingPreference): string {
  return `${targetKind}/${namespace}/${name}`;
}

/** The value at a path below an object, `undefined` where there is none. */
export function valueAt(source: SourceRef, path: NodePath): JsonValue | undefined {
  let value: JsonValue | undefined = source.document.value;
  for (const part of [...source.path, ...path]) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, JsonValue>>)[part];
  }
  return value;
}
