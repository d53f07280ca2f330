import { compareText } from './text-order.ts';

export type FindingSeverity = 'error' | 'warning';

/**
 * Stable names of everything gitfed reports about a repository. Scripts match on them: a code is never renamed.
 * Each has an entry in `docs/findings.md`, which a test holds against this list.
 */
export const FINDING_CODES = {
  // errors
  InvalidYAML: 'error',
  DuplicateKey: 'error',
  FileTooLarge: 'error',
  UnreadableFile: 'error',
  SymlinkOutside: 'error',
  RepositoryTooLarge: 'error',
  IntegerOutOfRange: 'error',
  DuplicateObject: 'error',
  UnknownFederatedType: 'error',
  InvalidObject: 'error',
  InvalidName: 'error',
  InvalidTemplate: 'error',
  InvalidPlacement: 'error',
  InvalidOverride: 'error',
  InvalidOverridePath: 'error',
  DuplicateClusterOverride: 'error',
  DuplicateOverridePath: 'error',
  OverrideFailed: 'error',
  InvalidCluster: 'error',
  InvalidTypeConfig: 'error',
  InvalidKubeFedConfig: 'error',
  InvalidConfiguration: 'error',
  InvalidPreference: 'error',
  PreferenceFailed: 'error',
  PlaintextCredential: 'error',
  EncryptedObject: 'error',
  // warnings
  AnnotationsNotSupported: 'warning',
  FinalizersNotSupported: 'warning',
  OwnerReferencesNotSupported: 'warning',
  NamespaceNotFederated: 'warning',
  IgnoredNamespace: 'warning',
  EmptyPlacement: 'warning',
  UnregisteredCluster: 'warning',
  TargetMissing: 'warning',
  UnsupportedTarget: 'warning',
  OverridePathWithoutSlash: 'warning',
  RetainReplicasConflict: 'warning',
  WaveBeforeNamespace: 'warning',
  ReplicaBounds: 'warning',
  PreferenceHidesDefault: 'warning',
  ReplicasLost: 'warning',
  ReplicasUnplaced: 'warning',
  AmbiguousScalar: 'warning',
  PlaintextSecret: 'warning',
  NotDecrypted: 'warning',
  Symlink: 'warning',
  Submodule: 'warning',
  ForeignDirectory: 'warning',
  NotFederated: 'warning',
  NotSupported: 'warning',
  EmptyRepository: 'warning',
} as const satisfies Record<string, FindingSeverity>;

export type FindingCode = keyof typeof FINDING_CODES;

/**
 * Something a person should know about the repository. An `error` holds its object back; a `warning` holds nothing back.
 *
 * `line` and `column` count from 1; a finding about a whole file or repository has 1 and 1, one about the whole
 * repository has `file: ''`. `message` never holds a value of a Secret.
 */
export interface Finding {
  readonly severity: FindingSeverity;
  readonly code: FindingCode;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Set when the finding is about one cluster only. */
  readonly cluster?: string;
  /** The federated object it is about, as `FederatedDeployment/shop/web`. */
  readonly object?: string;
}

/** Total order: file, line, column, code, cluster, object, message. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.code, b.code) ||
    compareText(a.cluster ?? '', b.cluster ?? '') ||
    compareText(a.object ?? '', b.object ?? '') ||
    compareText(a.message, b.message)
  );
}
