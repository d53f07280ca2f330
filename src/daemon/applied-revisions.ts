import type { ClusterResult } from '../apply/index.ts';
import type { DaemonEvent } from './events.ts';

/** Tells when a revision has come to every cluster that can be reached. */
export class AppliedRevisions {
  readonly #onEvent: (event: DaemonEvent) => void;
  #commit = '';
  #committedAt = 0;
  readonly #awaited = new Set<string>();
  /** Whether it was told of the last revision. */
  #isTold = true;
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

  /** @param clusters whose passes are waited for. @param isShared others may have some, so that none of ours does not mean none. */
  begin(commit: string, committedAt: number, clusters: readonly string[], isShared = false): void {
    this.#commit = commit;
    this.#committedAt = committedAt;
    this.#awaited.clear();
    this.#isTold = false;
    for (const cluster of clusters) if (!this.#lost.has(cluster)) this.#awaited.add(cluster);
    if (this.#awaited.size === 0 && !isShared) this.#tell();
  }

  /** A pass has ended, of the last revision or an earlier one. */
  end(commit: string, { cluster, state }: ClusterResult): void {
    const isLost = state === 'NotReady';
    if (isLost) this.#lost.add(cluster);
    else this.#lost.delete(cluster);
    if (commit !== this.#commit && !isLost) return;
    if (this.#awaited.delete(cluster) && this.#awaited.size === 0) this.#tell();
  }

  /** A cluster is somebody else's, or not registered any more. */
  leave(cluster: string): void {
    this.#lost.delete(cluster);
    this.#awaited.delete(cluster);
  }

  /** A cluster is ours from now on. What was told already is not told again for it. */
  take(cluster: string): void {
    if (!this.#isTold) this.#awaited.add(cluster);
  }

  #tell(): void {
    this.#isTold = true;
    this.#onEvent({ type: 'revisionApplied', commit: this.#commit, committedAt: this.#committedAt });
  }
}
