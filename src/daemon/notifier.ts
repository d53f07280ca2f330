import { randomUUID } from 'node:crypto';
import { withoutCredentials } from '../git/errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import { type CommitStatus, CommitStatuses } from './commit-statuses.ts';
import type { DaemonConfiguration } from './configuration.ts';
import type { DaemonEvent, NotificationTarget } from './events.ts';
import { findForge, statusRequest } from './forge.ts';
import { type Notification, stateSubject } from './notification.ts';
import type { NotificationSecrets } from './notification-secrets.ts';
import { type Letter, type LetterOutcome, Outbox } from './outbox.ts';
import { PacedStatuses } from './paced-statuses.ts';
import { post } from './post.ts';
import { webhookBody, webhookRequest } from './standard-webhook.ts';
import { Transitions } from './transitions.ts';

export interface NotifierOptions {
  readonly configuration: Pick<DaemonConfiguration, 'notify' | 'source'>;
  readonly secrets: Pick<NotificationSecrets, 'keys' | 'token'>;
  readonly onEvent: (event: DaemonEvent) => void;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** One way to tell somebody. */
interface Channel {
  observe(event: DaemonEvent): void;
  close(): Promise<void>;
}

/** Tells of what fails, recovers, drifts and moves: by webhook, and as statuses of commits. Nobody waits for it. */
export class Notifier {
  readonly #channels: readonly Channel[];

  /** @throws {GitfedError} `USAGE` where it cannot be told which forge is meant. */
  constructor(options: NotifierOptions) {
    const { configuration, secrets } = options;
    this.#channels = [
      ...(configuration.notify.webhookUrl === undefined
        ? []
        : [new WebhookChannel(options, configuration.notify.webhookUrl)]),
      ...(secrets.token === undefined ? [] : [new ForgeChannel(options, secrets.token)]),
    ];
  }

  observe(event: DaemonEvent): void {
    // Of objects there are a hundred thousand in a pass over a large fleet.
    if (!TOLD_OF.has(event.type)) return;
    for (const channel of this.#channels) channel.observe(event);
  }

  /** Sends what waits, and gives up on it after some seconds. */
  async close(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.close()));
  }
}

const TOLD_OF: ReadonlySet<DaemonEvent['type']> = new Set<DaemonEvent['type']>([
  'sourceRead',
  'revisionAccepted',
  'revisionRefused',
  'revisionApplied',
  'passFinished',
  'clusterLeft',
  'clusterReleased',
  'passHanded',
  'homeJoined',
  'homeChanged',
  'homeLost',
  'observed',
  'observerSuspect',
  'observerTrusted',
]);

function outboxOf({ clock, random, onEvent }: NotifierOptions, target: NotificationTarget): Outbox {
  return new Outbox({
    clock,
    random,
    send: (request, signal) => post(request, signal, clock.now()),
    onOutcome: ({ what }: Letter, outcome: LetterOutcome) => {
      const why = outcome.type === 'delivered' ? {} : { why: outcome.why };
      onEvent({ type: 'notification', target, what, outcome: outcome.type, ...why });
    },
  });
}

class WebhookChannel implements Channel {
  readonly #options: NotifierOptions;
  readonly #url: string;
  readonly #outbox: Outbox;
  readonly #transitions = new Transitions();
  readonly #alarm: Alarm;
  #inventory: string | undefined;

  constructor(options: NotifierOptions, url: string) {
    this.#options = options;
    this.#url = url;
    this.#outbox = outboxOf(options, 'webhook');
    this.#alarm = new Alarm(options.clock, () => this.#tell(this.#transitions.due(options.clock.elapsed())));
  }

  observe(event: DaemonEvent): void {
    if (event.type === 'revisionAccepted') this.#inventory = event.inventory;
    this.#tell(this.#transitions.observe(event, this.#options.clock.elapsed()));
  }

  async close(): Promise<void> {
    this.#alarm.cancel();
    await this.#outbox.close();
  }

