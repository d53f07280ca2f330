import type { DaemonEvent } from './events.ts';

/** What `/healthz` or `/readyz` answers. */
export interface HealthAnswer {
  readonly ok: boolean;
  /** For people; scripts look at the code of the answer. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Whether a daemon lives, and whether it does what it is for. */
export interface Health {
  observe(event: DaemonEvent): void;
  /** `/healthz`: the loop makes progress. Where not, a restart is what may help. */
  live(): HealthAnswer;
  /** `/readyz`: git was read, there is a revision, and every cluster of its own was seen to once. What comes later does not take that back. */
  ready(): HealthAnswer;
  /** How often git is looked at may change. */
  setPollInterval(milliseconds: number): void;
}

export interface HealthOptions {
  readonly pollIntervalMs: number;
  /** Milliseconds of a clock that goes evenly. Default: that of the process. */
  readonly now?: () => number;
}

/** Longer than git is ever waited for, and than the longest pause after a failure. */
const LONGEST_SILENCE_MS = 900_000;

/** Makes an opinion of what happens. */
export function createHealth({ pollIntervalMs, now = () => performance.now() }: HealthOptions): Health {
  return new ObservedHealth(pollIntervalMs, now);
}

class ObservedHealth implements Health {
  readonly #now: () => number;
  #pollIntervalMs: number;
  /** When the loop gave its last sign. */
  #sign: number;
  #isSourceRead = false;
  #revision: string | undefined;
  #clusters = 0;
  readonly #seen = new Set<string>();
  /** What of the work is this daemon's, where several share it. */
  #home: { readonly clusters: number } | { readonly message: string } | undefined;
  /** Another daemon that works in the same folder. */
  #waitsFor: string | undefined;
  #wasReady = false;
  #isStopping = false;

  constructor(pollIntervalMs: number, now: () => number) {
    this.#pollIntervalMs = pollIntervalMs;
    this.#now = now;
    this.#sign = now();
  }

  setPollInterval(milliseconds: number): void {
    this.#pollIntervalMs = milliseconds;
  }

  observe(event: DaemonEvent): void {
    switch (event.type) {
      case 'sourceRead':
        this.#isSourceRead = true;
        this.#sign = this.#now();
        return;
      case 'sourceFailed':
        this.#sign = this.#now();
        return;
      case 'revisionAccepted':
        this.#revision = event.commit;
        this.#clusters = event.clusters;
        this.#sign = this.#now();
        return;
      case 'passFinished':
        this.#seen.add(event.cluster);
        return;
      case 'clusterLeft':
      case 'clusterReleased':
        this.#seen.delete(event.cluster);
        return;
      case 'folderTaken':
        this.#waitsFor = event.holder;
        return;
      case 'folderFree':
        this.#waitsFor = undefined;
        this.#sign = this.#now();
        return;
      case 'homeChanged':
        this.#home = { clusters: event.clusters };
        return;
      case 'homeLost':
        this.#home = { message: event.message };
        return;
      case 'stopping':
        this.#isStopping = true;
        return;
      default:
        // Webhooks above all are no sign of life: anybody can send them.
        return;
    }
  }

  live(): HealthAnswer {
    const silentMs = this.#now() - this.#sign;
    // While it stops, or waits for another one, it looks at nothing.
    const ok =
      this.#isStopping || this.#waitsFor !== undefined || silentMs < LONGEST_SILENCE_MS + 2 * this.#pollIntervalMs;
    return { ok, body: { status: ok ? 'ok' : 'stuck', secondsSinceLastSign: Math.round(silentMs / 1000) } };
  }

  ready(): HealthAnswer {
    if (this.#isStopping) return { ok: false, body: { status: 'stopping', missing: ['the daemon is stopping'] } };
    const missing = this.#wasReady ? [] : this.#missing();
    const ok = missing.length === 0;
    this.#wasReady = ok;
    return { ok, body: { status: ok ? 'ready' : 'waiting', missing, revision: this.#revision ?? null } };
  }

  #missing(): readonly string[] {
    const home = this.#home;
    const clusters = home !== undefined && 'clusters' in home ? home.clusters : this.#clusters;
    const waiting = clusters - this.#seen.size;
    return [
      ...(this.#waitsFor === undefined ? [] : [`another daemon works in the same folder: ${this.#waitsFor}`]),
      ...(home !== undefined && 'message' in home ? [`no member of the home cluster: ${home.message}`] : []),
      ...(this.#isSourceRead ? [] : ['git was not read yet']),
      ...(this.#revision === undefined ? ['there is no commit that is followed'] : []),
      ...(waiting > 0 ? [`${waiting} of ${clusters} clusters had no pass yet`] : []),
    ];
  }
}
