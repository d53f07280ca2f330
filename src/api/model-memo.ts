import { compareObjectIds, isSameList, isSameSet, Memo, SortedList, Unchanged } from '../core/index.ts';
import { readCluster } from './cluster.ts';
import { type RawObject, readObjects } from './documents.ts';
import { readFederatedObject } from './federated-object.ts';
import type { RepositoryEntry } from './files.ts';
import { type FindingCollector, type Judged, judge } from './finding-collector.ts';
import { readKubeFedConfig } from './kubefed-config.ts';
import { lintObject } from './lint-object.ts';
import { lintPreference } from './lint-preference.ts';
import type { FederatedObject, FederatedType } from './model.ts';
import { readPreference } from './preference.ts';
import { readTypeConfig } from './type-config.ts';

/**
 * What is remembered between two models of one repository: pass the same one to `buildModel` again, and only what changed is read.
 * Files are recognised by their entries: an unchanged file must be the same value as before.
 *
 * Each step names all that it may look at, and a step for which nothing of that changed is not done again. Steps that compare objects with
 * one another (identities, duplicates, order) remember nothing.
 */
export class ModelMemo {
  readonly files = new Memo((entry: RepositoryEntry, fileBytes: number, documentNodes: number, depth: number) =>
    judge((collector) => readObjects(entry, { fileBytes, documentNodes, depth }, collector)),
  );
  readonly kubeFedConfigs = judging(readKubeFedConfig);
  readonly typeConfigs = judging(readTypeConfig);
  readonly preferences = judging(readPreference);
  readonly clusters = new Memo((raw: RawObject, systemNamespace: string) =>
    judge((collector) => readCluster(raw, systemNamespace, collector)),
  );
  readonly objects = new Memo((raw: RawObject, type: FederatedType, isPlanned: boolean) =>
    judge((collector) => readFederatedObject(raw, type, isPlanned, collector)),
  );
  readonly objectLints = new Memo(lintObject);
  readonly preferenceLints = new Memo(lintPreference);

  readonly clusterNames = new Unchanged<readonly string[]>(isSameList);
  readonly mentionedClusters = new Unchanged<ReadonlySet<string>>(isSameSet);
  readonly objectOrder = new SortedList<FederatedObject>((a, b) => compareObjectIds(a.id, b.id));
}

function judging<T>(read: (raw: RawObject, collector: FindingCollector) => T): Memo<RawObject, [], Judged<T>> {
  return new Memo((raw: RawObject) => judge((collector) => read(raw, collector)));
}
