import { isJsonObject, type JsonObject, type JsonValue, type NodePath } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { parseDuration } from './duration.ts';
import { field, INT64, readInteger, readList, readMapping, readString } from './fields.ts';
import type { FindingCollector, Report } from './finding-collector.ts';
import { readSpec, reportRoundedIntegers, subjectOf } from './metadata.ts';
import type { KubeFedConfig, Scope } from './model.ts';
import { formatChoices, quote } from './wording.ts';

/** The only name under which KubeFed reads its configuration. */
export const KUBEFED_CONFIG_NAME = 'kubefed';

export const DEFAULT_KUBEFED_CONFIG: KubeFedConfig = {
  scope: 'Cluster',
  adoptResources: true,
  featureGates: { PushReconciler: true, RawResourceStatusCollection: false, SchedulerPreferences: true },
  availableDelaySeconds: 20,
  unavailableDelaySeconds: 60,
  clusterHealthCheck: { periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3, successThreshold: 1 },
};

type Gate = keyof KubeFedConfig['featureGates'];
const GATES: readonly Gate[] = ['PushReconciler', 'RawResourceStatusCollection', 'SchedulerPreferences'];
const SWITCH = ['Enabled', 'Disabled'];

/**
 * Reads a KubeFedConfig with KubeFed's defaults and the checks of its webhook. Any error holds back deletions; a field in
 * error counts as its default, but for PushReconciler: a switch that stops everything counts as off.
 */
export function readKubeFedConfig(raw: RawObject, collector: FindingCollector): KubeFedConfig {
  const subject = subjectOf(raw, collector, 'InvalidKubeFedConfig', true);
  const { report } = subject;
  reportRoundedIntegers(raw, subject);
  const spec = readSpec(raw.object, report);
  if (spec === undefined) return DEFAULT_KUBEFED_CONFIG;
  const section = (name: string): Section => new Section(spec, name, report);
  const delays = section('controllerDuration');
  const health = section('clusterHealthCheck');
  const sync = section('syncController');
  const defaults = DEFAULT_KUBEFED_CONFIG;
  const config: KubeFedConfig = {
    scope:
      (readChoice(field(spec, 'scope'), ['spec', 'scope'], ['Cluster', 'Namespaced'], report) as Scope | undefined) ??
      defaults.scope,
    adoptResources: (sync.choice('adoptResources', SWITCH) ?? 'Enabled') === 'Enabled',
    featureGates: readGates(field(spec, 'featureGates'), report),
    availableDelaySeconds: delays.seconds('availableDelay', defaults.availableDelaySeconds),
    unavailableDelaySeconds: delays.seconds('unavailableDelay', defaults.unavailableDelaySeconds),
    clusterHealthCheck: {
      periodSeconds: health.seconds('period', defaults.clusterHealthCheck.periodSeconds),
      timeoutSeconds: health.seconds('timeout', defaults.clusterHealthCheck.timeoutSeconds),
      failureThreshold: health.count('failureThreshold', defaults.clusterHealthCheck.failureThreshold),
      successThreshold: health.count('successThreshold', defaults.clusterHealthCheck.successThreshold),
    },
  };
  delays.seconds('cacheSyncTimeout', 300);
  sync.count('maxConcurrentReconciles', 1);
  section('statusController').count('maxConcurrentReconciles', 1);
  checkLeaderElection(section('leaderElect'), report);
  return config;
}

/** A group of settings below `spec`: each absent one has KubeFed's default. */
class Section {
  readonly #path: NodePath;
  readonly #fields: JsonObject;
  readonly #report: Report;

  constructor(spec: JsonObject, name: string, report: Report) {
    this.#path = ['spec', name];
    this.#fields = readMapping(field(spec, name), this.#path, report) ?? {};
    this.#report = report;
  }

  seconds(name: string, fallback: number): number {
    const path = [...this.#path, name];
    const text = readString(field(this.#fields, name), path, this.#report);
    if (text === undefined) return fallback;
    const seconds = parseDuration(text);
    if (seconds !== undefined && seconds > 0) return seconds;
    const problem = seconds === undefined ? 'is not a duration such as 20s or 1m30s' : 'should be greater than 0';
    this.#report(path, `${quote(text)} ${problem}`);
    return fallback;
  }

  count(name: string, fallback: number): number {
    const path = [...this.#path, name];
    const count = readInteger(field(this.#fields, name), path, INT64, this.#report);
    if (count === undefined) return fallback;
    if (count > 0n) return Number(count);
    this.#report(path, `is ${count}; it should be greater than 0`);
    return fallback;
  }

  choice(name: string, choices: readonly string[]): string | undefined {
    const value = field(this.#fields, name);
    return value === undefined ? undefined : readChoice(value, [...this.#path, name], choices, this.#report);
  }
}

function readChoice(
  value: JsonValue | undefined,
  path: NodePath,
  choices: readonly string[],
  report: Report,
): string | undefined {
  const text = readString(value, path, report);
  if (text === undefined && value !== undefined) return undefined;
  if (text !== undefined && choices.includes(text)) return text;
  const problem =
    text === undefined || text === ''
      ? `is required: ${formatChoices(choices)}`
      : `is ${quote(text)}; it must be ${formatChoices(choices)} (case matters)`;
  report(path, problem);
  return undefined;
}

function readGates(value: JsonValue | undefined, report: Report): KubeFedConfig['featureGates'] {
  const gates = new Map<string, boolean>();
  const path = ['spec', 'featureGates'];
  for (const [index, item] of (readList(value, path, report) ?? []).entries()) {
    if (!isJsonObject(item)) {
      report([...path, index], 'must be a mapping with name and configuration');
      continue;
    }
    const name = readChoice(field(item, 'name'), [...path, index, 'name'], GATES, report);
    const configuration = readChoice(field(item, 'configuration'), [...path, index, 'configuration'], SWITCH, report);
    if (name === undefined) continue;
    if (gates.has(name)) report([...path, index, 'name'], `is ${quote(name)}, which is there twice`);
    if (configuration !== undefined) gates.set(name, configuration === 'Enabled');
    // Somebody means to stop everything, or may.
    else if (name === 'PushReconciler') gates.set(name, false);
  }
  const gate = (name: Gate): boolean => gates.get(name) ?? DEFAULT_KUBEFED_CONFIG.featureGates[name];
  return {
    PushReconciler: gate('PushReconciler'),
    RawResourceStatusCollection: gate('RawResourceStatusCollection'),
    SchedulerPreferences: gate('SchedulerPreferences'),
  };
}

/** gitfed has no use for these, but a KubeFedConfig that KubeFed refuses is not to pass here. */
function checkLeaderElection(section: Section, report: Report): void {
  const path = ['spec', 'leaderElect'];
  const lease = section.seconds('leaseDuration', 15);
  const renew = section.seconds('renewDeadline', 10);
  const retry = section.seconds('retryPeriod', 5);
  section.choice('resourceLock', ['configmaps', 'endpoints']);
  if (lease <= renew) report([...path, 'leaseDuration'], 'must be greater than renewDeadline');
  if (renew <= retry * 1.2) report([...path, 'renewDeadline'], 'must be greater than 1.2 times retryPeriod');
}
