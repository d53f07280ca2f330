import type { ClusterResult } from '../apply/index.ts';
import type { Pass } from '../reconcile/read-pass.ts';

/** Where results go that are to be committed to the status branch. */
export interface StatusSink {
  /** A revision is what counts from now on. */
  begin(pass: Pass): void;
  submit(result: ClusterResult): void;
  /** What was submitted is committed, or it was tried. */
  flush(): Promise<void>;
}
