import type { StructuralSchema } from './structural-schema.ts';
import type { MergeSchema } from './types.ts';

/** A column of `kubectl get`, by a JSON path as CustomResourceDefinitions have them. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

/** Where a custom resource has what its `scale` subresource shows: as paths of field names. */
export interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  /** Of a label selector in text form. */
  readonly selector?: readonly string[];
}

/** A kind in one version, as this API server serves it. */
export interface SandboxResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** `status` is written through its subresource only. */
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  /** `metadata.generation` counts the changes of what is not status. */
  readonly hasGeneration: boolean;
  readonly isCustom: boolean;
  readonly columns?: readonly PrinterColumn[];
  /** Of custom resources. */
  readonly schema?: StructuralSchema;
  readonly mergeSchema: MergeSchema;
}

/** Under which name a kind is stored, in whatever version it is written. */
export function storageKey({ group, plural }: Pick<SandboxResource, 'group' | 'plural'>): string {
  return `${group}/${plural}`;
}

export function apiVersionOf({ group, version }: Pick<SandboxResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
