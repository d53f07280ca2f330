import type { JsonObject } from '../core/index.ts';

/** What became of an encrypted document: its value without the key data of SOPS, or why there is none, to continue "it is encrypted, and". */
export type Decryption =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly reason: string };

/** What lies at a path of a repository, as a reader in `git/` found it. The only input of {@link buildModel}. */
export type RepositoryEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly content: Uint8Array;
      /** By document of the file, in the order of `readYaml`; absent where nobody tried, or where it is not encrypted. */
      readonly decryptions?: readonly (Decryption | undefined)[];
    }
  /** A file that is there and whose contents are not known: its objects may not be taken for deleted. */
  | {
      readonly kind: 'unreadable';
      readonly path: string;
      readonly reason: 'FileTooLarge' | 'UnreadableFile';
      readonly message: string;
    }
  /** Reported and never followed. `target` is what the link says; it is never opened. */
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'submodule'; readonly path: string }
  /** A directory that belongs to Kustomize or Helm: reported once, not read. `marker` is the file that says so. */
  | { readonly kind: 'foreignDirectory'; readonly path: string; readonly marker: string };

/**
 * A completely read snapshot of the chosen path of a repository.
 *
 * `entries` are sorted by path (`compareText`), paths relative to the repository root with `/` as separator. Only `*.yaml`, `*.yml`, `*.json`
 * are files here. `configuration` is `gitfed.yaml` (at the given path, else at the root), absent when there is none;
 * it is not repeated in `entries`. `complete` is false when a limit of the repository stopped the reading:
 * then nothing may be deleted.
 */
export interface RepositorySnapshot {
  readonly entries: readonly RepositoryEntry[];
  readonly configuration?: Extract<RepositoryEntry, { kind: 'file' | 'unreadable' }>;
  readonly complete: boolean;
}
