import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../drift/index.ts';
import type { LiveObject } from './lists.ts';
import { changedPart } from './object-change.ts';

const OURS: ManagedFieldsEntry = {
  manager: 'gitfed',
  operation: 'Apply',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsV1: { 'f:data': {} },
};
const STATUS: ManagedFieldsEntry = {
  manager: 'kubelet',
  operation: 'Update',
  subresource: 'status',
  time: '2026-01-01T00:00:00Z',
  fieldsV1: { 'f:status': {} },
};
const BASE: LiveObject & { status?: unknown } = {
  metadata: { uid: 'u', resourceVersion: '1', generation: 1, managedFields: [OURS, STATUS] },
  spec: { replicas: 1 },
  status: { readyReplicas: 1 },
};

type Change = (object: typeof BASE) => object;
const metadata =
  (changed: Partial<LiveObject['metadata']>): Change =>
  (object) => ({ ...object, metadata: { ...object.metadata, resourceVersion: '2', ...changed } });

describe('a change', () => {
  it.each<[string, string, Change]>([
    ['nothing', 'its version alone', metadata({})],
    ['nothing', 'the time of a status', metadata({ managedFields: [OURS, { ...STATUS, time: 'later' }] })],
    ['nothing', 'the fields of a status', metadata({ managedFields: [OURS, { ...STATUS, fieldsV1: {} }] })],
    ['nothing', 'a new manager of a status', metadata({ managedFields: [OURS, STATUS, { ...STATUS, manager: 'x' }] })],
    ['nothing', 'the time of a manager', metadata({ managedFields: [{ ...OURS, time: 'later' }, STATUS] })],
    ['status', 'its status', (object) => ({ ...metadata({})(object), status: { readyReplicas: 0 } })],
    ['object', 'its generation', metadata({ generation: 2 })],
    ['object', 'its uid', metadata({ uid: 'other' })],
    ['object', 'a label', metadata({ labels: { a: 'b' } })],
    ['object', 'an annotation', metadata({ annotations: { a: 'b' } })],
    ['object', 'its deletion', metadata({ deletionTimestamp: 'now' })],
    ['object', 'fields of a manager', metadata({ managedFields: [{ ...OURS, fieldsV1: {} }, STATUS] })],
    ['object', 'another manager', metadata({ managedFields: [OURS, STATUS, { ...OURS, manager: 'kubectl' }] })],
    ['object', 'a field that is kept', (object) => ({ ...metadata({})(object), spec: { replicas: 2 } })],
  ])('is of %s: %s', (part, _title, change) => {
    expect(changedPart(BASE, change(BASE) as LiveObject, { isRestless: false })).toBe(part);
  });

  it('without a generation is told by the time of a manager, but for objects that are written all the time', () => {
    const before: LiveObject = { metadata: { managedFields: [OURS] } };
    const after: LiveObject = { metadata: { managedFields: [{ ...OURS, time: 'later' }] } };
    expect(changedPart(before, after, { isRestless: false })).toBe('object');
    expect(changedPart(before, after, { isRestless: true })).toBe('nothing');
  });
});
