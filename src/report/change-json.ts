import { formatObjectId, type JsonObject } from '../core/index.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';

/** A change set as `gitfed diff -o json` prints it; see `docs/cli.md`. */
export function changeSetToJson({ clusters, objects }: ChangeSet): JsonObject {
  const total = (type: ObjectChange['type']): number =>
    objects.filter((change) => change.type === type).reduce((sum, change) => sum + change.clusters.length, 0);
  return {
    summary: { created: total('created'), changed: total('changed'), deleted: total('deleted') },
    clusters: { added: clusters.added, removed: clusters.removed },
    changes: objects.map(objectChangeToJson),
  };
}

function objectChangeToJson({ type, id, federated, clusters, fields }: ObjectChange): JsonObject {
  return {
    type,
    object: formatObjectId(id),
    group: id.group,
    kind: id.kind,
    namespace: id.namespace,
    name: id.name,
    federated,
    clusters,
    fields: fields.map(fieldChangeToJson),
  };
}

function fieldChangeToJson({ type, path, before, after, clusters }: FieldChange): JsonObject {
  return {
    type,
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    clusters,
  };
}
