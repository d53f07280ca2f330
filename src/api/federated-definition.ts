import type { JsonObject } from '../core/index.ts';
import type { ApiResource } from './model.ts';
import type { TargetSchema } from './target-type.ts';

/** The CustomResourceDefinition of a federated kind, as KubeFed names and writes it. */
export function federatedDefinition(
  federated: ApiResource,
  { shortNames, schema }: { readonly shortNames: readonly string[]; readonly schema: Exclude<TargetSchema, 'Unknown'> },
): JsonObject {
  const { group, version, kind, plural, scope } = federated;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, ...(shortNames.length === 0 ? {} : { shortNames: shortNames.map((name) => `f${name}`) }) },
      scope,
      versions: [
        {
          name: version,
          schema: { openAPIV3Schema: objectSchema(schema) },
          served: true,
          storage: true,
          subresources: { status: {} },
        },
      ],
    },
  };
}

const STRING: JsonObject = { type: 'string' };
const ANYTHING: JsonObject = { 'x-kubernetes-preserve-unknown-fields': true };
const TIME: JsonObject = { format: 'date-time', type: 'string' };

function mapping(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { properties, ...(required.length === 0 ? {} : { required: [...required] }), type: 'object' };
}

function list(items: JsonObject): JsonObject {
  return { items, type: 'array' };
}

function objectSchema(schema: TargetSchema): JsonObject {
  const spec = {
    overrides: OVERRIDES,
    placement: PLACEMENT,
    ...(schema === 'Replicas' ? { retainReplicas: { type: 'boolean' } } : {}),
    // Without a schema of the target KubeFed leaves the template out, and its API server drops what is written there.
    ...(schema === 'None' ? {} : { template: { type: 'object', ...ANYTHING } }),
  };
  const fields = {
    apiVersion: STRING,
    kind: STRING,
    metadata: { type: 'object' },
    spec: mapping(spec),
    status: STATUS,
  };
  return mapping(fields, ['spec']);
}

const OPERATION = mapping(
  { op: { pattern: '^(add|remove|replace)?$', type: 'string' }, path: STRING, value: ANYTHING },
  ['path'],
);

const OVERRIDES = list(mapping({ clusterName: STRING, clusterOverrides: list(OPERATION) }));

const REQUIREMENT = mapping({ key: STRING, operator: STRING, values: list(STRING) }, ['key', 'operator']);

const PLACEMENT = mapping({
  clusterSelector: mapping({
    matchExpressions: list(REQUIREMENT),
    matchLabels: { additionalProperties: STRING, type: 'object' },
  }),
  clusters: list(mapping({ name: STRING }, ['name'])),
});

const CONDITION = mapping(
  { lastTransitionTime: TIME, lastUpdateTime: TIME, reason: STRING, status: STRING, type: STRING },
  ['type', 'status'],
);

const STATUS = mapping({
  clusters: list(mapping({ name: STRING, remoteStatus: { type: 'object', ...ANYTHING }, status: STRING }, ['name'])),
  conditions: list(CONDITION),
  observedGeneration: { format: 'int64', type: 'integer' },
});
