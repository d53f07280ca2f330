import type { ClusterResult, ObjectResult } from '../apply/index.ts';
import {
  type FieldStep,
  formatFieldPath,
  type JsonObject,
  jsonEquals,
  type ObjectId,
  objectIdKey,
  resolveFieldPath,
} from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import type { ClusterFieldWanted } from '../render/index.ts';
import type { NotAcceptedField } from './accept-types.ts';

/** What has drifted of one object, and what of it is not to be written. */
export interface DriftToAccept {
  readonly wanted: readonly ClusterFieldWanted[];
  readonly notAccepted: readonly NotAcceptedField[];
}

export interface DriftRequest {
  readonly target: ObjectId;
  readonly federated: string;
  /** What is to be there, by cluster. */
  readonly manifests: ReadonlyMap<string, JsonObject>;
  readonly fields: readonly (readonly FieldStep[])[] | undefined;
}

/** Chooses what is to be written of what differs. Pure. */
export function driftToAccept(results: readonly ClusterResult[], request: DriftRequest): DriftToAccept {
  const parts = results.map((result) => driftIn(result, request));
  const wanted = parts.flatMap((part) => part.wanted);
  const notAccepted = parts.flatMap((part) => part.notAccepted);
  const unmatched = (request.fields ?? []).filter((asked) => {
    return !parts.some(({ drift, cluster }) =>
      drift.some(({ path }) => isAsked(path, asked, request.manifests.get(cluster))),
    );
  });
  return {
    wanted,
    notAccepted: [
      ...notAccepted,
      ...unmatched.map((asked) => ({
        path: formatFieldPath(asked),
        clusters: [],
        reason: 'It has not drifted in any cluster that was compared.',
      })),
    ],
  };
}

interface ClusterDrift extends DriftToAccept {
  readonly cluster: string;
  readonly drift: readonly FieldDrift[];
}

function driftIn({ cluster, state, message, objects }: ClusterResult, request: DriftRequest): ClusterDrift {
  const refuse = (reason: string): ClusterDrift => {
    return { cluster, drift: [], wanted: [], notAccepted: [{ clusters: [cluster], reason }] };
  };
  if (state === 'NotReady' || state === 'Suspended')
    return refuse(`It was not compared (${state}): ${message ?? 'no writes are wanted there.'}`);
  const result = objects.find(({ id }) => objectIdKey(id) === objectIdKey(request.target));
  if (result === undefined) return refuse(message ?? 'It was not compared.');
  if (result.action === 'created') {
    return refuse(
      'It is not there. To leave it so, take the cluster out of spec.placement; what is deleted cannot be an override.',
    );
  }
  if (result.action === 'skipped') return refuse(`${result.status}: ${result.message ?? 'it was not compared.'}`);
  return { cluster, ...fieldsOf(cluster, result, request) };
}

function fieldsOf(
  cluster: string,
  { drift: found = [], pending, preview }: ObjectResult,
  { fields, manifests }: DriftRequest,
): Omit<ClusterDrift, 'cluster'> {
  const drift = found.filter(({ type }) => type !== 'taken');
  const asked = drift.filter(({ path }) => fields?.some((one) => isAsked(path, one, manifests.get(cluster))) ?? true);
  const isCommitted = (field: FieldDrift): boolean => pending === 'changed' && field.manager === undefined;
  return {
    drift,
    wanted: asked
      .filter((field) => !isCommitted(field))
      .map((field) => ({ cluster, field: wantedField(field, preview?.before) })),
    notAccepted: asked.filter(isCommitted).map(({ path }) => ({
      path: formatFieldPath(path),
      clusters: [cluster],
      reason:
        'The last commit of the object is not applied there yet, so that nobody knows whether this was changed by hand. Compare again after a sync.',
    })),
  };
}

function wantedField({ type, path, live }: FieldDrift, object: JsonObject | undefined): ClusterFieldWanted['field'] {
  const index = type === 'added' && object !== undefined ? indexIn(object, path) : undefined;
  return {
    path,
    isNew: type === 'added',
    ...(type === 'missing' || live === undefined ? {} : { value: live }),
    ...(index === undefined ? {} : { index }),
  };
}

/** Where an item stands: another order of containers would be another Pod template, and a rollout. */
function indexIn(object: JsonObject, path: readonly FieldStep[]): number | undefined {
  const found = resolveFieldPath(object, path);
  const last = found.path.at(-1);
  return found.value !== undefined && typeof last === 'number' ? last : undefined;
}

/** Whether a path is one that was asked for, or below it. An item may be named by its key or by its index. */
function isAsked(path: readonly FieldStep[], asked: readonly FieldStep[], manifest: JsonObject | undefined): boolean {
  if (asked.length <= path.length && asked.every((step, index) => isSameStep(step, path[index]))) return true;
  if (manifest === undefined) return false;
  const wanted = resolveFieldPath(manifest, asked);
  const found = resolveFieldPath(manifest, path);
  return wanted.value !== undefined && wanted.path.every((step, index) => `${step}` === `${found.path[index]}`);
}

function isSameStep(a: FieldStep, b: FieldStep | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object')
    return `${a}` === `${b}` && typeof a !== 'object' && typeof b !== 'object';
  const values = ({ key }: typeof a): JsonObject => Object.fromEntries(key.map(([name, value]) => [name, `${value}`]));
  return jsonEquals(values(a), values(b));
}
