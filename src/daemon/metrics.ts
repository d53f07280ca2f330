import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '../version.ts';
import type { DaemonEvent } from './events.ts';
import { ClusterMetrics } from './metrics-of-clusters.ts';
import { HomeMetrics } from './metrics-of-home.ts';
import { ObservationMetrics } from './metrics-of-observations.ts';
import { RepositoryMetrics } from './metrics-of-repository.ts';

/** What Prometheus is told. */
export interface Metrics {
  observe(event: DaemonEvent): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
  /** Memory, CPU and event loop of this process. Default true. */
  readonly process?: boolean;
}

/**
 * Counts what happens. Labels are clusters, words of gitfed and one commit: neither names of objects nor anything of their content, so that
 * the number of series is bounded by the fleet, and nothing in them is a secret.
 */
export function createMetrics({ now = Date.now, process = true }: MetricsOptions = {}): Metrics {
  const register = new Registry();
  // A timer every 10 ms, which is the default, would be the most that an idle daemon does.
  if (process) collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 500 });
  const registers = [register];
  new Gauge({
    name: 'gitfed_build_info',
    help: 'The version of gitfed; always 1.',
    labelNames: ['version'],
    registers,
  }).set({ version: VERSION }, 1);
  const clusters = new ClusterMetrics(register, now);
  const repository = new RepositoryMetrics(register, now);
  const observations = new ObservationMetrics(register);
  const home = new HomeMetrics(register);
  const webhooks = new Counter({
    name: 'gitfed_webhook_requests_total',
    help: 'Requests to webhooks, by what became of them.',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const notifications = new Counter({
    name: 'gitfed_notifications_total',
    help: 'Attempts to tell somebody, by what became of them.',
    labelNames: ['target', 'outcome'],
    registers,
  });
  const reloads = new Counter({
    name: 'gitfed_configuration_reloads_total',
    help: 'Changes of the configuration, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    observe(event) {
      switch (event.type) {
        case 'passFinished':
          return clusters.passFinished(event);
        case 'homeJoined':
          return home.joined();
        case 'homeChanged':
          if (!event.isLeader) observations.suspect(0);
          return home.changed(event);
        case 'homeLost':
          observations.suspect(0);
          return home.lost();
        case 'clusterLeft':
          clusters.left(event.cluster);
          return observations.left(event.cluster);
        case 'observed':
          return event.isFollowed === true ? undefined : observations.observed(event);
        case 'observerSuspect':
          return observations.suspect(event.clusters.length);
        case 'observerTrusted':
          return observations.suspect(0);
        case 'podsNotRead':
        case 'podsRead':
          return observations.pods(event.cluster, event.type === 'podsRead');
        case 'clusterReleased':
          clusters.left(event.cluster);
          return observations.left(event.cluster);
        case 'sourceRead':
          return repository.sourceRead(event);
        case 'sourceFailed':
          return repository.sourceFailed();
        case 'revisionAccepted':
          return repository.accepted(event);
        case 'revisionRefused':
          return repository.refused(event);
        case 'revisionApplied':
          return repository.applied(event);
        case 'statusCommitted':
          return repository.statusCommitted(event);
        case 'statusPushed':
          return repository.statusPushed();
        case 'statusFailed':
          return repository.statusFailed(event);
        case 'webhook':
          return webhooks.inc({ provider: event.provider, outcome: event.outcome });
        case 'notification':
          return notifications.inc({ target: event.target, outcome: event.outcome });
        case 'configurationReloaded':
          return reloads.inc({ outcome: 'reloaded' });
        case 'configurationRefused':
          return reloads.inc({ outcome: 'refused' });
        default:
          // Of the others the log tells.
          return;
      }
    },
  };
}
