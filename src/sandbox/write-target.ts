import type { JsonObject } from '../core/index.ts';
import type { SandboxResource } from './served-resource.ts';

/** Which object is written, by whom, and whether for real. */
export interface WriteTarget {
  readonly resource: SandboxResource;
  readonly namespace: string;
  /** `''` for one that is created under the name in its body. */
  readonly name: string;
  readonly subresource: string;
  readonly manager: string;
  readonly dryRun: boolean;
}

export interface Written {
  readonly object: JsonObject;
  readonly isNew: boolean;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}
