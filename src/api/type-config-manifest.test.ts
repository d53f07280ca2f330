import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatYaml, isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { federatedDefinition } from './federated-definition.ts';
import { BUILTIN_TYPES, findType, type TargetType } from './target-type.ts';
import { federatedResource, typeConfigManifest } from './type-config-manifest.ts';

const TESTDATA = path.join(import.meta.dirname, 'testdata');

interface TypeConfig extends JsonObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: JsonObject;
}

function realTypeConfigs(): readonly TypeConfig[] {
  const text = readFileSync(path.join(TESTDATA, 'kubefed-type-configs.yaml'), 'utf8');
  const [read] = readYaml('', text, { documentNodes: 10_000, depth: 50 });
  const value: JsonValue = read?.ok === true ? read.document.value : null;
  return isJsonObject(value) ? (value['items'] as readonly JsonValue[] as readonly TypeConfig[]) : [];
}

function builtin(name: string): TargetType {
  const found = findType(name, BUILTIN_TYPES);
  if (found.type !== 'found') throw new Error(`${name} is built in`);
  return found.target;
}

function manifestOf(target: TargetType): JsonObject {
  const federated = federatedResource(target);
  return typeConfigManifest(
    { target, federated, propagation: 'Enabled', statusCollection: false },
    'kube-federation-system',
  );
}

describe('the FederatedTypeConfig of', () => {
  it.each(realTypeConfigs().map((config) => [config.metadata.name, config] as const))(
    '%s is as KubeFed has it',
    (name, config) => {
      const { metadata, spec, apiVersion, kind } = config;
      const { namespace } = metadata;
      expect(manifestOf(builtin(name))).toEqual({ apiVersion, kind, metadata: { name, namespace }, spec });
    },
  );

  it('all types that KubeFed enables by default is compared', () => {
    expect(realTypeConfigs()).toHaveLength(10);
  });

  it('a kind with other names says them', () => {
    const target = builtin('nodes');
    const federated = federatedResource(target, { group: 'fed.example', version: 'v2' });
    const manifest = typeConfigManifest(
      { target, federated, propagation: 'Disabled', statusCollection: true },
      'fleet',
    );
    expect(manifest).toMatchObject({
      metadata: { namespace: 'fleet' },
      spec: {
        federatedType: { group: 'fed.example', version: 'v2', scope: 'Cluster' },
        propagation: 'Disabled',
        statusCollection: 'Enabled',
      },
    });
  });
});

describe('the CustomResourceDefinition of the federated kind of', () => {
  it.each(['deployments.apps', 'clusterroles', 'namespaces'])('%s is as it was looked at', async (name) => {
    const target = builtin(name);
    const { shortNames, schemas, version } = target;
    const schema = schemas.get(version);
    if (schema === undefined || schema === 'Unknown') throw new Error('it is known');
    const text = formatYaml(federatedDefinition(federatedResource(target), { shortNames, schema }));
    await expect(text).toMatchFileSnapshot(path.join(TESTDATA, `federated-${target.plural}.yaml`));
  });

  it('a kind without a schema has no template, as from kubefedctl', () => {
    const text = formatYaml(
      federatedDefinition(federatedResource(builtin('jobs')), { shortNames: [], schema: 'None' }),
    );
    expect(text).not.toContain('template');
    expect(text).not.toContain('shortNames');
  });
});
