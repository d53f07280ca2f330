import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileEntry } from '../../test/helpers/model-of.ts';
import type { JsonValue } from '../core/index.ts';
import { readConfiguration } from './configuration.ts';
import { configurationSchema } from './configuration-schema.ts';
import { validateSchema } from './schema-validation.ts';

function read(text: string): ReturnType<typeof readConfiguration> {
  return readConfiguration(fileEntry('gitfed.yaml', text));
}

const DEFAULTS = readConfiguration(undefined).configuration;

describe('gitfed.yaml', () => {
  it('need not be there', () => {
    expect(readConfiguration(undefined)).toEqual({
      findings: [],
      holds: [],
      configuration: {
        templateAnnotations: 'Apply',
        suspend: { all: false, clusters: [], kinds: [], namespaces: [] },
        prune: { maxDeletions: { count: 10, percent: 30 } },
        gates: { protected: { from: 'Changes', kinds: [], namespaces: [], clusters: [] } },
        status: { mode: 'push', minIntervalSeconds: 10 },
        scheduling: { anyReplicasKind: true, scheduler: 'kubefed' },
        observation: { unschedulableAfterSeconds: 60, progressDeadlineSeconds: 600 },
        failover: { maxUnreadyPercent: 30 },
        failback: { stabilizationSeconds: 300 },
        credentials: { allowPlaintext: false },
        limits: { fileBytes: 5_242_880, documentNodes: 1_000_000, depth: 200, files: 200_000 },
        fieldManagers: {
          takeOver: [
            'controller-manager',
            'kubectl-client-side-apply',
            'kubectl-create',
            'kubectl-replace',
            'kubectl-edit',
          ],
          people: ['kubectl*', 'before-first-apply'],
        },
        drift: { policy: 'Correct' },
        ignoreDifferences: [],
        keepLive: [],
      },
    });
  });

  it.each(['', '# nothing\n', '{}', 'apiVersion: gitfed.io/v1alpha1\nkind: Configuration\n', 'status:\nlimits: {}\n'])(
    'that holds %j has every default',
    (text) => {
      expect(read(text)).toEqual({ configuration: DEFAULTS, findings: [], holds: [] });
    },
  );

  it('is read with all its settings', () => {
    const { configuration, findings } = read(`
apiVersion: gitfed.io/v1alpha1
kind: Configuration
metadata: {name: shop}
inventory: shop
templateAnnotations: Drop
suspend: {clusters: [eu-1], kinds: [Deployment.apps], namespaces: [shop]}
prune: {maxDeletions: {count: 5}}
gates: {maxClusters: 3, maxReplicasLost: {percent: 10}, protected: {from: Deletions, kinds: [Namespace], clusters: [eu-1]}}
status: {branch: state, repository: "https://git.example/state.git", mode: local, minInterval: 1m30s}
scheduling: {anyReplicasKind: false, scheduler: mine}
observation: {unschedulableAfter: 1m30s, progressDeadline: 1h}
failover: {maxUnreadyPercent: 50}
failback: {stabilization: 0s}
credentials: {allowPlaintext: true}
limits: {fileBytes: 1000, depth: 10}
fieldManagers: {takeOver: [helm], people: [k9s]}
drift: {policy: Report}
keepLive: [{group: '', kind: Secret, namespace: shop, name: db}, {kind: Secret}]
ignoreDifferences:
- {group: apps, kind: Deployment, clusters: [eu-1], jsonPointers: [/spec/replicas], managedFieldsManagers: [keda*]}
- {managedFieldsManagers: [vpa]}
`);
    expect(findings).toEqual([]);
    expect(configuration).toEqual({
      inventory: 'shop',
      templateAnnotations: 'Drop',
      suspend: { all: false, clusters: ['eu-1'], kinds: ['Deployment.apps'], namespaces: ['shop'] },
      prune: { maxDeletions: { count: 5, percent: 30 } },
      gates: {
        maxClusters: 3,
        maxReplicasLost: { count: 0, percent: 10 },
        protected: { from: 'Deletions', kinds: ['Namespace'], namespaces: [], clusters: ['eu-1'] },
      },
      status: { branch: 'state', repository: 'https://git.example/state.git', mode: 'local', minIntervalSeconds: 90 },
      scheduling: { anyReplicasKind: false, scheduler: 'mine' },
      observation: { unschedulableAfterSeconds: 90, progressDeadlineSeconds: 3600 },
      failover: { maxUnreadyPercent: 50 },
      failback: { stabilizationSeconds: 0 },
      credentials: { allowPlaintext: true },
      limits: { fileBytes: 1000, documentNodes: 1_000_000, depth: 10, files: 200_000 },
      fieldManagers: { takeOver: ['helm'], people: ['k9s'] },
      drift: { policy: 'Report' },
      keepLive: [{ group: '', kind: 'Secret', namespace: 'shop', name: 'db' }, { kind: 'Secret' }],
      ignoreDifferences: [
        {
          group: 'apps',
          kind: 'Deployment',
          clusters: ['eu-1'],
          jsonPointers: ['/spec/replicas'],
          managers: ['keda*'],
        },
        { jsonPointers: [], managers: ['vpa'] },
      ],
    });
  });

  it.each([
    ['suspend: true', { all: true, clusters: [], kinds: [], namespaces: [] }],
    ['suspend: false', { all: false, clusters: [], kinds: [], namespaces: [] }],
    ['suspend: {all: true}', { all: true, clusters: [], kinds: [], namespaces: [] }],
  ])('may say %s', (text, suspend) => {
    expect(read(text).configuration.suspend).toEqual(suspend);
  });

  it.each([
    [
      'templateAnotations: Drop',
      '1:1',
      'templateAnotations is not a known field: "templateAnnotations" was probably meant',
    ],
    ['templateAnnotations: drop', '1:1', 'templateAnnotations is "drop"; it must be Apply or Drop (case matters)'],
    ['apiVersion: gitfed.io/v2', '1:1', 'apiVersion is "gitfed.io/v2"; it must be gitfed.io/v1alpha1 (case matters)'],
    ['status:\n  mode: none', '2:3', 'status.mode is "none"; it must be push, local or off (case matters)'],
    ['status:\n  mode: on', '2:3', 'status.mode is a boolean; it must be push, local or off (case matters)'],
    ['prune: 5', '1:1', 'prune must be a mapping, not a number'],
    ['prune: {maxDeletions: {percent: 101}}', '1:24', 'prune.maxDeletions.percent is 101; it must be at most 100'],
    ['gates: {maxClusters: -1}', '1:9', 'gates.maxClusters is -1; it must be at least 0'],
    ['gates: {protected: {kind: [Namespace]}}', '1:21', 'gates.protected.kind is not a known field'],
    ['prune: {maxDeletions: {count: -1}}', '1:24', 'prune.maxDeletions.count is -1; it must be at least 0'],
    ['limits: {depth: 1.5}', '1:10', 'limits.depth must be a whole number, not a number'],
    ['limits: {depth: 99999999999999999999}', '1:10', 'limits.depth is too large a number'],
    ['suspend: eu-1', '1:1', 'suspend must be true or false or a mapping, not a string'],
    ['suspend: {clusters: eu-1}', '1:11', 'suspend.clusters must be a list, not a string'],
    ['suspend: {clusters: [5]}', '1:22', 'suspend.clusters[0] must be a string, not a number'],
    ['inventory: My Shop', '1:1', 'inventory is "My Shop", which does not look like this: Name under which'],
    [
      'status: {branch: --force}',
      '1:10',
      'status.branch is "--force", which does not look like this: Branch for status',
    ],
    [
      'status: {minInterval: soon}',
      '1:10',
      'status.minInterval is "soon", which does not look like this: Shortest time',
    ],
    ['observation: {unschedulableAfter: 60}', '1:15', 'observation.unschedulableAfter must be a string, not a number'],
    [
      'observation: {progressDeadline: -5m}',
      '1:15',
      'observation.progressDeadline is "-5m", which does not look like this: For how long',
    ],
    ['failover: {maxUnreadyPercent: 101}', '1:12', 'failover.maxUnreadyPercent is 101; it must be at most 100'],
    [
      'failback: {stabilisation: 5m}',
      '1:12',
      'failback.stabilisation is not a known field: "stabilization" was probably meant',
    ],
    [
      'status: {repository: "https://me:hunter2@a b"}',
      '1:10',
      'status.repository is a value, which does not look like this: URL of another',
    ],
    ['metadata: {labels: {}}', '1:12', 'metadata.labels is not a known field: known are name'],
    ['__proto__: {}', '1:1', '__proto__ is not a known field'],
    ['- a', '1:1', 'the file must hold a mapping, not a list'],
  ])('with %j is an error at %s, and its default counts', (text, place, problem) => {
    const { configuration, findings, holds } = read(text);
    const [finding] = findings;
    expect(finding).toMatchObject({ severity: 'error', file: 'gitfed.yaml' });
    expect(finding?.message).toContain(problem);
    expect(`${finding?.line}:${finding?.column}`).toBe(place);
    expect(configuration).toEqual(DEFAULTS);
    expect(holds.length).toBeGreaterThan(0);
  });

  it('may not have an empty name in a list', () => {
    expect(read('suspend: {clusters: [""]}').findings[0]?.message).toContain('suspend.clusters[0] must not be empty');
  });

  it.each(['off', '"off"', 'false'])('may say status.mode: %s', (mode) => {
    expect(read(`status: {mode: ${mode}}`)).toMatchObject({ configuration: { status: { mode: 'off' } }, findings: [] });
  });

  it('with one error keeps its other settings', () => {
    const { configuration } = read('inventory: shop\nlimits: {depth: x, files: 5}\n');
    expect(configuration).toMatchObject({ inventory: 'shop', limits: { depth: 200, files: 5 } });
  });

  it.each([
    ['that is not YAML', 'a: ['],
    ['of two documents', 'inventory: a\n---\ninventory: b\n'],
  ])('%s is an error and holds deletions back', (_title, text) => {
    const { findings, holds } = read(text);
    expect(findings.map(({ code }) => code)).toEqual(['InvalidConfiguration']);
    expect(holds).toHaveLength(1);
  });

  it('that could not be read is an error and holds deletions back', () => {
    const { findings, holds } = readConfiguration({
      kind: 'unreadable',
      path: 'gitfed.yaml',
      reason: 'FileTooLarge',
      message: 'Too large.',
    });
    expect(findings.map(({ code, message }) => [code, message])).toEqual([['InvalidConfiguration', 'Too large.']]);
    expect(holds).toHaveLength(1);
  });
});

