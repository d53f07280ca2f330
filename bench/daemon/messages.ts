/** What a daemon under measurement tells: only what is measured, so that telling costs nothing beside it. */
export type Told =
  | { readonly type: 'applied'; readonly commit: string; readonly at: number }
  | { readonly type: 'status'; readonly source: string; readonly at: number }
  | {
      readonly type: 'pass';
      readonly commit: string;
      readonly cluster: string;
      readonly trigger: string;
      readonly state: string;
      readonly durationMs: number;
      readonly requests: number;
      readonly at: number;
    }
  | { readonly type: 'trouble'; readonly message: string; readonly at: number }
  | { readonly type: 'heap'; readonly usedMb: number; readonly at: number };

/** What it is asked for. */
export type Ask = { readonly type: 'hint' } | { readonly type: 'heap'; readonly file?: string };

/** How a daemon is started: everything that `gitfed daemon` takes, by the name of its option. */
export interface DaemonFlags {
  readonly source: string;
  readonly 'credentials-dir': string;
  readonly 'data-dir': string;
  readonly 'status-min-interval'?: string;
  readonly 'resync-interval'?: string;
}
