import { type Finding, type JsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import { toJsonInteger } from './integers.ts';
import { manifestJson } from './serialize.ts';
import type { Rendering } from './types.ts';

/**
 * The JSON text of a rendering, in pieces: `clusters` with every registered cluster and its objects in apply order, `replicas` with what
 * preferences scheduled, `findings`. One object a line; shared manifests are serialised once.
 */
export function* formatRendering({ clusters, replicas, findings }: Rendering): Generator<string> {
  yield '{"clusters":{';
  for (const [index, { cluster, objects }] of clusters.entries()) {
    yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(cluster)}:[`;
    for (const [at, { manifest }] of objects.entries()) yield `${at === 0 ? '\n' : ',\n'}${manifestJson(manifest)}`;
    yield ']';
  }
  yield `},\n"replicas":${stringifyJson(replicasToJson(replicas))},\n"findings":[`;
  for (const [index, finding] of findings.entries()) {
    yield `${index === 0 ? '\n' : ',\n'}${stringifyJson(findingToJson(finding))}`;
  }
  yield ']}\n';
}

/** The same as a value. Shares the manifests. */
export function renderingToJson({ clusters, replicas, findings }: Rendering): JsonObject {
  return {
    clusters: Object.fromEntries(
      clusters.map(({ cluster, objects }) => [cluster, objects.map(({ manifest }) => manifest)]),
    ),
    replicas: replicasToJson(replicas),
    findings: findings.map(findingToJson),
  };
}

function replicasToJson(replicas: Rendering['replicas']): JsonObject {
  return Object.fromEntries(
    [...replicas].map(([object, planned]) => [
      object,
      Object.fromEntries([...planned].map(([cluster, count]): [string, JsonValue] => [cluster, toJsonInteger(count)])),
    ]),
  );
}

/** A finding with its fields in the documented order. */
export function findingToJson(finding: Finding): JsonObject {
  const { severity, code, message, file, line, column, cluster, object } = finding;
  return {
    severity,
    code,
    message,
    file,
    line,
    column,
    ...(cluster === undefined ? {} : { cluster }),
    ...(object === undefined ? {} : { object }),
  };
}
