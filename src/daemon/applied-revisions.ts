import type { ClusterResult } from '../apply/index.ts';
import type { DaemonEvent } from './events.ts';

/** Tells when a revision has come to every cluster that can be reached. */
export class AppliedRevisions {
  readonly #onEvent: (event: DaemonEvent) => void;
  #commit = '';
  #committedAt = 0;
  readonly #awaited = new Set<string>();

  constructor(onEvent: (event: DaemonEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Of the last revision; empty before there was one. */
  get commit(): string {
    return this.#commit;
  }

  /** Whether clusters have not made their pass with the last revision yet. */
  get isAwaited(): boolean {
    return this.#awaited.size > 0;
  }

  begin(commit: string, committedAt: number, clusters: readonly string[]): void {
    this.#commit = commit;
    this.#committedAt = committedAt;
    this.#awaited.clear();
    for (const cluster of clusters) this.#awaited.add(cluster);
    if (clusters.length === 0) this.#tell();
  }

  end(commit: string, { cluster }: ClusterResult): void {
    if (commit !== this.#commit || !this.#awaited.delete(cluster)) return;
    if (this.#awaited.size === 0) this.#tell();
  }

  #tell(): void {
    this.#onEvent({ type: 'revisionApplied', commit: this.#commit, committedAt: this.#committedAt });
  }
}
