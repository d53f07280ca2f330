import { formatObjectId, type JsonObject } from '../core/index.ts';
import { patchesOf } from './change-patches.ts';
import type { NamedRisk } from './change-risks.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';
import { allRisks, countChanges } from './change-wording.ts';

/** A change set as `gitfed diff -o json` prints it; see `docs/diff.md`. */
export function changeSetToJson(changes: ChangeSet): JsonObject {
  const { clusters, objects } = changes;
  return {
    summary: { ...countChanges(objects) },
    clusters: { added: clusters.added, removed: clusters.removed },
    risks: allRisks(changes).map(riskToJson),
    changes: objects.map(objectChangeToJson),
  };
}

function riskToJson({ code, field, message, keys, id, clusters }: NamedRisk): JsonObject {
  return {
    code,
    ...(id === undefined ? {} : { object: formatObjectId(id) }),
    ...(field === undefined ? {} : { field }),
    message,
    ...(keys === undefined ? {} : { keys }),
    clusters,
  };
}

function objectChangeToJson(change: ObjectChange): JsonObject {
  const { type, id, federated, clusters, fields, renamedFrom, renamedTo, contents } = change;
  return {
    type,
    object: formatObjectId(id),
    group: id.group,
    kind: id.kind,
    namespace: id.namespace,
    name: id.name,
    federated,
    ...(renamedFrom === undefined ? {} : { renamedFrom: formatObjectId(renamedFrom) }),
    ...(renamedTo === undefined ? {} : { renamedTo: formatObjectId(renamedTo) }),
    clusters,
    fields: fields.map(fieldChangeToJson),
    patches: patchesOf(contents).map((patch) => ({ ...patch })),
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
