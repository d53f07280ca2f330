import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/index.ts';
import { builtinMergeSchema, mergeSchemaOf } from '../../src/sandbox/merge-schema.ts';
import type { Write, WrittenKind } from './managed-fields.ts';

const NAMESPACE = '/namespaces/default';

export const CONFIG_MAP: WrittenKind = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  path: `/api/VERSION${NAMESPACE}/configmaps`,
  schema: builtinMergeSchema('', 'v1', 'ConfigMap'),
  withDefaults: (object) => withNamespace(object),
};

export const DEPLOYMENT: WrittenKind = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  path: `/apis/apps/VERSION${NAMESPACE}/deployments`,
  schema: builtinMergeSchema('apps', 'v1', 'Deployment'),
  withDefaults: (object) => withNamespace(deploymentWithDefaults(object)),
};

export const SERVICE: WrittenKind = {
  apiVersion: 'v1',
  kind: 'Service',
  path: `/api/VERSION${NAMESPACE}/services`,
  schema: builtinMergeSchema('', 'v1', 'Service'),
  withDefaults: (object) => withNamespace(serviceWithDefaults(object)),
  allocated: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'],
};

const TEXT = { type: 'string' };
/** Of every way to merge that a CustomResourceDefinition can say. */
export const WIDGET_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        mode: { type: 'string', nullable: true },
        tags: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            required: ['port'],
            properties: {
              port: { type: 'integer' },
              protocol: { type: 'string', default: 'TCP' },
              name: TEXT,
              hosts: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
            },
          },
        },
        steps: { type: 'array', items: { type: 'object', properties: { run: TEXT } } },
        settings: { type: 'object', additionalProperties: TEXT },
        selector: { type: 'object', additionalProperties: TEXT, 'x-kubernetes-map-type': 'atomic' },
        nested: { type: 'object', properties: { a: TEXT, b: { type: 'object', properties: { c: TEXT } } } },
        groups: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { level: { type: 'integer' }, owner: TEXT } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: TEXT } },
      },
    },
    status: {
      type: 'object',
      properties: { phase: TEXT, counts: { type: 'object', additionalProperties: { type: 'integer' } } },
    },
  },
};

export const WIDGET: WrittenKind = {
  apiVersion: 'sandbox.example.com/v1',
  kind: 'Widget',
  path: `/apis/sandbox.example.com/VERSION${NAMESPACE}/widgets`,
  schema: mergeSchemaOf(WIDGET_SCHEMA, { hasStatus: true }),
  withDefaults: (object) => withNamespace(widgetWithDefaults(object)),
};

function version(name: string, storage: boolean): JsonObject {
  return { name, served: true, storage, schema: { openAPIV3Schema: WIDGET_SCHEMA }, subresources: { status: {} } };
}

export const WIDGET_DEFINITION: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.sandbox.example.com' },
  spec: {
    group: 'sandbox.example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    versions: [version('v1', true), version('v1beta1', false)],
  },
};

function withNamespace(object: JsonObject): JsonObject {
  return { ...object, metadata: { ...asObject(object['metadata']), namespace: 'default' } };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function deploymentWithDefaults(object: JsonObject): JsonObject {
  const spec = asObject(object['spec']);
  const template = asObject(spec['template']);
  return {
    status: {},
    ...object,
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
        ...asObject(spec['strategy']),
      },
      template: {
        ...template,
        metadata: asObject(template['metadata']),
        spec: {
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          dnsPolicy: 'ClusterFirst',
          securityContext: {},
          schedulerName: 'default-scheduler',
          ...asObject(template['spec']),
          containers: asList(asObject(template['spec'])['containers']).map((item) =>
            containerWithDefaults(asObject(item)),
          ),
        },
      },
    },
  };
}

