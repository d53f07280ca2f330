import { randomBytes } from 'node:crypto';
import type { Cluster } from '../controlplane/fixtures.ts';
import { base64, type Canaries } from './canaries.ts';
import { EVERYWHERE, federatedYaml } from './fleet.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export function secretYaml(
  namespace: string,
  name: string,
  template: unknown,
  overrides: readonly object[] = [],
): string {
  return federatedYaml('FederatedSecret', name, {
    namespace,
    spec: { template, placement: EVERYWHERE, ...(overrides.length === 0 ? {} : { overrides }) },
  });
}

function overrideOf({ name }: Cluster, ...clusterOverrides: readonly object[]): object {
  return { clusterName: name, clusterOverrides };
}

/** Secrets with a value in every place, most of them wrong in some way. */
export function wrongSecrets(
  namespace: string,
  cluster: Cluster,
  canaries: Canaries,
): Readonly<Record<string, string>> {
  const text = (place: string) => canaries.plant(place);
  const data = (place: string) => base64(text(place));
  const digits = (place: string) => Number(canaries.add(place, `${randomBytes(6).readUIntBE(0, 6) + 2 ** 48}`));
  const lastApplied = (place: string) => JSON.stringify({ data: { k: data(place) }, stringData: { k: text(place) } });
  const templates: Readonly<Record<string, unknown>> = {
    fine: { data: { k: data('data') }, stringData: { t: text('stringData') } },
    list: { data: [data('data that is a list')] },
    number: { data: { k: digits('data that is a number') }, stringData: { k: digits('stringData that is a number') } },
    nested: { data: { k: { deeper: text('data that is nested') } }, stringData: { k: [text('stringData in a list')] } },
    text: { data: text('data that is text'), stringData: text('stringData that is text') },
    plain: { data: { k: text('data that is not base64') } },
    misspelt: { Data: { k: text('Data') }, strData: { k: text('strData') }, spec: { k: [text('spec')] } },
    immutable: { immutable: true, data: { k: data('an immutable Secret') } },
    tls: { type: 'kubernetes.io/tls', data: { 'tls.key': data('a key without a certificate') } },
    docker: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': data('what is no docker config') } },
    key: { data: { 'not a key!': data('data of a wrong key') } },
    remembered: { metadata: { annotations: { [LAST_APPLIED]: lastApplied('last-applied of the template') } } },
    annotated: { metadata: { annotations: { [LAST_APPLIED]: { k: text('last-applied that is a mapping') } } } },
    large: { data: { k: base64(text('a Secret that is too large').repeat(40_000)) } },
  };
  const overrides = [
    overrideOf(
      cluster,
      { op: 'add', path: '/data', value: { k: data('data of an override') } },
      { op: 'add', path: '/stringData', value: { t: text('stringData of an override') } },
    ),
  ];
  const failing = [overrideOf(cluster, { op: 'add', path: '/nowhere/k', value: text('an override that fails') })];
  const renaming = [overrideOf(cluster, { path: '/metadata', value: { name: canaries.plantToken('metadata') } })];
  return {
    ...Object.fromEntries(
      Object.entries(templates).map(([name, template]) => [`${name}.yaml`, secretYaml(namespace, name, template)]),
    ),
    'overridden.yaml': secretYaml(namespace, 'overridden', {}, overrides),
    'failing.yaml': secretYaml(namespace, 'failing', { data: {} }, failing),
    'renaming.yaml': secretYaml(namespace, 'renaming', { data: {} }, renaming),
  };
}
