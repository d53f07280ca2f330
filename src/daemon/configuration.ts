import path from 'node:path';
import { type JsonValue, jsonEquals } from '../core/index.ts';
import { isRepositoryUrl } from '../git/index.ts';
import { problemsOfSettings } from './configuration-problems.ts';
import type { Forge } from './forge.ts';
import {
  type GivenSetting,
  settingsOfEnvironment,
  settingsOfFile,
  settingsOfFlags,
  type Texts,
  unknownVariables,
} from './given-settings.ts';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { timeMs } from './time-setting.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'json' | 'text';

/** Everything that a daemon is told. Paths are absolute; nothing in it is secret but what a URL may hold. */
export interface DaemonConfiguration {
  /** A folder, or a URL. */
  readonly source: string;
  /** Default: what HEAD of the repository names. */
  readonly ref?: string;
  /** A folder of the repository, relative to its root. */
  readonly path?: string;
  /** Only these. */
  readonly clusters?: readonly string[];
  readonly pollIntervalMs: number;
  readonly resyncIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly listen: ListenAddress;
  readonly webhook: { readonly listen?: ListenAddress; readonly secretFile?: string };
  readonly dataDir?: string;
  readonly credentialsDir?: string;
  readonly kubeconfig?: string;
  readonly ageKeyFile?: string;
  readonly git: {
    readonly tokenFile?: string;
    readonly username?: string;
    readonly credentialsFile?: string;
    readonly sshKeyFile?: string;
    readonly sshKnownHosts?: string;
    readonly caFile?: string;
  };
  readonly verify: {
    readonly mode: 'None' | 'Head' | 'Range';
    readonly allowedSigners?: string;
    readonly allowedGpgKeys?: string;
  };
  readonly allowRewind: boolean;
  readonly status: { readonly author?: string; readonly repository?: string; readonly minIntervalMs?: number };
  readonly notify: {
    readonly webhookUrl?: string;
    readonly webhookSecretFile?: string;
    readonly forgeTokenFile?: string;
    readonly forge?: Forge;
    readonly forgeUrl?: string;
    readonly repository?: string;
    readonly context?: string;
    readonly targetUrl?: string;
  };
  readonly home: {
    readonly kubeconfig?: string;
    readonly inCluster: boolean;
    readonly namespace?: string;
    readonly name?: string;
    readonly leaseDurationMs: number;
  };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

/** Where settings come from; the first that has one wins: flags, environment, file, default. */
export interface ConfigurationInput {
  readonly file?: { readonly name: string; readonly text: string };
  readonly env: Texts;
  /** Options by name, the source under `source`. */
  readonly flags: Texts;
  readonly cwd: string;
}

/** A configuration that may be used. */
export interface LoadedConfiguration {
  readonly configuration: DaemonConfiguration;
  /** Every setting that has a value, by name: a path is absolute. */
  readonly values: ReadonlyMap<string, JsonValue>;
  /** What was given and means nothing. */
  readonly warnings: readonly string[];
}

export type ConfigurationResult =
  | ({ readonly ok: true } & LoadedConfiguration)
  /** All that is wrong, each with its place. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Joins and checks all settings. Reads no file. */
export function loadConfiguration({ file, env, flags, cwd }: ConfigurationInput): ConfigurationResult {
  const sources = [
    settingsOfFlags(flags, cwd),
    settingsOfEnvironment(env, cwd),
    ...(file === undefined ? [] : [settingsOfFile(file.text, file.name, path.dirname(path.resolve(cwd, file.name)))]),
  ];
  const given = new Map(SETTINGS.flatMap(({ name }) => firstGiven(name, sources)));
  const problems = [...sources.flatMap((source) => source.problems), ...problemsOfSettings(given, env)];
  // One that is there and wrong was told already, and nobody knows what a file says that cannot be read.
  const isKnown = sources.every(({ isUnreadable = false }) => !isUnreadable);
  if (isKnown && !given.has('source') && !problems.some((problem) => SOURCE_PROBLEM.test(problem))) {
    problems.push('no repository is named: give it as argument, as GITFED_SOURCE, or as source in the file');
  }
  if (problems.length > 0) return { ok: false, problems };
  const values = new Map(SETTINGS.flatMap((setting) => resolved(setting, given.get(setting.name))));
  return { ok: true, configuration: toConfiguration(values), values, warnings: unknownVariables(env) };
}

const SOURCE_PROBLEM = /^(?:the source |GITFED_SOURCE |.*:\d+: source )/;

function firstGiven(
  name: string,
  sources: readonly { readonly given: ReadonlyMap<string, GivenSetting> }[],
): [string, GivenSetting][] {
  const found = sources.map(({ given }) => given.get(name)).find((setting) => setting !== undefined);
  return found === undefined ? [] : [[name, found]];
}

function resolved({ name, names, schema }: Setting, given: GivenSetting | undefined): [string, JsonValue][] {
  if (given === undefined) return schema.default === undefined ? [] : [[name, schema.default]];
  const { value, folder } = given;
  const isPath = names === 'file' || (names === 'source' && !isRepositoryUrl(String(value)));
  return [[name, isPath ? path.resolve(folder, String(value)) : value]];
}

type Values = ReadonlyMap<string, JsonValue>;

function toConfiguration(values: Values): DaemonConfiguration {
  // Valid by the schema, and complete by its defaults: the tests hold the two against each other.
  return {
    ...below(values, ''),
    git: below(values, 'git.'),
    // Who may sign is not said for nothing.
    verify: { mode: isKnownWhoSigns(values) ? 'Range' : 'None', ...below(values, 'verify.') },
    webhook: below(values, 'webhook.'),
    status: below(values, 'status.'),
    notify: below(values, 'notify.'),
    home: below(values, 'home.'),
    log: below(values, 'log.'),
  } as unknown as DaemonConfiguration;
}

function isKnownWhoSigns(values: Values): boolean {
  return values.has('verify.allowedSigners') || values.has('verify.allowedGpgKeys');
}

/** The settings of one mapping, times and addresses read. */
function below(values: Values, prefix: string): Readonly<Record<string, unknown>> {
  const entries = SETTINGS.flatMap(({ name, names }): [string, unknown][] => {
    const key = name.slice(prefix.length);
    const value = values.get(name);
    if (!name.startsWith(prefix) || key.includes('.') || value === undefined) return [];
    if (names === 'time') return [[`${key}Ms`, timeMs(String(value))]];
    return [[key, names === 'address' ? parseListenAddress(String(value)) : value]];
  });
  return Object.fromEntries(entries);
}

/** What becomes of a new configuration while the old one is at work. */
export interface ConfigurationChange {
  /** The old one with everything that may change at once. */
  readonly next: LoadedConfiguration;
  /** Names of settings that count from now on. */
  readonly applied: readonly string[];
  /** Names of settings that count after a restart. */
  readonly postponed: readonly string[];
}

/** Takes over what may change while the daemon runs. */
export function changeConfiguration(old: LoadedConfiguration, fresh: LoadedConfiguration): ConfigurationChange {
  const changed = SETTINGS.filter(({ name }) => {
    return !jsonEquals(old.values.get(name) ?? null, fresh.values.get(name) ?? null);
  });
  const applied = changed.filter(({ change }) => change === 'live').map(({ name }) => name);
  const postponed = changed.filter(({ change }) => change === 'restart').map(({ name }) => name);
  const values = new Map(
    SETTINGS.flatMap(({ name, change }): [string, JsonValue][] => {
      const value = (change === 'live' ? fresh : old).values.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const next = { configuration: toConfiguration(values), values, warnings: fresh.warnings };
  return { next, applied, postponed };
}
