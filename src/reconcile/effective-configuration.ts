import { type Model, type RepositorySnapshot, readConfiguration } from '../api/index.ts';
import { isJsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';

/** What is known from before a `gitfed.yaml` was broken. */
export interface RememberedConfiguration {
  /** `status.json` of the last pass, or as much of it as is needed. */
  readonly summary: string | undefined;
  /** The model was made with all settings that counted before. */
  readonly isComplete: boolean;
  readonly snapshot: RepositorySnapshot;
}

/**
 * The model, with what a broken `gitfed.yaml` must not forget: the name of the inventory, without which everything would be taken for
 * somebody else's, and what is suspended. Both are taken from the last pass, whose summary the status branch keeps. Where nobody remembers
 * what is to be left alone in members, drift is only reported.
 *
 * @throws {GitfedError} `CONFIG` when there was no pass yet.
 */
export function withRememberedConfiguration(
  model: Model,
  { summary, isComplete, snapshot }: RememberedConfiguration,
): Model {
  const broken = model.findings.find(({ code }) => code === 'InvalidConfiguration');
  if (broken === undefined) return model;
  const last = summary === undefined ? undefined : parse(summary);
  if (!isJsonObject(last) || typeof last.inventory !== 'string') {
    const { file, line, column, message } = broken;
    throw new GitfedError('CONFIG', `${file}:${line}:${column}: ${message} Nothing was applied.`);
  }
  const { configuration } = model;
  const suspended = isJsonObject(last.suspend) ? last.suspend : {};
  const union = (now: readonly string[], before: JsonValue | undefined): readonly string[] => [
    ...new Set([...now, ...(Array.isArray(before) ? before.filter((item) => typeof item === 'string') : [])]),
  ];
  // What can be read of it still counts: somebody may be about to stop a member.
  const { suspend } = readConfiguration(snapshot.configuration).configuration;
  return {
    ...model,
    configuration: {
      ...configuration,
      inventory: configuration.inventory ?? last.inventory,
      drift: isComplete ? configuration.drift : { policy: 'Report' },
      suspend: {
        all: configuration.suspend.all || suspend.all || suspended.all === true,
        clusters: union(suspend.clusters, suspended.clusters),
        kinds: union(suspend.kinds, suspended.kinds),
        namespaces: union(suspend.namespaces, suspended.namespaces),
      },
    },
  };
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