describe('the schema', () => {
  it('is published as schemas/configuration.json', async () => {
    await expect(`${JSON.stringify(configurationSchema, null, 2)}\n`).toMatchFileSnapshot(
      '../../schemas/configuration.json',
    );
  });

  it('describes every field', () => {
    expect(fieldsWithoutDescription(configurationSchema, '')).toEqual([]);
  });

  it('means to gitfed what it means to any reader of JSON Schema', () => {
    const isValid = new Ajv2020({ strict: true, strictTypes: false }).compile(configurationSchema);
    fc.assert(
      fc.property(likelyConfiguration(), (value) => {
        const problems: string[] = [];
        validateSchema(value, configurationSchema, [], (_path, problem) => problems.push(problem));
        expect([problems.length === 0, value]).toEqual([isValid(value), value]);
      }),
      { numRuns: 2000 },
    );
  });
});

function fieldsWithoutDescription(schema: object, path: string): string[] {
  const properties = 'properties' in schema ? (schema.properties as Record<string, object>) : {};
  const branches = 'anyOf' in schema ? (schema.anyOf as object[]) : [];
  return [
    ...Object.entries(properties).flatMap(([key, property]) => [
      ...('description' in property ? [] : [`${path}.${key}`]),
      ...fieldsWithoutDescription(property, `${path}.${key}`),
    ]),
    ...branches.flatMap((branch) => fieldsWithoutDescription(branch, path)),
  ];
}

