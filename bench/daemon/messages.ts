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
      /** Why it is not in order. */
      readonly message: string | undefined;
      readonly durationMs: number;
      readonly requests: number;
      readonly at: number;
    }
  | { readonly type: 'trouble'; readonly message: string; readonly at: number }
  | { readonly type: 'memory'; readonly memory: Memory; readonly at: number };

/** What a process has taken, in megabytes. */
export interface Memory {
  /** What lives in V8's heap, and what of it is resident for that. */
  readonly usedMb: number;
  readonly heapMb: number;
  /** Buffers and what else belongs to values without being in the heap. */
  readonly externalMb: number;
  readonly residentMb: number;
}

/** What it is asked for. Memory is told as it is, after a collection, or after its heap was written to a file. */
export type Ask =
  | { readonly type: 'hint' }
  | { readonly type: 'memory'; readonly isCollected: boolean; readonly file?: string };

/** How a daemon is started: everything that `gitfed daemon` takes, by the name of its option. */
export interface DaemonFlags {
  readonly source: string;
  readonly 'credentials-dir': string;
  readonly 'data-dir': string;
  readonly 'status-min-interval'?: string;
  readonly 'resync-interval'?: string;
}
