import { compareText } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { groupBy, reportDuplicates } from './duplicates.ts';
import { type FederatedTypes, readFederatedTypes } from './federated-types.ts';
import type { FindingCollector } from './finding-collector.ts';
import { DEFAULT_KUBEFED_CONFIG, KUBEFED_CONFIG_NAME } from './kubefed-config.ts';
import { describeObject } from './metadata.ts';
import type { KubeFedCluster, KubeFedConfig } from './model.ts';
import type { ModelMemo } from './model-memo.ts';
import { findSystemNamespace, nameOf, namespaceOf } from './system-namespace.ts';

/** What federated objects are judged against: the control plane's own objects. */
export interface Federation {
  readonly kubeFedConfig: KubeFedConfig;
  readonly systemNamespace: string;
  /** Sorted by name. */
  readonly clusters: readonly KubeFedCluster[];
  /** Names of clusters that are in the repository, those in error included: a lint that misses them would be a false alarm. */
  readonly mentionedClusters: ReadonlySet<string>;
  readonly types: FederatedTypes;
}

export interface FederationObjects {
  readonly kubeFedConfigs: readonly RawObject[];
  readonly clusters: readonly RawObject[];
  readonly typeConfigs: readonly RawObject[];
}

export function readFederation(objects: FederationObjects, memo: ModelMemo, collector: FindingCollector): Federation {
  const config = pickKubeFedConfig(objects.kubeFedConfigs, collector);
  const systemNamespace = findSystemNamespace(config, objects.clusters);
  return {
    kubeFedConfig: config === undefined ? DEFAULT_KUBEFED_CONFIG : collector.take(memo.kubeFedConfigs.get(config)),
    systemNamespace,
    clusters: readClusters(objects.clusters, systemNamespace, memo, collector),
    mentionedClusters: new Set(objects.clusters.flatMap((raw) => nameOf(raw) ?? [])),
    types: readTypes(objects.typeConfigs, systemNamespace, memo, collector),
  };
}

function pickKubeFedConfig(raws: readonly RawObject[], collector: FindingCollector): RawObject | undefined {
  const named = raws.filter((raw) => nameOf(raw) === KUBEFED_CONFIG_NAME);
  for (const raw of raws) {
    if (named.includes(raw)) continue;
    const label = describeObject(raw);
    const message = `${label}: is not read: KubeFed's configuration is the KubeFedConfig named "${KUBEFED_CONFIG_NAME}"`;
    collector.add('NotSupported', raw.source, [], message, { object: label });
  }
  if (named.length > 1) reportDuplicates(named, collector, true);
  const [first] = named.toSorted((a, b) => compareText(namespaceOf(a) ?? '', namespaceOf(b) ?? ''));
  return first;
}

function readClusters(
  raws: readonly RawObject[],
  systemNamespace: string,
  memo: ModelMemo,
  collector: FindingCollector,
): readonly KubeFedCluster[] {
  const read = raws.flatMap((raw) => {
    const namespace = namespaceOf(raw) ?? systemNamespace;
    if (namespace === systemNamespace) {
      return [{ raw, cluster: collector.take(memo.clusters.get(raw, systemNamespace)) }];
    }
    const label = describeObject(raw);
    const message = `${label}: clusters are registered in the system namespace ${systemNamespace}: move it there, or remove it`;
    collector.add('InvalidCluster', raw.source, ['metadata', 'namespace'], message, { object: label, hold: true });
    return [];
  });
  const { unique, repeated } = groupBy(read, ({ raw }) => nameOf(raw) ?? describeObject(raw));
  for (const group of repeated)
    reportDuplicates(
      group.map(({ raw }) => raw),
      collector,
      true,
    );
  return unique.flatMap(({ cluster }) => cluster ?? []).toSorted((a, b) => compareText(a.name, b.name));
}

function readTypes(
  raws: readonly RawObject[],
  systemNamespace: string,
  memo: ModelMemo,
  collector: FindingCollector,
): FederatedTypes {
  const own = raws.filter((raw) => {
    const namespace = namespaceOf(raw) ?? systemNamespace;
    if (namespace === systemNamespace) return true;
    const label = describeObject(raw);
    const message = `${label}: is not read: FederatedTypeConfigs belong into the system namespace ${systemNamespace}`;
    collector.add('IgnoredNamespace', raw.source, ['metadata', 'namespace'], message, { object: label });
    return false;
  });
  const { repeated } = groupBy(own, (raw) => nameOf(raw) ?? describeObject(raw));
  for (const group of repeated) reportDuplicates(group, collector, true);
  return readFederatedTypes(own, memo, collector);
}