/** Values in the shape of the schema, with a wrong one here and there. */
function likelyConfiguration(): fc.Arbitrary<JsonValue> {
  return valueFor(configurationSchema as unknown as AnySchema).filter((value) => value !== null);
}

interface AnySchema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly (string | boolean)[];
  readonly anyOf?: readonly AnySchema[];
  readonly items?: AnySchema;
  readonly properties?: Readonly<Record<string, AnySchema>>;
}

function valueFor(schema: AnySchema): fc.Arbitrary<JsonValue> {
  const wrong = fc.constantFrom<JsonValue>(
    true,
    0,
    1.5,
    -1,
    1_000_000_001,
    '',
    'x',
    '--x',
    '5s',
    [],
    ['a', ''],
    {},
    { x: 1 },
  );
  return fc.oneof({ arbitrary: wrong, weight: 1 }, { arbitrary: rightFor(schema), weight: 9 });
}

function rightFor(schema: AnySchema): fc.Arbitrary<JsonValue> {
  const choices = schema.const === undefined ? schema.enum : [schema.const];
  if (choices !== undefined) return fc.constantFrom(...choices);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueFor));
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([key, property]) => [key, valueFor(property)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<JsonValue>;
    }
    case 'array':
      return fc.array(valueFor(schema.items ?? {}), { maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: 0, max: 300 });
    default:
      return fc.constantFrom('a', 'shop', '10s', '1m30s', 'gitfed/status', 'A b');
  }
}
