import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import { MERGE_DEFINITIONS, MERGE_KINDS } from './merge-schema.generated.ts';
import { builtinMergeSchema, mergeSchemaOf } from './merge-schema.ts';
import type { MergeNode, MergeSchema } from './types.ts';

/** The place at a path, `*` for the items of a list. */
function at(schema: MergeSchema, path: string): MergeNode {
  const names = path.split('/').filter((name) => name !== '');
  return names.reduce((node, name) => (name === '*' ? node.items : node.field(name)), schema.root);
}

describe("how Kubernetes' own kinds are merged", () => {
  const deployment = builtinMergeSchema('apps', 'v1', 'Deployment');
  const pod = '/spec/template/spec';

  it.each([
    ['containers by their name', `${pod}/containers`, ['name']],
    ['ports of a container by number and protocol', `${pod}/containers/*/ports`, ['containerPort', 'protocol']],
    ['environment variables of an init container by their name', `${pod}/initContainers/*/env`, ['name']],
    ['mounts by their path', `${pod}/containers/*/volumeMounts`, ['mountPath']],
    ['constraints by what they spread over', `${pod}/topologySpreadConstraints`, ['topologyKey', 'whenUnsatisfiable']],
    ['finalizers as a set', '/metadata/finalizers', []],
    ['arguments as one value', `${pod}/containers/*/args`, undefined],
    ['tolerations as one value', `${pod}/tolerations`, undefined],
  ])('%s', (_title, path, keys) => {
    expect(at(deployment, path).listKeys).toEqual(keys);
  });

  it('with the defaults of keys', () => {
    expect(at(deployment, `${pod}/containers/*/ports`).keyDefaults).toMatchObject({ protocol: 'TCP' });
  });

  it.each([
    ['a selector of labels is one value', '/spec/selector', true],
    ['so is a node selector', `${pod}/nodeSelector`, true],
    ['labels are not', '/metadata/labels', false],
    ['nor is a spec', '/spec', false],
  ])('%s', (_title, path, isAtomic) => {
    expect(at(deployment, path).isAtomic).toBe(isAtomic);
  });

  it('fields are told from entries of a map', () => {
    expect(at(deployment, '/spec').declares('replicas')).toBe(true);
    expect(at(deployment, '/metadata/labels').declares('app')).toBe(false);
  });

  it('a status that has a subresource is known', () => {
    expect(deployment.hasStatus).toBe(true);
    expect(builtinMergeSchema('', 'v1', 'ConfigMap').hasStatus).toBe(false);
  });

  it('a kind that is not in the table is of free form, and has metadata', () => {
    const schema = builtinMergeSchema('example.com', 'v1', 'Unknown');
    expect(at(schema, '/metadata/finalizers').listKeys).toEqual([]);
    expect(at(schema, '/spec/list').listKeys).toBeUndefined();
  });

  it('every definition that the table names is in it', () => {
    const named = Object.values(MERGE_DEFINITIONS).flatMap((row) =>
      row
        .split(' ')
        .map((field) => /(?:[^:]*:)[!~=]*(?:\{\}|\[[^\]]*\])?=?([^|]*)/.exec(field)?.[1] ?? '')
        .filter((name) => /^\w/.test(name)),
    );
    const missing = [...named, ...MERGE_KINDS.map((row) => row[3])].filter(
      (name) => !Object.hasOwn(MERGE_DEFINITIONS, name),
    );
    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(100);
  });
});

describe('how custom resources are merged', () => {
  const text: JsonObject = { type: 'string' };
  const schema = mergeSchemaOf(
    {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            plain: { type: 'array', items: text },
            set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
            map: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['port', 'kind'],
              items: {
                type: 'object',
                properties: { kind: { type: 'string', default: 'a' }, port: { type: 'integer' } },
              },
            },
            whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
            values: { type: 'object', additionalProperties: text },
            open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: text } },
            embedded: {
              type: 'object',
              'x-kubernetes-embedded-resource': true,
              'x-kubernetes-preserve-unknown-fields': true,
            },
          },
        },
      },
    },
    { hasStatus: true },
  );

  it.each([
    ['a list without a type is one value', '/spec/plain', undefined],
    ['a set', '/spec/set', []],
    ['a list with keys, sorted', '/spec/map', ['kind', 'port']],
    ['the finalizers that every object has', '/metadata/finalizers', []],
    ['those of an object inside another one', '/spec/embedded/metadata/finalizers', []],
  ])('%s', (_title, path, keys) => {
    expect(at(schema, path).listKeys).toEqual(keys);
  });

  it('with defaults of keys, whole mappings, entries and free form', () => {
    expect(at(schema, '/spec/map').keyDefaults).toEqual({ kind: 'a' });
    expect(at(schema, '/spec/whole').isAtomic).toBe(true);
    expect(at(schema, '/spec/values').declares('x')).toBe(false);
    expect(at(schema, '/spec/open').declares('known')).toBe(true);
    expect(at(schema, '/spec/open').declares('other')).toBe(false);
    expect(schema.hasStatus).toBe(true);
  });
});
