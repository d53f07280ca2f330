import type { ApiResource, FederatedType } from '../api/index.ts';
import type { Finding, JsonObject } from '../core/index.ts';
import type { FileChange, TypeSource, WritePlace } from './enable-options.ts';
import type { LiveSource } from './type-discovery.ts';

/** What becomes of a Secret: it is written as it is, encrypted with SOPS for these recipients of age, or left out. */
export type SecretsPolicy = 'plain' | 'omit' | { readonly ageRecipients: readonly string[] };

/** Where the objects come from. */
export type FederateSource =
  | { readonly kind: 'file'; readonly file: Extract<TypeSource, { kind: 'file' }>; readonly kinds?: LiveSource }
  | { readonly kind: 'object'; readonly cluster: LiveSource; readonly type: string; readonly name: string }
  /** A namespace with everything in it. */
  | { readonly kind: 'contents'; readonly cluster: LiveSource; readonly name: string };

export interface FederateOptions {
  /** The repository, or a folder in it that is read as one. Absolute. */
  readonly folder: string;
  readonly source: FederateSource;
  /** Of the object, or of objects of a file that name none. Default: that of the context, else `default`; none for a file. */
  readonly namespace?: string | undefined;
  /** Groups and kinds that are not looked at, as people spell them. */
  readonly skip: readonly string[];
  /** Writes the FederatedTypeConfigs that are missing, too. */
  readonly enableType: boolean;
  /** Of new federated objects. Default: every cluster. Those that are there keep theirs. */
  readonly placement?: FederatePlacement | undefined;
  /** Without it, a Secret is an error. */
  readonly secrets?: SecretsPolicy | undefined;
  readonly place: WritePlace;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface FederatePlacement {
  readonly clusters?: readonly string[];
  readonly clusterSelector?: JsonObject;
}

/** An object as it was found, before anything is left out of it. */
export interface FoundObject {
  readonly resource: ApiResource;
  /** `''` for one in no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
}

/** What is not federated, and why: `reason` continues a sentence that begins with `object`. */
export interface LeftOut {
  /** `Secret/shop/robot-token`. */
  readonly object: string;
  readonly reason: string;
}

/** What the source gave. */
export interface Found {
  readonly objects: readonly FoundObject[];
  readonly leftOut: readonly LeftOut[];
}

export interface FederateResult {
  readonly files: readonly FileChange[];
  /** False with `dryRun`, and where nothing was to be written. */
  readonly written: boolean;
  /** Federated objects that are there, or would be, in the order in which they were found. */
  readonly objects: readonly string[];
  readonly types: readonly FederatedType[];
  readonly leftOut: readonly LeftOut[];
  /** Warnings that the repository did not have before. */
  readonly findings: readonly Finding[];
  /** Sentences for people. */
  readonly notes: readonly string[];
}