  #tell(notifications: readonly Notification[]): void {
    for (const notification of notifications) this.#outbox.put(this.#letter(notification));
    this.#alarm.set(this.#transitions.nextInMs(this.#options.clock.elapsed()));
  }

  #letter(notification: Notification): Letter {
    const { clock, secrets, configuration } = this.#options;
    const source = {
      repository: withoutCredentials(configuration.notify.repository ?? configuration.source),
      ...(this.#inventory === undefined ? {} : { inventory: this.#inventory }),
    };
    const body = webhookBody(notification, source, new Date(clock.now()));
    const id = `msg_${randomUUID()}`;
    const subject = stateSubject(notification);
    return {
      what: notification.type,
      ...(subject === undefined ? {} : { subject }),
      // The keys may be others at the next attempt.
      request: () => webhookRequest(this.#url, { id, body, keys: secrets.keys, at: new Date(clock.now()) }),
    };
  }
}

class ForgeChannel implements Channel {
  readonly #options: NotifierOptions;
  readonly #firstToken: string;
  readonly #repository: ReturnType<typeof findForge>;
  readonly #outbox: Outbox;
  readonly #statuses = new CommitStatuses();
  readonly #paced: PacedStatuses;
  readonly #alarm: Alarm;

  constructor(options: NotifierOptions, token: string) {
    const { notify, source } = options.configuration;
    this.#options = options;
    this.#firstToken = token;
    this.#repository = findForge({
      url: notify.repository ?? source,
      ...(notify.forge === undefined ? {} : { forge: notify.forge }),
      ...(notify.forgeUrl === undefined ? {} : { apiUrl: notify.forgeUrl }),
    });
    // GitLab refuses a state after itself, also where it is described otherwise.
    const hasWords = this.#repository.forge !== 'gitlab';
    this.#paced = new PacedStatuses((a, b) => a.state === b.state && (!hasWords || a.description === b.description));
    this.#outbox = outboxOf(options, 'forge');
    this.#alarm = new Alarm(options.clock, () => this.#send());
  }

  observe(event: DaemonEvent): void {
    const now = this.#options.clock.elapsed();
    for (const status of this.#statuses.observe(event)) this.#paced.put(status, now);
    this.#send();
  }

  async close(): Promise<void> {
    this.#alarm.cancel();
    await this.#outbox.close();
  }

  #send(): void {
    const now = this.#options.clock.elapsed();
    for (const status of this.#paced.due(now)) this.#outbox.put(this.#letter(status));
    this.#alarm.set(this.#paced.nextInMs(now));
  }

  #letter(status: CommitStatus): Letter {
    const { secrets, configuration } = this.#options;
    const { context = status.inventory === undefined ? 'gitfed' : `gitfed/${status.inventory}`, targetUrl } =
      configuration.notify;
    const isBegun = this.#repository.forge === 'gitlab' && status.state === 'pending';
    return {
      what: `commit.${status.state}`,
      key: status.commit,
      request: () =>
        statusRequest({
          repository: this.#repository,
          token: secrets.token ?? this.#firstToken,
          context,
          status,
          ...(targetUrl === undefined ? {} : { targetUrl }),
        }),
      // A daemon that was started anew says again what GitLab knows, and refuses.
      ...(isBegun ? { isFine: (outcome) => outcome.type === 'refused' && outcome.why === 'HTTP 400' } : {}),
    };
  }
}

/** One timer that is set anew each time. */
class Alarm {
  readonly #clock: Clock;
  readonly #work: () => void;
  #cancel: (() => void) | undefined;
  #isOver = false;

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  set(inMs: number | undefined): void {
    this.#cancel?.();
    this.#cancel = inMs === undefined || this.#isOver ? undefined : this.#clock.schedule(inMs, this.#work);
  }

  /** For good. */
  cancel(): void {
    this.#isOver = true;
    this.set(undefined);
  }
}
