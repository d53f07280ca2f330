import type { DaemonEvent } from './events.ts';
import type { LogLines } from './log-lines.ts';
import { Problems } from './problems.ts';

type HomeEvent = Extract<
  DaemonEvent,
  { type: 'homeJoined' | 'homeChanged' | 'homeLost' | 'mailboxFailed' | 'clusterTaken' | 'clusterReleased' }
>;

/** What happens among daemons that share the work. */
export class LogOfHome {
  readonly #lines: LogLines;
  readonly #problems = new Problems();
  #strangers = '';

  constructor(lines: LogLines) {
    this.#lines = lines;
  }

  observe(event: HomeEvent): void {
    switch (event.type) {
      case 'homeJoined': {
        const isBack = this.#problems.end('home');
        const message = isBack
          ? 'the work is shared with other daemons again'
          : 'the work is shared with other daemons';
        this.#lines.write('info', message, { member: event.member });
        return;
      }
      case 'homeChanged':
        this.#changed(event);
        return;
      case 'homeLost': {
        const level = this.#problems.begin('home', event.message) ? 'warn' : 'debug';
        const message = 'no member of the home cluster any more; nothing is written to clusters until it is one again';
        this.#lines.write(level, message, { why: event.message });
        return;
      }
      case 'mailboxFailed':
        this.#lines.write('warn', 'status is not handed over; it is tried again', { why: event.message });
        return;
      case 'clusterTaken':
        this.#lines.write('info', 'a cluster is seen to here from now on', { cluster: event.cluster });
        return;
      case 'clusterReleased':
        this.#lines.write('info', 'a cluster is left to others', { cluster: event.cluster });
        return;
      default:
        event satisfies never;
    }
  }

  #changed({ members, leader, isLeader, clusters, strangers }: Extract<HomeEvent, { type: 'homeChanged' }>): void {
    this.#lines.write('info', 'daemons that share the work', { members, clusters, leader, isLeader });
    const named = strangers.join(', ');
    if (named !== '' && named !== this.#strangers) {
      const message =
        'daemons of the same home.name work on another repository, ref, path or choice of clusters; give all of them the same';
      this.#lines.write('warn', message, { daemons: named });
    }
    this.#strangers = named;
  }
}
