import type { ClusterResult } from '../apply/index.ts';
import type { DaemonEvent } from './events.ts';

/** Tells when a revision has come to every cluster that can be reached. */
export class AppliedRevisions {
  readonly #onEvent: (event: DaemonEvent) => void;
  #commit = '';
  #committedAt = 0;
  readonly #awaited = new Set<string>();
  /** Clusters that were not reached last: their next pass may take as long as all attempts to reach them, and is waited for by nobody. */
  readonly #lost = new Set<string>();

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
    for (const cluster of clusters) if (!this.#lost.has(cluster)) this.#awaited.add(cluster);
    if (this.#awaited.size === 0) this.#tell();
  }

  /** A pass has ended, of the last revision or an earlier one. */
  end(commit: string, { cluster, state }: ClusterResult): void {
    const isLost = state === 'NotReady';
    if (isLost) this.#lost.add(cluster);
    else this.#lost.delete(cluster);
    if (commit !== this.#commit && !isLost) return;
    if (this.#awaited.delete(cluster) && this.#awaited.size === 0) this.#tell();
  }

  /** A cluster is not registered any more. */
  leave(cluster: string): void {
    this.#lost.delete(cluster);
  }

  #tell(): void {
    this.#onEvent({ type: 'revisionApplied', commit: this.#commit, committedAt: this.#committedAt });
  }
}
