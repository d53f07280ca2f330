import type { RefUpdate } from '../../git/index.ts';

/** What a hook asks another process to look at. It goes there as JSON. */
export interface PushRequest {
  readonly hook: 'pre-receive' | 'post-receive' | 'pre-push';
  /** Where git runs the hook. */
  readonly folder: string;
  /** The folder of the repository that is read; `''` for all of it. */
  readonly path: string;
  readonly update: RefUpdate;
  /** Of `pre-push`. */
  readonly remote?: string;
  readonly refusesErrors: boolean;
  readonly colour: boolean;
  readonly columns: number;
}

/** What it says of it. */
export interface PushAnswer {
  /** The summary, lines of plain text. */
  readonly text: string;
  /** Why the push is not to be; sentences. Empty where nothing speaks against it. */
  readonly refusals: readonly string[];
}
