import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';
import { addedFields, foreignFields, ownsLabel, transferredFields } from './foreign-fields.ts';

const MANAGERS = { takeOver: ['controller-manager', 'helm'], people: ['kubectl*'] };
const MARK = ['f:metadata', 'f:annotations', 'f:mark'];
const manifest: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', annotations: { wanted: 'x' } },
  spec: { paused: true },
};

function entry(manager: string, fieldsV1: FieldSet, rest: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return { manager, operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1, ...rest };
}

const OWN: FieldSet = {
  'f:spec': { 'f:paused': {} },
  'f:metadata': { 'f:annotations': { 'f:mark': {}, 'f:wanted': {} } },
};
const ours = (fieldsV1: FieldSet = OWN): ManagedFieldsEntry => entry('gitfed', fieldsV1, { operation: 'Apply' });
const SIDECAR = {
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"x"}': { '.': {}, 'f:image': {} } } } } },
};
const KUBEFED = { 'f:metadata': { 'f:labels': { 'f:kubefed.io/managed': {} } }, 'f:spec': { 'f:x': {} } };

describe('fields of others that become ours', () => {
  it.each<[string, ManagedFieldsEntry, FieldSet | undefined]>([
    ['a person’s are', entry('kubectl-edit', SIDECAR), SIDECAR],
    ['a person’s are, applied on the server too', entry('kubectl', SIDECAR, { operation: 'Apply' }), SIDECAR],
    ['another controller’s are not', entry('istio', SIDECAR), undefined],
    ['those of a former tool are', entry('helm', SIDECAR), SIDECAR],
    ['those that it applies still are not', entry('helm', SIDECAR, { operation: 'Apply' }), undefined],
    ['KubeFed’s are', entry('controller-manager', KUBEFED), KUBEFED],
    [
      'those of another controller-manager are not',
      entry('controller-manager', { 'f:spec': { 'f:x': {} } }),
      undefined,
    ],
    [
      'those of a subresource are not',
      entry('kubectl', { 'f:spec': { 'f:x': {} } }, { subresource: 'scale' }),
      undefined,
    ],
    ['status is not', entry('kubectl-edit', { 'f:status': { 'f:x': {} } }), undefined],
    [
      'replicas that the manifest leaves out are not',
      entry('kubectl-edit', { 'f:spec': { 'f:replicas': {} } }),
      undefined,
    ],
    [
      'of metadata labels and wanted annotations are',
      entry('kubectl-edit', {
        'f:metadata': {
          'f:labels': { 'f:a': {} },
          'f:annotations': { 'f:wanted': {}, 'f:theirs': {} },
          'f:finalizers': { 'v:"x"': {} },
          'f:ownerReferences': {},
        },
      }),
      { 'f:metadata': { 'f:labels': { 'f:a': {} }, 'f:annotations': { 'f:wanted': {} } } },
    ],
    [
      'the annotation of a restart is not',
      entry('kubectl-rollout', {
        'f:spec': { 'f:template': { 'f:metadata': { 'f:annotations': { 'f:restartedAt': {} } } } },
      }),
      undefined,
    ],
    ['our own are ours already', ours(), undefined],
  ])('%s', (_title, other, expected) => {
    expect(foreignFields([other], manifest, MANAGERS)[0]?.fields).toEqual(expected);
  });

  it('are not those that are left to others', () => {
    const other = entry('kubectl-edit', { 'f:spec': { 'f:x': {}, 'f:y': {} } });
    expect(foreignFields([other], manifest, MANAGERS, [['f:spec', 'f:x']])[0]?.fields).toEqual({
      'f:spec': { 'f:y': {} },
    });
  });

  it('are of a Namespace only those that the manifest has', () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } };
    const other = entry('kubectl-label', { 'f:metadata': { 'f:labels': { '.': {}, 'f:team': {}, 'f:theirs': {} } } });
    const foreign = foreignFields([other], namespace, MANAGERS);
    expect(foreign[0]?.fields).toEqual({ 'f:metadata': { 'f:labels': { 'f:team': {} } } });
    expect(addedFields(foreign, [other], namespace)).toEqual([]);
  });
});

describe('fields that people added', () => {
  it('are those that nobody else owns, without the marks of what others are in', () => {
    const person = entry('kubectl-edit', { 'f:spec': { '.': {}, 'f:paused': {}, 'f:shared': {}, 'f:theirs': {} } });
    const other = entry('controller', { 'f:spec': { 'f:shared': {} } });
    const entries = [ours(), other, person];
    const added = addedFields(foreignFields(entries, manifest, MANAGERS), entries, manifest);
    expect(added.map(({ fields }) => fields)).toEqual([{ 'f:spec': { 'f:theirs': {} } }]);
  });
});

describe('a transfer', () => {
  const person = entry('kubectl-edit', {
    'f:spec': { 'f:x': {} },
    'f:metadata': { 'f:annotations': { 'f:theirs': {} } },
  });
  const move = (entries: readonly ManagedFieldsEntry[], handedOver: readonly (readonly string[])[] = []) =>
    transferredFields(entries, 'apps/v1', foreignFields(entries, manifest, MANAGERS), { handedOver, mark: MARK });

  it('gives us what is to be ours, leaves the rest, and takes the mark off until the apply', () => {
    expect(move([person, ours()])).toEqual([
      { ...person, fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:theirs': {} } } } },
      ours({ 'f:spec': { 'f:paused': {}, 'f:x': {} }, 'f:metadata': { 'f:annotations': { 'f:wanted': {} } } }),
    ]);
  });

  it('makes an entry of ours where there was none, and drops one that is empty then', () => {
    const all = entry('kubectl-edit', { 'f:spec': { 'f:x': {} } });
    expect(move([all])).toEqual([
      {
        manager: 'gitfed',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:x': {} } },
      },
    ]);
  });

  it('gives up what is handed over, and is none where nothing changes', () => {
    expect(move([ours()], [['f:spec', 'f:paused']])).toEqual([
      ours({ 'f:metadata': { 'f:annotations': { 'f:wanted': {} } } }),
    ]);
    expect(move([ours()], [['f:spec', 'f:replicas']])).toBeUndefined();
  });
});

describe('a label', () => {
  it.each<[string, ManagedFieldsEntry, boolean]>([
    ['that we wrote is ours', ours({ 'f:metadata': { 'f:labels': { 'f:a': {} } } }), true],
    [
      'that somebody else wrote is not',
      entry('endpoint-controller', { 'f:metadata': { 'f:labels': { 'f:a': {} } } }),
      false,
    ],
    ['that nobody wrote is not', ours({ 'f:metadata': {} }), false],
  ])('%s', (_title, one, expected) => {
    expect(ownsLabel([one], 'a')).toBe(expected);
  });
});
