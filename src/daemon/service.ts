import path from 'node:path';
import { SYSTEM_CLOCK } from '../reconcile/clock.ts';
import type { DaemonConfiguration } from './configuration.ts';
import { createEndpoints } from './endpoints.ts';
import type { DaemonEvent } from './events.ts';
import { freeMemory, residentBytes } from './free-memory.ts';
import { createHealth } from './health.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { createLog, type Log } from './log.ts';
import type { LogStream } from './log-lines.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { createMetrics } from './metrics.ts';
import { NotificationSecrets } from './notification-secrets.ts';
import { Notifier } from './notifier.ts';
import { type ConfigurationSource, readDaemonConfiguration } from './read-configuration.ts';
import { Reload } from './reload.ts';
import { watchSettings } from './watched-settings.ts';
import { createWebhook } from './webhook.ts';
import { WebhookSecrets } from './webhook-secrets.ts';

/** What follows git and keeps the members in order. */
export interface DaemonLoop {
  /** Something may be new in the source. */
  hint(): void;
  /** Takes over what may change while it runs. */
  reconfigure(configuration: DaemonConfiguration): void;
  /** Until it was stopped, and everything has ended. */
  readonly finished: Promise<void>;
}

export interface LoopOptions {
  readonly configuration: DaemonConfiguration;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Ends it: what is being written is written, and the status is committed. */
  readonly signal: AbortSignal;
}

/** Starts the loop. @throws {GitfedError} `USAGE` where it cannot begin. */
export type StartLoop = (options: LoopOptions) => DaemonLoop | Promise<DaemonLoop>;

export interface ServiceOptions {
  readonly source: ConfigurationSource;
  readonly startLoop: StartLoop;
  readonly logStream: LogStream;
  readonly signal: AbortSignal;
  /** Calls back whenever somebody asks to read the configuration again. @returns how to end that. */
  readonly onReloadRequest?: (listener: () => void) => () => void;
}

/**
 * Runs a daemon with its log, metrics, health and webhooks until it is stopped.
 *
 * @throws {GitfedError} `USAGE` where it cannot begin: a setting, a file or an address cannot be used.
 */
export async function runService({
  source,
  startLoop,
  logStream,
  signal,
  onReloadRequest,
}: ServiceOptions): Promise<void> {
  const loaded = await readDaemonConfiguration(source);
  const { configuration } = loaded;
  const secrets = new WebhookSecrets();
  const notificationSecrets = new NotificationSecrets();
  const readSecrets = async ({ webhook, notify }: DaemonConfiguration): Promise<void> => {
    await secrets.read(webhook.secretFile, textOf(source.env['GITFED_WEBHOOK_SECRET']));
    await notificationSecrets.read({ notify }, source.env);
  };
  await readSecrets(configuration);
  const log = createLog(configuration.log, logStream);
  for (const warning of loaded.warnings) log.write('warn', warning);
  const metrics = createMetrics();
  const health = createHealth(configuration);
  const memory = new MemoryKeeper({ clock: SYSTEM_CLOCK, resident: residentBytes, free: freeMemory });
  let branch: string | undefined;
  const notifier = new Notifier({
    configuration,
    secrets: notificationSecrets,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    onEvent: (event) => onEvent(event),
  });
  const onEvent = (event: DaemonEvent): void => {
    if (event.type === 'started' || event.type === 'sourceRead') branch = event.branch;
    log.observe(event);
    metrics.observe(event);
    health.observe(event);
    memory.observe(event);
    notifier.observe(event);
  };
  let loop: DaemonLoop | undefined;
  const webhook = createWebhook({
    secrets: () => secrets.current,
    branch: () => branch,
    onHint: () => loop?.hint(),
    onEvent,
  });
  await using servers = new Servers(log);
  const endpoints = createEndpoints(health, metrics);
  const { listen, webhook: webhooks } = configuration;
  await servers.start(listen, (at) => endpoints(at) ?? (webhooks.listen === undefined ? webhook(at) : undefined));
  if (webhooks.listen !== undefined) await servers.start(webhooks.listen, webhook);
  // Of its own: what watches ends with the loop, also where nobody stopped it.
  const ended = new AbortController();
  const running = await startLoop({ configuration, onEvent, signal });
  loop = running;
  const reload = new Reload({
    first: loaded,
    read: () => readDaemonConfiguration(source),
    log,
    onEvent,
    readFiles: readSecrets,
    apply(next) {
      log.setLevel(next.log.level);
      health.setPollInterval(next.pollIntervalMs);
      running.reconfigure(next);
    },
  });
  const watching = watch(filesOf(source, configuration), () => void reload.run(false), log, ended.signal);
  const unsubscribe = onReloadRequest?.(() => void reload.run(true));
  try {
    await running.finished;
  } finally {
    await notifier.close();
    memory.close();
    unsubscribe?.();
    ended.abort();
    await watching;
  }
}

function textOf(value: string | boolean | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Files whose change is a change of the configuration. */
function filesOf({ file, cwd }: ConfigurationSource, { webhook, notify }: DaemonConfiguration): readonly string[] {
  const secrets = [webhook.secretFile, notify.webhookSecretFile, notify.forgeTokenFile];
  return [...(file === undefined ? [] : [path.resolve(cwd, file)]), ...secrets.filter((name) => name !== undefined)];
}

async function watch(files: readonly string[], onChange: () => void, log: Log, signal: AbortSignal): Promise<void> {
  try {
    await watchSettings(files, onChange, signal);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    log.write('warn', 'files of the configuration cannot be watched; SIGHUP has them read again', { why });
  }
}

/** The servers of one daemon. */
class Servers implements AsyncDisposable {
  readonly #log: Log;
  readonly #servers: HttpServer[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  async start(address: ListenAddress, routes: Parameters<typeof startHttpServer>[1]): Promise<void> {
    const server = await startHttpServer(address, routes);
    this.#servers.push(server);
    this.#log.write('info', 'listening', { address: formatListenAddress(server.address) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
