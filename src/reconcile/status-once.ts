import type { ClusterResult } from '../apply/index.ts';
import type { Author, TrackedBranch } from '../git/index.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import type { StatusSource } from './status-source.ts';
import type { StatusState } from './status-states.ts';
import { type StatusReport, StatusWriter } from './status-writer.ts';

/** What one pass has to say. */
export interface StatusOnce {
  readonly branch: TrackedBranch;
  /** The branch as the pass read it. */
  readonly known: Pick<StatusState, 'tip' | 'files' | 'observations'> & { readonly source?: string | undefined };
  readonly source: StatusSource;
  readonly results: readonly ClusterResult[];
  readonly time: Date;
  readonly push: boolean;
  /** Somebody waits for the end of the process: a server that is silent is not waited for. */
  readonly isStopping: boolean;
  readonly author?: Author;
}

/** Writes the status of one pass. Whoever was faster is built upon. */
export async function writeStatusOnce(once: StatusOnce): Promise<StatusReport> {
  const { branch, known, source, results, time, push, isStopping, author } = once;
  const writer = new StatusWriter({
    branch,
    // Times on the branch are those of the pass.
    clock: { ...SYSTEM_CLOCK, now: () => time.getTime() },
    push,
    ...(author === undefined ? {} : { author }),
    ...(isStopping ? { remote: { timeoutMs: 10_000 } } : {}),
  });
  writer.remember({ tip: known.tip, files: known.files, source: known.source, observations: known.observations });
  writer.submit({ source, results });
  return await writer.close();
}
