import { describe, expect, it } from 'vitest';
import { documents, FLEET, messages, modelOf } from '../../test/helpers/model-of.ts';
import { isJsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { isCustomResourceDefinition, readDefinition } from './custom-resource-definition.ts';

function parse(yaml: string): JsonValue {
  const [read] = readYaml('', yaml, { documentNodes: 1000, depth: 50 });
  return read?.ok === true ? read.document.value : null;
}

function versionsOf(spec: string): unknown {
  const value = parse(`{group: example.com, names: {kind: Widget, plural: widgets}, ${spec}}`);
  const read = readDefinition({ spec: value });
  return read.ok ? [...read.target.schemas] : read.reason;
}

const REPLICAS = '{openAPIV3Schema: {properties: {spec: {properties: {replicas: {type: integer, format: int32}}}}}}';

describe('a CustomResourceDefinition', () => {
  it.each([
    ['apiextensions.k8s.io/v1', true],
    ['apiextensions.k8s.io/v1beta1', true],
    ['apiextensions.k8s.io/v2', false],
    ['example.com/v1', false],
  ])('of %s is one: %s', (apiVersion, expected) => {
    expect(isCustomResourceDefinition({ apiVersion, kind: 'CustomResourceDefinition' })).toBe(expected);
  });

  it('says names and scope', () => {
    const names = '{kind: Widget, plural: widgets, singular: Widget, shortNames: [wg, 7]}';
    const value = parse(`{group: example.com, scope: Cluster, names: ${names}, versions: [{name: v1}]}`);
    expect(readDefinition({ spec: value })).toEqual({
      ok: true,
      target: {
        group: 'example.com',
        version: 'v1',
        kind: 'Widget',
        plural: 'widgets',
        singular: 'widget',
        scope: 'Cluster',
        shortNames: ['wg'],
        schemas: new Map([['v1', 'None']]),
      },
    });
  });

  it.each<[string, string, unknown]>([
    [
      'a schema without replicas',
      'versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]',
      [['v1', 'Object']],
    ],
    ['a schema with replicas', `versions: [{name: v1, schema: ${REPLICAS}}]`, [['v1', 'Replicas']]],
    [
      'a schema with replicas that are a text',
      'versions: [{name: v1, schema: {openAPIV3Schema: {properties: {spec: {properties: {replicas: {type: string}}}}}}}]',
      [['v1', 'Object']],
    ],
    ['one version of v1beta1', 'version: v1', [['v1', 'None']]],
    [
      'the shared schema of v1beta1',
      `validation: ${REPLICAS}, versions: [{name: v1}, {name: v2}]`,
      [
        ['v2', 'Replicas'],
        ['v1', 'Replicas'],
      ],
    ],
    [
      'versions in the order of their stability, those served only',
      'versions: [{name: foo}, {name: v1alpha2}, {name: v2, served: false}, {name: v1beta3}, {name: v1beta11}, {name: v1}, {name: bar}]',
      ['v1', 'v1beta11', 'v1beta3', 'v1alpha2', 'bar', 'foo'].map((name) => [name, 'None']),
    ],
    ['no version', 'versions: [{name: v1, served: false}]', 'has no version that is served'],
    ['no such scope', 'scope: World, version: v1', 'has no valid spec.scope'],
  ])('is read with %s', (_, spec, expected) => {
    expect(versionsOf(spec)).toEqual(expected);
  });

  it.each([
    ['group', '{names: {kind: Widget, plural: widgets}, version: v1}', 'has no valid spec.group'],
    ['kind', '{group: example.com, names: {plural: widgets}, version: v1}', 'has no valid spec.names.kind'],
    [
      'plural',
      '{group: example.com, names: {kind: Widget, plural: ../x}, version: v1}',
      'has no valid spec.names.plural',
    ],
    ['spec', '[]', 'has no valid spec.group'],
  ])('without a valid %s is refused', (_, spec, reason) => {
    expect(readDefinition({ spec: parse(spec) })).toEqual({ ok: false, reason });
  });
});

describe('a CustomResourceDefinition in a repository', () => {
  const definition = (kind: string, group: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: x.${group}}
spec: {group: ${group}, names: {kind: ${kind}, plural: x}, versions: [{name: v1}]}`;

  it('is expected where it defines a federated kind', () => {
    expect(messages(modelOf({ 'a.yaml': documents(FLEET, definition('FederatedX', 'types.kubefed.io')) }))).toEqual([]);
  });

  it.each([
    ['a kind to be federated', 'X', 'example.com'],
    ['a federated kind of a group that nothing names', 'FederatedX', 'other.example'],
  ])('is not federated where it defines %s', (_, kind, group) => {
    const [message] = messages(modelOf({ 'a.yaml': documents(FLEET, definition(kind, group)) }));
    expect(message).toContain('NotFederated');
  });

  it('is read however little of it is there', () => {
    const value = parse('{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}');
    expect(isJsonObject(value) && readDefinition(value).ok).toBe(false);
  });
});
