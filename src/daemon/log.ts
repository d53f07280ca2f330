import type { LogFormat, LogLevel } from './configuration.ts';
import type { DaemonEvent } from './events.ts';
import { createLogLines, type LogFields, type LogStream } from './log-lines.ts';
import { LogOfClusters } from './log-of-clusters.ts';
import { LogOfHome } from './log-of-home.ts';
import { LogOfNotifications } from './log-of-notifications.ts';
import { LogOfObservations } from './log-of-observations.ts';
import { LogOfRepository } from './log-of-repository.ts';
import { LogOfWebhooks } from './log-of-webhooks.ts';

/** What is written about a daemon. */
export interface Log {
  observe(event: DaemonEvent): void;
  /** Something that is no event. */
  write(level: LogLevel, message: string, fields?: LogFields): void;
  setLevel(level: LogLevel): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Milliseconds of any clock that goes evenly. Default: that of the process. */
  readonly now?: () => number;
}

/**
 * Writes what happens: a problem when it begins, changes or ends, not at every attempt; a pass in which something was done; nothing while all
 * is as it was.
 */
export function createLog({ now = () => performance.now(), ...options }: LogOptions, stream: LogStream): Log {
  const lines = createLogLines(options, stream);
  const repository = new LogOfRepository(lines);
  const clusters = new LogOfClusters(lines);
  const observations = new LogOfObservations(lines);
  const home = new LogOfHome(lines);
  const webhooks = new LogOfWebhooks(lines, now);
  const notifications = new LogOfNotifications(lines, now);
  return {
    write: lines.write,
    setLevel: lines.setLevel,
    observe(event) {
      switch (event.type) {
        case 'started':
        case 'sourceRead':
        case 'sourceFailed':
        case 'refsNotWatched':
        case 'revisionAccepted':
        case 'revisionRefused':
        case 'revisionApplied':
        case 'statusCommitted':
        case 'statusPushed':
        case 'statusFailed':
          return repository.observe(event);
        case 'passStarted':
        case 'object':
        case 'passFinished':
        case 'clusterLeft':
          return clusters.observe(event);
        case 'passHanded':
          // Told by the daemon whose cluster it is.
          return;
        case 'observed':
        case 'observerSuspect':
        case 'observerTrusted':
        case 'podsNotRead':
        case 'podsRead':
          return observations.observe(event);
        case 'homeJoined':
        case 'homeChanged':
        case 'homeLost':
        case 'mailboxFailed':
        case 'clusterTaken':
        case 'clusterReleased':
          if (event.type === 'clusterReleased') clusters.forget(event.cluster);
          return home.observe(event);
        case 'webhook':
          return webhooks.observe(event);
        case 'notification':
          return notifications.observe(event);
        case 'configurationReloaded':
          return lines.write('info', 'the configuration was reloaded');
        case 'configurationRefused':
          return lines.write('warn', 'the new configuration is not used; the old one stays', { why: event.message });
        case 'folderTaken': {
          const message = 'another daemon works in this folder; this one begins when that one has ended';
          return lines.write('warn', message, { folder: event.folder, holder: event.holder });
        }
        case 'folderFree':
          return lines.write('info', 'nobody else works in this folder any more');
        case 'stopping':
          return lines.write('info', 'stopping: what is being written is finished first');
        case 'stopped':
          return lines.write('info', 'stopped');
        default:
          return event satisfies never;
      }
    },
  };
}
