import { describe, expect, it } from 'vitest';
import { clusterOf, federatedOf, modelWith } from '../../test/helpers/render-input.ts';
import type { ObjectResult, PropagationStatus } from '../apply/types.ts';
import { recordedObjects } from './recorded-objects.ts';
import { statusTruth } from './status-truth.ts';

const web = federatedOf();
const { clusters } = modelWith({ clusters: [clusterOf('a')], objects: [web] });
const PATH = 'objects/a.yaml';

type Told = Partial<ObjectResult>;

/** What a pass that found this leaves on the branch. */
function filesAfter(previous: ReadonlyMap<string, string>, told: Told): ReadonlyMap<string, string> {
  const result: ObjectResult = {
    id: web.target,
    federated: 'FederatedDeployment/shop/web',
    action: 'skipped',
    status: '',
    ...told,
  };
  const results = [{ cluster: 'a', state: 'Failed', objects: [result] } as const];
  const truth = statusTruth({ clusters, results, now: '2026-01-01T00:00:00Z', previous });
  return new Map([...truth].flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])));
}

function isHere(...passes: readonly Told[]): boolean {
  return recordedObjects(passes.reduce(filesAfter, new Map<string, string>())).isHere('a', web.target);
}

const healthOf = (status: 'Current' | 'InProgress' | 'Terminating'): Told => ({
  health: { status, message: '', summary: '' },
});
const MADE: Told = { action: 'created', ...healthOf('Current') };
const GONE: Told = { status: 'Drifted', wasDeleted: true };

const SILENT: readonly PropagationStatus[] = [
  'RetrievalFailed',
  'NotHealthy',
  'Suspended',
  'ClusterNotReady',
  'ClusterLocked',
  'ComputeResourceFailed',
  'ApplyOverridesFailed',
  'PruneHeld',
  'WaitingForRemoval',
  'InventoryConflict',
  'NamespaceShared',
  'AlreadyExists',
  'ManagedLabelFalse',
  'KeptLive',
];

describe('an object that is', () => {
  it.each(SILENT)('%s from its first pass on was never there', (status) => {
    expect(isHere({ status })).toBe(false);
    expect(isHere({ status }, { status })).toBe(false);
  });

  it.each(SILENT)('%s after it was made was there, however often that is told', (status) => {
    expect(isHere(MADE, { status })).toBe(true);
    expect(isHere(MADE, { status }, { status: 'RetrievalFailed' }, { status })).toBe(true);
  });

  it.each(SILENT)('%s after it was deleted there was there', (status) => {
    expect(isHere(MADE, GONE, { status })).toBe(true);
  });

  it.each(SILENT)('%s after it could not be made was never there', (status) => {
    expect(isHere({ status: 'CreationFailed' }, { status })).toBe(false);
    expect(isHere({ status: 'CreationTimedOut' }, { status })).toBe(false);
  });

  it.each([
    ['NotHealthy', 'InProgress'],
    ['Suspended', 'Current'],
    ['RetrievalFailed', 'Current'],
    ['ClusterLocked', 'Current'],
    ['ClusterNotReady', 'Current'],
  ] as const)('%s, and %s by its own account, is there', (status, health) => {
    expect(isHere({ status, ...healthOf(health) })).toBe(true);
  });

  it.each([
    ['being deleted', { status: 'WaitingForRemoval', ...healthOf('Terminating') }],
    ['suspended while it is being deleted', { status: 'Suspended', ...healthOf('Terminating') }],
    ['somebody else’s', { status: 'AlreadyExists', ...healthOf('Current') }],
    ['another inventory’s', { status: 'InventoryConflict', ...healthOf('Current') }],
    ['kept live', { status: 'KeptLive', ...healthOf('Current') }],
  ] as const)('%s when it is first seen was never there as ours', (_title, told) => {
    expect(isHere(told)).toBe(false);
    expect(isHere(MADE, told)).toBe(true);
  });

  it.each(['UpdateFailed', 'UpdateTimedOut', 'Drifted', 'DriftFight', 'FieldTaken'] as const)(
    '%s is there',
    (status) => {
      expect(isHere({ status })).toBe(true);
    },
  );

  it.each(['CreationFailed', 'CreationTimedOut', 'WaitingForRemoval', 'ClusterLocked', 'ClusterNotReady'] as const)(
    '%s after we deleted it to make it anew is not there',
    (status) => {
      const removed: Told = { status, wasRemoved: true, ...healthOf('Current') };
      expect(isHere(MADE, removed)).toBe(false);
      expect(isHere(MADE, removed, { status: 'WaitingForRemoval', ...healthOf('Terminating') })).toBe(false);
      expect(isHere(MADE, removed, { status: 'RetrievalFailed' })).toBe(false);
      expect(isHere(MADE, removed, MADE, { status: 'RetrievalFailed' })).toBe(true);
    },
  );

  it.each(['DeletionFailed', 'DeletionTimedOut', 'PruneHeld', 'WaitingForRemoval', 'LabelRemovalFailed'] as const)(
    '%s and wanted no more is not to stay, so that its absence is nobody’s doing',
    (status) => {
      const { id } = { id: web.target };
      const results = [{ cluster: 'a', state: 'Failed', objects: [{ id, action: 'skipped', status }] } as const];
      const made = filesAfter(new Map(), MADE);
      const truth = statusTruth({ clusters, results, now: '2026-01-01T00:00:00Z', previous: made });
      const files = new Map([[PATH, truth.get(PATH) ?? '']]);
      expect(recordedObjects(files).isHere('a', id)).toBe(false);
      expect(recordedObjects(filesAfter(files, { status: 'RetrievalFailed' })).isHere('a', id)).toBe(false);
      // The plan would still move its replicas.
      expect(recordedObjects(files).isElsewhere('b', id)).toBe(true);
    },
  );
});

describe('a file', () => {
  it('says that an object is present only where its status does not', () => {
    expect(filesAfter(new Map(), MADE).get(PATH)).not.toContain('present');
    const made = filesAfter(new Map(), MADE);
    const lost = filesAfter(made, { status: 'RetrievalFailed' });
    expect(lost.get(PATH)).toContain('present: true');
    expect(filesAfter(lost, { status: 'RetrievalFailed' }).get(PATH)).toBe(lost.get(PATH));
    expect(filesAfter(lost, MADE).get(PATH)).toBe(made.get(PATH));
    expect(filesAfter(made, { status: 'Suspended', ...healthOf('Current') }).get(PATH)).not.toContain('present');
  });

  it('of an earlier version, which does not say it, lets be made what may never have been', () => {
    const old = (line: string): ReadonlyMap<string, string> =>
      new Map([
        [
          PATH,
          `objects:\n- federated: FederatedDeployment/shop/web\n  group: apps\n  kind: Deployment\n  name: web\n  namespace: shop\n${line}state: Failed\n`,
        ],
      ]);
    const told = (line: string): boolean => recordedObjects(old(line)).isHere('a', web.target);
    expect(told('')).toBe(true);
    expect(told('  status: Drifted\n')).toBe(true);
    expect(told('  status: RetrievalFailed\n')).toBe(false);
    expect(told('  status: NotHealthy\n')).toBe(false);
    expect(told('  health: InProgress\n  status: NotHealthy\n')).toBe(true);
    expect(told('  status: OfALaterVersion\n')).toBe(true);
    expect(told('  present: "true"\n  status: RetrievalFailed\n')).toBe(false);
    expect(recordedObjects(old('  status: RetrievalFailed\n')).isElsewhere('b', web.target)).toBe(true);
  });
});
