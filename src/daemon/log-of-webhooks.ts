import type { DaemonEvent } from './events.ts';
import type { LogLines } from './log-lines.ts';

type WebhookEvent = Extract<DaemonEvent, { type: 'webhook' }>;

/** Whoever knocks on the door ten thousand times gets no ten thousand lines. */
const PAUSE_MS = 60_000;

/** Requests to webhooks: who is let in shows by what is fetched then, who is not shows once a minute. */
export class LogOfWebhooks {
  readonly #lines: LogLines;
  readonly #now: () => number;
  #toldAt: number | undefined;
  #untold = 0;

  constructor(lines: LogLines, now: () => number) {
    this.#lines = lines;
    this.#now = now;
  }

  observe({ provider, outcome }: WebhookEvent): void {
    if (outcome === 'accepted' || outcome === 'ignored') {
      this.#lines.write('debug', `a webhook was ${outcome}`, { provider });
      return;
    }
    this.#untold += 1;
    if (this.#toldAt !== undefined && this.#now() - this.#toldAt < PAUSE_MS) return;
    this.#lines.write('warn', 'requests to webhooks were turned away', { provider, outcome, requests: this.#untold });
    this.#toldAt = this.#now();
    this.#untold = 0;
  }
}
