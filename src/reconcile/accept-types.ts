import type { FederatedObject, Model } from '../api/index.ts';
import type { FieldStep, JsonValue, ObjectId, Position } from '../core/index.ts';
import type { SyncOptions } from './types.ts';

export interface AcceptOptions
  extends Pick<
    SyncOptions,
    'credentialsDir' | 'kubeconfig' | 'ageKeyFile' | 'requestTimeoutMs' | 'signal' | 'onEvent' | 'memory' | 'now'
  > {
  /** A folder of a work tree: only files are edited, never a commit. */
  readonly folder: string;
  /** Which object of the repository is meant. */
  readonly choose: (model: Model) => FederatedObject;
  /** Only the drift of these clusters, which goes into their overrides. Default: that of every cluster that has the object. */
  readonly clusters?: readonly string[];
  /** Only what has drifted at these paths, or below. Default: everything. */
  readonly fields?: readonly (readonly FieldStep[])[];
  /** Write into the template, also where other clusters get it too. */
  readonly template?: boolean;
  /** Write nothing. */
  readonly dryRun?: boolean;
}

/** A drifted field that the repository has now. */
export interface AcceptedField {
  /** As `.spec.replicas`. */
  readonly path: string;
  readonly clusters: readonly string[];
  /** That get it with the template, though it did not drift there. */
  readonly others: readonly string[];
  readonly into: 'template' | 'override';
  /** The live value; absent where the field was removed. */
  readonly value?: JsonValue;
  /** In the edited file. */
  readonly place: Position & { readonly file: string };
}

/** Drift that stays drift, and why: a sentence. */
export interface NotAcceptedField {
  /** Absent for what is said of the whole object. */
  readonly path?: string;
  readonly clusters: readonly string[];
  readonly reason: string;
}

/** A file that is edited. */
export interface FileEdit {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** How many lines around the edit may be shown: none where a Secret may be near. */
  readonly context: number;
}

export interface AcceptResult {
  /** The commit that the members were compared with. */
  readonly commit: string;
  /** `FederatedDeployment/shop/web`. */
  readonly object: string;
  readonly target: ObjectId;
  readonly accepted: readonly AcceptedField[];
  readonly notAccepted: readonly NotAcceptedField[];
  /** Absent where there was nothing to write. */
  readonly edit?: FileEdit;
  /** Whether the file was written. */
  readonly written: boolean;
  /** Nothing of what was asked for is left. */
  readonly ok: boolean;
}
