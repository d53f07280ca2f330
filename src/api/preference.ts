import { isJsonObject, type JsonValue } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { field, INT32, INT64, readBoolean, readInteger, readMapping, readString } from './fields.ts';
import type { FindingCollector, Report } from './finding-collector.ts';
import { checkName, checkNamespace, readMetadata, readSpec, reportRoundedIntegers, subjectOf } from './metadata.ts';
import type { ClusterPreference, ReplicaSchedulingPreference } from './model.ts';
import { describeType } from './wording.ts';

/** A ReplicaSchedulingPreference in error. Its target keeps what it has: without the preference it would get other numbers. */
export interface BrokenPreference {
  readonly namespace: string;
  readonly name: string;
  /** `undefined`: could not be read, so that it may be any kind with replicas. */
  readonly targetKind: string | undefined;
}

export type ReadPreference =
  | { readonly ok: true; readonly preference: ReplicaSchedulingPreference }
  | { readonly ok: false; readonly broken: BrokenPreference };

/** @returns `undefined` where not even name and namespace can be read; deletions and planned replicas are then held back. */
export function readPreference(raw: RawObject, collector: FindingCollector): ReadPreference | undefined {
  const subject = subjectOf(raw, collector, 'InvalidPreference', false);
  const { report } = subject;
  const metadata = readMetadata(raw.object, report);
  const name = checkName(metadata.name, subject.reportHolding);
  const namespace = checkNamespace(metadata.namespace, subject.reportHolding);
  if (name === undefined || namespace === undefined) return undefined;
  reportRoundedIntegers(raw, subject);
  const spec = readSpec(raw.object, report) ?? {};
  const targetKind = readString(field(spec, 'targetKind'), ['spec', 'targetKind'], report);
  if (field(spec, 'targetKind') === undefined)
    report(['spec', 'targetKind'], 'is required, for example FederatedDeployment');
  const total = readInteger(field(spec, 'totalReplicas'), ['spec', 'totalReplicas'], INT32, report);
  if (field(spec, 'totalReplicas') === undefined) report(['spec', 'totalReplicas'], 'is required');
  const rebalance = readBoolean(field(spec, 'rebalance'), ['spec', 'rebalance'], report) ?? false;
  const intersect = readBoolean(
    field(spec, 'intersectWithClusterSelector'),
    ['spec', 'intersectWithClusterSelector'],
    report,
  );
  const clusters = readClusters(field(spec, 'clusters'), report);
  if (subject.errors > 0 || targetKind === undefined || total === undefined) {
    return { ok: false, broken: { namespace, name, targetKind } };
  }
  const preference: ReplicaSchedulingPreference = {
    namespace,
    name,
    targetKind,
    totalReplicas: Number(total),
    rebalance,
    intersectWithClusterSelector: intersect ?? false,
    clusters,
    source: raw.source,
  };
  return { ok: true, preference };
}

const EVERYWHERE_ALIKE: ReadonlyMap<string, ClusterPreference> = new Map([['*', { minReplicas: 0n, weight: 1n }]]);

function readClusters(value: JsonValue | undefined, report: Report): ReadonlyMap<string, ClusterPreference> {
  const mapping = readMapping(value, ['spec', 'clusters'], report) ?? {};
  const entries = Object.entries(mapping).map(
    ([cluster, item]) => [cluster, readClusterPreference(cluster, item, report)] as const,
  );
  return entries.length === 0 ? EVERYWHERE_ALIKE : new Map(entries);
}

function readClusterPreference(cluster: string, item: JsonValue, report: Report): ClusterPreference {
  const path = ['spec', 'clusters', cluster];
  if (item !== null && !isJsonObject(item))
    report(path, `must be a mapping with weight, minReplicas or maxReplicas, not ${describeType(item)}`);
  const fields = isJsonObject(item) ? item : {};
  const integer = (name: string): bigint | undefined =>
    readInteger(field(fields, name), [...path, name], INT64, report);
  const maxReplicas = integer('maxReplicas');
  return {
    minReplicas: integer('minReplicas') ?? 0n,
    ...(maxReplicas === undefined ? {} : { maxReplicas }),
    weight: integer('weight') ?? 0n,
  };
}
