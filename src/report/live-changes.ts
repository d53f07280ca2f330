import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { FieldDifference } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { ChangeCollector, RELEASED } from './change-collector.ts';
import type { Risk } from './change-risks.ts';
import type { ChangeSet } from './change-set.ts';

/** What a pass would change in the members, of a result of mode `inspect`: folded over clusters like the difference of two commits. */
export function liveChanges({ clusters }: SyncResult): ChangeSet {
  const collector = new ChangeCollector();
  for (const { cluster, objects } of clusters) {
    for (const result of objects) addChange(collector, cluster, result);
  }
  return {
    clusters: { added: [], removed: [] },
    objects: collector.changes(),
    risks: clusters.flatMap(guardRisk),
  };
}

function guardRisk({ cluster, prune }: ClusterResult): readonly Risk[] {
  if (prune?.status !== 'PruneBlocked') return [];
  const message = `${prune.count} objects would go, more than the guard lets pass, so that a sync deletes nothing`;
  return [{ code: 'ManyDeletions', message, clusters: [cluster] }];
}

function addChange(collector: ChangeCollector, cluster: string, result: ObjectResult): void {
  const { id, action, drift = [], federated = '', released, preview = {} } = result;
  const object = { id, federated };
  if (action === 'created') collector.add('created', cluster, object, { fields: [] });
  if (action === 'deleted') collector.add('deleted', cluster, object, { fields: [] });
  if (action !== 'configured') return;
  const fields = released === true ? RELEASED : drift.flatMap(toDifference);
  if (fields.length > 0) collector.add('changed', cluster, object, { ...preview, fields });
}

/** From what is there to what is wanted. Whose field it is changes nothing that anybody sees. */
function toDifference({ type, path, desired, live }: FieldDrift): readonly FieldDifference[] {
  const before = live === undefined ? {} : { before: live };
  const after = desired === undefined ? {} : { after: desired };
  switch (type) {
    case 'changed':
      return [{ type: 'changed', path, ...before, ...after }];
    case 'missing':
      return [{ type: 'added', path, ...after }];
    case 'added':
      return [{ type: 'removed', path, ...before }];
    case 'taken':
      return [];
    default:
      return type satisfies never;
  }
}
