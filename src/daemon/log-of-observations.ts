import type { DaemonEvent } from './events.ts';
import type { LogLines } from './log-lines.ts';

type ObservationEvent = Extract<
  DaemonEvent,
  { type: 'observed' | 'observerSuspect' | 'observerTrusted' | 'podsNotRead' | 'podsRead' }
>;

/** So many moves of one plan get a line each. */
const MOST_MOVES = 20;

/** What is made of what runs in the members. */
export class LogOfObservations {
  readonly #lines: LogLines;

  constructor(lines: LogLines) {
    this.#lines = lines;
  }

  observe(event: ObservationEvent): void {
    switch (event.type) {
      case 'observed':
        this.#observed(event);
        return;
      case 'observerSuspect': {
        const message =
          'too many clusters are lost at once: it may be this process that is cut off, and no replicas move';
        this.#lines.write('warn', message, {
          clusters: event.clusters.length,
          names: event.clusters.join(', '),
        });
        return;
      }
      case 'observerTrusted':
        this.#lines.write('info', 'the clusters that seemed lost are back, or somebody confirmed that they are gone');
        return;
      case 'podsNotRead': {
        const message = 'pods cannot be read; replicas that a cluster has no room for stay there';
        this.#lines.write('warn', message, { cluster: event.cluster, why: event.message });
        return;
      }
      case 'podsRead':
        this.#lines.write('info', 'pods can be read again', { cluster: event.cluster });
        return;
      default:
        event satisfies never;
    }
  }

  #observed({ commit: revision, tree, moves }: Extract<DaemonEvent, { type: 'observed' }>): void {
    this.#lines.write('info', 'replicas were planned anew from what runs', { revision, tree, moves: moves.length });
    for (const { workload, cluster, from, to } of moves.slice(0, MOST_MOVES)) {
      const numbers = {
        ...(from === undefined ? {} : { from: Number(from) }),
        ...(to === undefined ? {} : { to: Number(to) }),
      };
      const fields = { cluster, revision, object: workload, ...numbers };
      this.#lines.write('info', 'a cluster gets another number of replicas', fields);
    }
  }
}
