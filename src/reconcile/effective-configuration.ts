import type { Model } from '../api/index.ts';
import { isJsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';

/**
 * The model, with what a broken `gitfed.yaml` must not forget: the name of the inventory, without which everything would be taken for
 * somebody else's, and what is suspended. Both are taken from the last pass, whose summary the status branch keeps.
 *
 * @throws {GitfedError} `CONFIG` when there was no pass yet.
 */
export function withRememberedConfiguration(model: Model, summary: string | undefined): Model {
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
  const { suspend } = configuration;
  return {
    ...model,
    configuration: {
      ...configuration,
      inventory: configuration.inventory ?? last.inventory,
      suspend: {
        all: suspend.all || suspended.all === true,
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
