import { describe, expect, it } from 'vitest';
import { federatedOf, modelWith, typeOf } from '../../test/helpers/render-input.ts';
import type { LiveObject, ServedResource } from '../cluster/index.ts';
import type { ObjectId } from '../core/index.ts';
import { objectIdKey } from '../core/index.ts';
import type { Desired } from './desired.ts';
import type { Live } from './live.ts';
import { observeAll, watchlistOf, withObserved } from './observe.ts';
import { PlanMemo } from './plan-memo.ts';

const web: ObjectId = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
const settings: ObjectId = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };

function desiredOf(id: ObjectId): Desired {
  return { id, liveId: id } as Desired;
}

function liveOf(id: ObjectId, object: object): readonly [string, Live] {
  const { group, kind } = id;
  const resource: ServedResource = {
    group,
    kind,
    version: 'v1',
    plural: `${kind.toLowerCase()}s`,
    scope: 'Namespaced',
    verbs: new Set(),
  };
  return [objectIdKey(id), { id, resource, object: { metadata: { name: id.name }, ...object } as LiveObject }];
}

const collecting = {
  ...typeOf('Deployment'),
  statusCollection: true,
};
const model = modelWith({ objects: [federatedOf({ type: collecting })] });
const withGate = {
  ...model,
  kubeFedConfig: {
    ...model.kubeFedConfig,
    featureGates: { ...model.kubeFedConfig.featureGates, RawResourceStatusCollection: true },
  },
};
const desired = [desiredOf(web), desiredOf(settings)];
const live = {
  objects: new Map([liveOf(web, { spec: { replicas: 2 }, status: { replicas: 1 } }), liveOf(settings, {})]),
  failedKinds: new Set<string>(),
};

const planning = (...kinds: readonly string[]) => ({ planned: new Set(kinds), memo: new PlanMemo() });

describe('what is told of objects beside what was done to them', () => {
  it('needs whole objects of kinds whose metadata does not tell their health', () => {
    expect([...watchlistOf(desired, model).kinds]).toEqual(['Deployment.apps']);
    expect([...watchlistOf(desired, model).collected]).toEqual([]);
    expect([...watchlistOf(desired, withGate).collected]).toEqual(['Deployment.apps']);
  });

  it('is their health, and their status where that is collected', () => {
    const { observed } = observeAll(live, watchlistOf(desired, withGate), planning());
    expect(observed.get(objectIdKey(web))).toMatchObject({
      health: { status: 'InProgress', summary: 'Not all of its Pods are up to date and ready.' },
      remoteStatus: { replicas: 1 },
    });
    expect(observed.get(objectIdKey(settings))).toEqual({ health: expect.objectContaining({ status: 'Current' }) });
    expect(observeAll(live, watchlistOf(desired, model), planning()).observed.get(objectIdKey(web))).not.toHaveProperty(
      'remoteStatus',
    );
  });

  it('leaves of an object what the plan needs, and no more', () => {
    const watchlist = watchlistOf(desired, model);
    const slim = observeAll(live, watchlist, planning()).live.objects.get(objectIdKey(web));
    expect(slim?.object).toEqual({ metadata: { name: 'web' } });
    const whole = observeAll(live, watchlist, planning('Deployment.apps')).live.objects.get(objectIdKey(web));
    expect(whole?.object.spec).toEqual({ replicas: 2 });
  });

  it('is added to a result, unless that tells it, or the object is gone', () => {
    const { observed } = observeAll(live, watchlistOf(desired, model), planning());
    const told = { id: web, action: 'unchanged', status: '' } as const;
    expect(withObserved(told, web, observed).health?.status).toBe('InProgress');
    expect(withObserved({ ...told, action: 'deleted' }, web, observed).health).toBeUndefined();
    expect(withObserved({ ...told, status: 'WaitingForRemoval' }, web, observed).health?.status).toBe('Terminating');
    const health = { status: 'Current', message: '', summary: '' } as const;
    expect(withObserved({ ...told, health }, web, observed).health).toBe(health);
    expect(
      withObserved({ ...told, id: { ...web, name: 'other' } }, { ...web, name: 'other' }, observed).health,
    ).toBeUndefined();
  });
});
