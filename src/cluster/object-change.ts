import type { ManagedFieldsEntry } from '../drift/index.ts';
import type { LiveObject } from './lists.ts';

/**
 * What a change is about. `object`: what it should be, whose it is, or whether it stays. `status`: only how it is. `nothing`: what nobody
 * reads, such as its version.
 */
export type ChangedPart = 'object' | 'status' | 'nothing';

export interface ComparisonOptions {
  /** Its managers write it again and again without a change, as those of a Lease do. */
  readonly isRestless: boolean;
}

/** What differs between two states of one object, as far as they are kept. */
export function changedPart(before: LiveObject, after: LiveObject, { isRestless }: ComparisonOptions): ChangedPart {
  const [a, b] = [before.metadata, after.metadata];
  const isSame =
    a.uid === b.uid &&
    a.generation === b.generation &&
    a.deletionTimestamp === b.deletionTimestamp &&
    isEqual(a.labels, b.labels) &&
    isEqual(a.annotations, b.annotations) &&
    // Where changes are not counted, the time of a manager is all that tells of a second change of the same field.
    isSameFields(a.managedFields, b.managedFields, b.generation === undefined && !isRestless);
  if (!isSame) return 'object';
  const { metadata: _before, status: statusBefore, ...restBefore } = before as LiveObject & { status?: unknown };
  const { metadata: _after, status: statusAfter, ...restAfter } = after as LiveObject & { status?: unknown };
  if (!isEqual(restBefore, restAfter)) return 'object';
  return isEqual(statusBefore, statusAfter) ? 'nothing' : 'status';
}

/** What controllers say of a status is not among what an object should be. */
function isSameFields(
  before: readonly ManagedFieldsEntry[] = [],
  after: readonly ManagedFieldsEntry[] = [],
  withTimes: boolean,
): boolean {
  if (before === after) return true;
  const [a, b] = [before.filter(isNoStatus), after.filter(isNoStatus)];
  if (a.length !== b.length) return false;
  return a.every((one, index) => {
    const other = b[index];
    if (one === other) return true;
    return (
      other !== undefined &&
      one.manager === other.manager &&
      one.operation === other.operation &&
      one.apiVersion === other.apiVersion &&
      one.subresource === other.subresource &&
      (!withTimes || one.time === other.time) &&
      isEqual(one.fieldsV1, other.fieldsV1)
    );
  });
}

function isNoStatus({ subresource }: ManagedFieldsEntry): boolean {
  return subresource !== 'status';
}

/** Of JSON, as a server writes it: keys of equal values have one order. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
