import { type Finding, isJsonObject, type JsonObject, type JsonValue, type NodePath } from '../core/index.ts';
import { configurationSchema, type Schema } from './configuration-schema.ts';
import { type ReadDocument, readDocuments, top } from './documents.ts';
import { parseDuration } from './duration.ts';
import { field } from './fields.ts';
import type { RepositorySnapshot } from './files.ts';
import { FindingCollector, Subject } from './finding-collector.ts';
import type { Configuration, CountAndPercent, GateSettings, Hold, IgnoreRule } from './model.ts';
import { validateSchema } from './schema-validation.ts';
import { describeType } from './wording.ts';

export interface ReadConfiguration {
  readonly configuration: Configuration;
  readonly findings: readonly Finding[];
  readonly holds: readonly Hold[];
}

/**
 * Reads `gitfed.yaml`. A setting in error counts as its default; every error is `InvalidConfiguration` and holds back deletions.
 * Its own limits do not count for the file itself: the defaults do.
 */
export function readConfiguration(entry: RepositorySnapshot['configuration']): ReadConfiguration {
  const collector = new FindingCollector();
  const value = entry === undefined ? {} : readValue(entry, collector);
  return { configuration: toConfiguration(value), findings: collector.findings, holds: collector.holds };
}

const DEFAULT_LIMITS: Configuration['limits'] = defaultsOf(
  configurationSchema.properties.limits,
) as Configuration['limits'];

function readValue(entry: NonNullable<RepositorySnapshot['configuration']>, collector: FindingCollector): JsonObject {
  if (entry.kind === 'unreadable') {
    collector.addAt('InvalidConfiguration', top(entry.path), entry.message, { hold: true });
    return {};
  }
  const documents = readDocuments(entry, DEFAULT_LIMITS, collector, 'InvalidConfiguration').filter(
    ({ document }) => document.value !== null,
  );
  const [first, second] = documents;
  if (second !== undefined) {
    const source = { document: second.document, path: [] };
    const message = 'Only one document is read from this file: remove this one.';
    collector.add('InvalidConfiguration', source, [], message, { hold: true });
  }
  return first === undefined ? {} : validated(first, collector);
}

/** The value without the settings that are in error. */
function validated({ document, roundedIntegers }: ReadDocument, collector: FindingCollector): JsonObject {
  const source = { document, path: [] };
  const subject = new Subject(collector, { source, label: 'Configuration', code: 'InvalidConfiguration', hold: true });
  const { value } = document;
  if (!isJsonObject(value)) {
    subject.say('InvalidConfiguration', [], `the file must hold a mapping, not ${describeType(value)}`);
    return {};
  }
  const bad: NodePath[] = [...roundedIntegers];
  for (const path of roundedIntegers) subject.report(path, 'is too large a number', 'IntegerOutOfRange');
  validateSchema(value, configurationSchema, [], (path, problem) => {
    bad.push(path);
    subject.report(path, problem);
  });
  return bad.reduce<JsonObject>(without, value);
}

/** `value` without what lies at `path`; a list with a bad item goes as a whole. */
function without(value: JsonObject, path: NodePath): JsonObject {
  const [key, ...rest] = path;
  if (typeof key !== 'string' || !Object.hasOwn(value, key)) return value;
  const item = value[key] ?? null;
  const others = Object.entries(value).filter(([name]) => name !== key);
  if (rest.length === 0 || !isJsonObject(item)) return Object.fromEntries(others);
  return Object.fromEntries([...others, [key, without(item, rest)]]);
}

/** Defaults of a mapping, from its schema. */
function defaultsOf(schema: Schema): JsonObject {
  const entries = Object.entries(schema.properties ?? {}).flatMap(([key, property]): [string, JsonValue][] => {
    if (property.default !== undefined) return [[key, property.default]];
    const defaults = defaultsOf(property);
    // A mapping without any is absent unless it is written.
    return Object.keys(defaults).length === 0 ? [] : [[key, defaults]];
  });
  return Object.fromEntries(entries);
}

function merge(defaults: JsonValue, value: JsonValue | undefined): JsonValue {
  if (value === undefined || value === null) return defaults;
  if (!isJsonObject(defaults) || !isJsonObject(value)) return value;
  const keys = new Set([...Object.keys(defaults), ...Object.keys(value)]);
  return Object.fromEntries(
    [...keys].flatMap((key): [string, JsonValue][] => {
      const merged = merge(field(defaults, key) ?? null, field(value, key));
      return merged === null ? [] : [[key, merged]];
    }),
  );
}

/** The file's shape once it is valid and its defaults are filled in. */
type FileShape = Omit<
  Configuration,
  'suspend' | 'gates' | 'status' | 'observation' | 'failback' | 'ignoreDifferences'
> & {
  readonly observation: { readonly unschedulableAfter: string; readonly progressDeadline: string };
  readonly failback: { readonly stabilization: string };
  readonly gates: Omit<GateSettings, 'maxReplicasLost'> & { readonly maxReplicasLost?: Partial<CountAndPercent> };
  readonly ignoreDifferences: readonly (Omit<IgnoreRule, 'jsonPointers' | 'managers'> & {
    readonly jsonPointers?: readonly string[];
    readonly managedFieldsManagers?: readonly string[];
  })[];
  readonly suspend: boolean | Partial<Configuration['suspend']>;
  readonly status: Omit<Configuration['status'], 'minIntervalSeconds' | 'mode'> & {
    readonly minInterval: string;
    /** `off` without quotes is false in YAML 1.1. */
    readonly mode: Configuration['status']['mode'] | false;
  };
};

function toConfiguration(value: JsonObject): Configuration {
  // Valid by the schema, complete by its defaults: the test of this file holds the two against each other.
  const file = merge(defaultsOf(configurationSchema), value) as unknown as FileShape;
  const { suspend } = file;
  const { minInterval, mode, ...status } = file.status;
  return {
    ...(file.inventory === undefined ? {} : { inventory: file.inventory }),
    templateAnnotations: file.templateAnnotations,
    suspend: {
      all: typeof suspend === 'boolean' ? suspend : (suspend.all ?? false),
      clusters: typeof suspend === 'boolean' ? [] : (suspend.clusters ?? []),
      kinds: typeof suspend === 'boolean' ? [] : (suspend.kinds ?? []),
      namespaces: typeof suspend === 'boolean' ? [] : (suspend.namespaces ?? []),
    },
    prune: file.prune,
    gates: gatesOf(file.gates),
    status: { ...status, mode: mode === false ? 'off' : mode, minIntervalSeconds: parseDuration(minInterval) ?? 10 },
    scheduling: file.scheduling,
    observation: {
      unschedulableAfterSeconds: parseDuration(file.observation.unschedulableAfter) ?? 60,
      progressDeadlineSeconds: parseDuration(file.observation.progressDeadline) ?? 600,
    },
    failover: file.failover,
    failback: { stabilizationSeconds: parseDuration(file.failback.stabilization) ?? 300 },
    credentials: file.credentials,
    limits: file.limits,
    fieldManagers: file.fieldManagers,
    drift: file.drift,
    ignoreDifferences: file.ignoreDifferences.map(({ jsonPointers = [], managedFieldsManagers = [], ...rule }) => ({
      ...rule,
      jsonPointers,
      managers: managedFieldsManagers,
    })),
    keepLive: file.keepLive,
  };
}

function gatesOf({ maxReplicasLost, ...gates }: FileShape['gates']): GateSettings {
  if (maxReplicasLost === undefined) return gates;
  return { ...gates, maxReplicasLost: { count: 0, percent: 0, ...maxReplicasLost } };
}
