import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildModel, type Model } from '../../src/api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from '../../src/core/index.ts';
import { parseObservations, type Observations, type Rendering } from '../../src/render/index.ts';

/** What KubeFed made of the objects of one vector. */
export interface RenderVector {
  readonly kubeFedClusters: readonly JsonObject[];
  readonly federatedTypeConfig: JsonObject;
  readonly federatedNamespace?: JsonObject;
  readonly federatedObject: JsonObject;
  readonly replicaSchedulingPreference?: JsonObject;
  readonly observed?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly replicas?: Readonly<Record<string, number>>;
  readonly expected: {
    readonly clusters: Readonly<Record<string, JsonObject>> | null;
    readonly errors?: Readonly<Record<string, string>>;
    readonly error?: string;
    readonly events?: readonly string[];
  };
}

/** One vector for each line. */
export function readVectors<T>(file: string): readonly T[] {
  const lines = readFileSync(path.join(import.meta.dirname, file), 'utf8').trimEnd().split('\n');
  return lines.map((line) => parseJson(line) as unknown as T);
}

/** The repository of a vector, with annotations in templates dropped as KubeFed does. */
export function modelOfVector(vector: RenderVector): Model {
  const objects = [
    ...vector.kubeFedClusters,
    withTargetNamespace(vector.federatedTypeConfig),
    ...(vector.federatedNamespace === undefined ? [] : [vector.federatedNamespace]),
    vector.federatedObject,
    ...(vector.replicaSchedulingPreference === undefined ? [] : [vector.replicaSchedulingPreference]),
  ];
  const configuration = {
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'gitfed' },
    templateAnnotations: 'Drop',
  };
  return buildModel({
    entries: objects.map((object, index) => fileOf(`${String(index).padStart(3, '0')}.json`, object)),
    configuration: fileOf('gitfed.yaml', configuration),
    complete: true,
  });
}

/** KubeFed keeps FederatedTypeConfigs in the system namespace; the vectors leave that out. */
function withTargetNamespace(typeConfig: JsonObject): JsonObject {
  const metadata = isJsonObject(typeConfig['metadata']) ? typeConfig['metadata'] : {};
  return { ...typeConfig, metadata: { namespace: 'kube-federation-system', ...metadata } };
}

export function observationsOfVector({ observed, federatedObject }: RenderVector, kind: string): Observations | undefined {
  if (observed === undefined) return undefined;
  const { namespace, name } = federatedObject['metadata'] as { namespace: string; name: string };
  const clusters = Object.entries(observed).map(([cluster, counts]): [string, JsonValue] => {
    const { podsUnschedulableOver60s = 0, ...others } = counts;
    return [cluster, { ready: true, workloads: [{ kind, namespace, name, ...others, unschedulablePods: podsUnschedulableOver60s }] }];
  });
  return parseObservations({
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'Observations',
    clusters: Object.fromEntries(clusters),
  });
}

/** The one object of a vector in every cluster that gets it. */
export function manifestsOf(rendering: Rendering, kind: string, name: string): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    rendering.clusters.flatMap(({ cluster, objects }) =>
      objects
        .filter(({ id }) => id.kind === kind && id.name === name)
        .map(({ manifest }): [string, JsonValue] => [cluster, parseJson(stringifyJson(manifest))]),
    ),
  );
}

function fileOf(file: string, object: JsonValue) {
  return { kind: 'file' as const, path: file, content: new TextEncoder().encode(stringifyJson(object)) };
}