function containerWithDefaults(container: JsonObject): JsonObject {
  const ports = asList(container['ports']).map((port) => ({ protocol: 'TCP', ...asObject(port) }));
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    ...container,
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function serviceWithDefaults(object: JsonObject): JsonObject {
  const spec = asObject(object['spec']);
  const ports = asList(spec['ports']).map((port) => ({
    protocol: 'TCP',
    targetPort: asObject(port)['port'] ?? 0,
    ...asObject(port),
  }));
  return {
    status: { loadBalancer: {} },
    ...object,
    spec: {
      sessionAffinity: 'None',
      type: 'ClusterIP',
      internalTrafficPolicy: 'Cluster',
      ...spec,
      ...(ports.length === 0 ? {} : { ports }),
    },
  };
}

function widgetWithDefaults(object: JsonObject): JsonObject {
  const spec = asObject(object['spec']);
  if (!Array.isArray(spec['ports'])) return object;
  return {
    ...object,
    spec: { ...spec, ports: asList(spec['ports']).map((port) => ({ protocol: 'TCP', ...asObject(port) })) },
  };
}

/** Some of the fields, each of them sometimes. */
function some(
  fields: Readonly<Record<string, fc.Arbitrary<JsonValue>>>,
  always: readonly string[] = [],
): fc.Arbitrary<JsonObject> {
  return fc.record(fields, { requiredKeys: [...always] }) as fc.Arbitrary<JsonObject>;
}

const value = fc.constantFrom('1', '2');
const values = some({ a: value, b: value, 'c.example.com': value });
const texts = fc.uniqueArray(fc.constantFrom('x', 'y', 'z', 'a&b'), { maxLength: 4 });

function listOf(
  item: fc.Arbitrary<JsonObject>,
  key: (item: JsonObject) => unknown,
  max = 3,
  min = 0,
): fc.Arbitrary<JsonValue> {
  return fc.uniqueArray(item, { selector: (found) => JSON.stringify(key(found)), minLength: min, maxLength: max });
}

const metadata = some({
  labels: values,
  annotations: values,
  finalizers: fc.uniqueArray(fc.constantFrom('example.com/a', 'example.com/b', 'example.com/c'), { maxLength: 3 }),
});

const configMap = some({ metadata, data: values, binaryData: some({ x: fc.constantFrom('YQ==', 'Yg==') }) });

const env = listOf(some({ name: fc.constantFrom('A', 'B', 'C'), value }, ['name']), ({ name }) => name);
/** Ports of one object need names that are unique. */
function named(port: JsonObject): JsonObject {
  const { isNamed, ...rest } = port;
  const number = String(port['containerPort'] ?? port['port']);
  return isNamed === true ? { ...rest, name: `p${number}-${String(port['protocol'] ?? 'TCP').toLowerCase()}` } : rest;
}

const containerPorts = listOf(
  some(
    { containerPort: fc.constantFrom(80, 443, 8080), protocol: fc.constantFrom('TCP', 'UDP'), isNamed: fc.boolean() },
    ['containerPort'],
  ).map(named),
  ({ containerPort, protocol }) => [containerPort, protocol ?? 'TCP'],
);
const container = some(
  {
    name: fc.constantFrom('one', 'two', 'three'),
    image: fc.constantFrom('i:1', 'i:2'),
    args: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
    env,
    ports: containerPorts,
    resources: some({ limits: some({ cpu: fc.constantFrom('1', '2'), memory: fc.constant('1Gi') }) }),
    livenessProbe: some(
      {
        tcpSocket: fc.constant({ port: 80 }),
        timeoutSeconds: fc.constant(5),
        periodSeconds: fc.constant(10),
        successThreshold: fc.constant(1),
        failureThreshold: fc.constant(3),
      },
      ['tcpSocket', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'],
    ),
  },
  ['name', 'image'],
);
const deployment = fc
  .tuple(
    metadata,
    some({ replicas: fc.constantFrom(1, 2, 3), paused: fc.constant(true), minReadySeconds: fc.constantFrom(1, 2) }),
    some({
      containers: listOf(container, ({ name }) => name, 3, 1),
      nodeSelector: values,
      tolerations: fc.array(some({ key: value, operator: fc.constant('Exists') }, ['key', 'operator']), {
        maxLength: 2,
      }),
      imagePullSecrets: listOf(some({ name: fc.constantFrom('s', 't') }, ['name']), ({ name }) => name),
    }),
    some({ annotations: values }),
  )
  .map(([meta, spec, pod, template]) => ({
    metadata: meta,
    spec: {
      ...spec,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { ...template, labels: { app: 'web' } }, spec: pod },
    },
  }));

const servicePort = some(
  {
    port: fc.constantFrom(80, 443, 8080),
    protocol: fc.constantFrom('TCP', 'UDP'),
    targetPort: fc.constantFrom<JsonValue>(80, 'web'),
    isNamed: fc.constant(true),
  },
  ['port', 'isNamed'],
).map(named);
const service = some({
  metadata,
  spec: some({
    ports: listOf(servicePort, ({ port, protocol }) => [port, protocol ?? 'TCP'], 3, 1),
    selector: values,
    publishNotReadyAddresses: fc.constant(true),
  }),
});

const widgetPort = some(
  { port: fc.constantFrom(80, 443, 9), protocol: fc.constantFrom('TCP', 'UDP'), name: value, hosts: texts },
  ['port'],
);
const widget = some({
  metadata,
  spec: some({
    size: fc.constantFrom(1, 2),
    mode: fc.constantFrom<JsonValue>('x', 'y'),
    tags: texts,
    ports: listOf(widgetPort, ({ port, protocol }) => [port, protocol ?? 'TCP']),
    steps: fc.array(some({ run: value }), { maxLength: 2 }),
    settings: values,
    selector: values,
    nested: some({ a: value, b: some({ c: value }) }),
    groups: some({
      g: some({ level: fc.constantFrom(1, 2), owner: value }),
      h: some({ level: fc.constantFrom(1, 2), owner: value }),
    }),
    free: some({
      known: value,
      other: some({ x: fc.constantFrom<JsonValue>('1', ['1'], { y: '1' }), y: value }, ['y']),
      z: fc.constantFrom<JsonValue>(1, [1]),
    }),
  }),
});
const widgetStatus = some(
  { status: some({ phase: value, counts: some({ a: fc.constantFrom(1, 2), b: fc.constantFrom(1, 2) }) }) },
  ['status'],
);

const MANAGERS = ['one', 'two', 'three'];

function writesOf(
  body: fc.Arbitrary<JsonObject>,
  { status, versions = [] }: { status?: fc.Arbitrary<JsonObject>; versions?: readonly string[] } = {},
): fc.Arbitrary<readonly Write[]> {
  const manager = fc.constantFrom(...MANAGERS);
  // A replacement at another version than that of the status takes the status from its owners, which the sandbox does not do.
  const at = versions.length === 0 ? {} : { version: fc.constantFrom(...versions) };
  const apply = fc.record({ type: fc.constant('apply' as const), manager, force: fc.boolean(), body, ...at });
  const patch = fc.record({ type: fc.constant('mergePatch' as const), manager, body, ...at });
  const replace = fc.record({ type: fc.constant('replace' as const), manager, body });
  const statuses =
    status === undefined
      ? []
      : [{ weight: 1, arbitrary: fc.record({ type: fc.constant('replaceStatus' as const), manager, body: status }) }];
  const first = fc.oneof(apply, fc.record({ type: fc.constant('create' as const), manager, body }));
  const further = fc.oneof(
    { weight: 4, arbitrary: apply },
    { weight: 1, arbitrary: patch },
    { weight: 1, arbitrary: replace },
    ...statuses,
  );
  return fc
    .tuple(first, fc.array(further, { minLength: 3, maxLength: 9 }))
    .map(([one, others]) => [one, ...others]) as fc.Arbitrary<readonly Write[]>;
}

/** Kinds with random sequences of writes of their objects. */
export const RANDOM_WRITES: readonly (readonly [string, WrittenKind, fc.Arbitrary<readonly Write[]>])[] = [
  ['ConfigMap', CONFIG_MAP, writesOf(configMap)],
  ['Deployment', DEPLOYMENT, writesOf(deployment)],
  ['Service', SERVICE, writesOf(service)],
  ['Widget', WIDGET, writesOf(widget, { status: widgetStatus, versions: ['v1', 'v1', 'v1beta1'] })],
];
