import type { DaemonEvent } from './events.ts';
import type { LogLines } from './log-lines.ts';
import { Problems } from './problems.ts';

type NotificationEvent = Extract<DaemonEvent, { type: 'notification' }>;

/** A receiver that is dead for a day gets no thousand lines. */
const PAUSE_MS = 60_000;

/** Who was told, or could not be: when it begins to fail, and when it works again. */
export class LogOfNotifications {
  readonly #lines: LogLines;
  readonly #now: () => number;
  readonly #problems = new Problems();
  readonly #toldAt = new Map<string, number>();
  readonly #untold = new Map<string, number>();

  constructor(lines: LogLines, now: () => number) {
    this.#lines = lines;
    this.#now = now;
  }

  observe({ target, what, outcome, why }: NotificationEvent): void {
    const because = why === undefined ? {} : { why };
    if (outcome === 'delivered') {
      this.#lines.write('debug', 'a notification was delivered', { target, notification: what });
      if (this.#problems.end(target)) this.#lines.write('info', 'notifications are delivered again', { target });
      return;
    }
    if (outcome === 'delayed') {
      if (!this.#problems.begin(target, why ?? '')) return;
      this.#lines.write('warn', 'a notification could not be delivered; it is tried again', {
        target,
        notification: what,
        ...because,
      });
      return;
    }
    const dropped = (this.#untold.get(target) ?? 0) + 1;
    this.#untold.set(target, dropped);
    const toldAt = this.#toldAt.get(target);
    if (toldAt !== undefined && this.#now() - toldAt < PAUSE_MS) return;
    this.#toldAt.set(target, this.#now());
    this.#untold.set(target, 0);
    this.#lines.write('warn', 'notifications were given up', {
      target,
      notification: what,
      notifications: dropped,
      ...because,
    });
  }
}
