import { daemonConfigurationSchema } from '../src/daemon/configuration-schema.ts';

/** Any JSON Schema: more words of it than the files of gitfed itself need. */
type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: 'string' };
const FREE: Schema = { type: 'object' };
const SWITCH: Schema = { type: 'boolean' };
const OBJECTS: Schema = { type: 'array', items: FREE };
const NAME: Schema = { type: 'string', maxLength: 253, pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$' };
const QUANTITY: Schema = { type: 'string', pattern: '^([0-9.]+([EPTGMk]i?|m)?)?$' };
const TEXTS: Schema = { type: 'object', additionalProperties: TEXT };
const PORT: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };

/** Nothing but what is named. */
function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', additionalProperties: false, properties, ...(required.length > 0 ? { required } : {}) };
}

/** JSON Schema of the values of the chart: that of the daemon's configuration is a part of it. */
export function valuesSchema(): Schema {
  const { $schema, $id: _id, title: _title, ...configuration } = daemonConfigurationSchema;
  return {
    $schema,
    title: 'Values of the chart gitfed',
    ...closed({
      image: closed({
        repository: { ...TEXT, minLength: 1 },
        tag: TEXT,
        digest: { ...TEXT, pattern: '^(sha256:[0-9a-f]{64})?$' },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      replicas: { type: 'integer', minimum: 0, maximum: 100 },
      imagePullSecrets: { type: 'array', items: closed({ name: NAME }, ['name']) },
      configuration: { ...withoutLookaround(configuration), required: ['source'] },
      files: {
        type: 'object',
        additionalProperties: TEXT,
        propertyNames: { pattern: '^[-._a-zA-Z0-9]+$', not: { const: 'daemon.yaml' } },
      },
      secrets: closed({
        members: { type: 'array', items: { ...NAME, minLength: 1 }, uniqueItems: true },
        git: NAME,
        age: NAME,
        kubeconfig: NAME,
        webhook: NAME,
        notify: NAME,
      }),
      data: closed({
        existingClaim: NAME,
        size: QUANTITY,
        storageClassName: NAME,
        emptyDirSizeLimit: { ...QUANTITY, minLength: 1 },
      }),
      resources: FREE,
      heapPercentage: { type: 'integer', minimum: 10, maximum: 90 },
      terminationGracePeriodSeconds: { type: 'integer', minimum: 1 },
      serviceAccount: closed({ create: SWITCH, name: NAME, annotations: TEXTS }),
      rbac: closed({
        clusterRules: OBJECTS,
        roles: { type: 'array', items: closed({ namespace: NAME, rules: { ...OBJECTS, minItems: 1 } }, ['rules']) },
      }),
      networkPolicy: closed({
        enabled: SWITCH,
        metricsFrom: OBJECTS,
        webhookFrom: OBJECTS,
        egressPorts: { type: 'array', items: PORT, minItems: 1 },
        extraEgress: OBJECTS,
      }),
      podDisruptionBudget: closed({ enabled: SWITCH }),
      service: closed({ annotations: TEXTS }),
      serviceMonitor: closed({
        enabled: SWITCH,
        labels: TEXTS,
        interval: { ...TEXT, pattern: '^([0-9]+(ms|s|m|h))+$' },
      }),
      env: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          properties: { name: { ...TEXT, not: { const: 'NODE_OPTIONS' } } },
        },
      },
      podAnnotations: TEXTS,
      podLabels: TEXTS,
      nodeSelector: TEXTS,
      tolerations: OBJECTS,
      affinity: FREE,
      priorityClassName: NAME,
      // Helm's own, which every chart is given when it is a part of another.
      global: FREE,
    }),
  };
}

/** Helm's expressions are Go's, which know no lookaround: what these patterns say the daemon says when it starts. */
function withoutLookaround(value: unknown): Schema {
  return JSON.parse(JSON.stringify(value), (key, part) =>
    key === 'pattern' && /\(\?[=!<]/.test(String(part)) ? undefined : part,
  );
}
