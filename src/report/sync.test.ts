import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { createStyle } from './style.ts';
import { syncToJson } from './sync-json.ts';
import { formatSync } from './sync-text.ts';

function object(name: string, fields: Partial<ObjectResult> = {}): ObjectResult {
  const id = { group: 'apps', kind: 'Deployment', namespace: 'shop', name };
  return { id, federated: `FederatedDeployment/shop/${name}`, action: 'unchanged', status: '', ...fields };
}

function cluster(name: string, fields: Partial<ClusterResult> = {}): ClusterResult {
  return { cluster: name, state: 'Synced', objects: [], ...fields };
}

function result(clusters: readonly ClusterResult[], fields: Partial<SyncResult> = {}): SyncResult {
  const status = { branch: 'gitfed/status', commit: 'feedbeef00112233' };
  return {
    mode: 'apply',
    commit: '0123456789abcdef',
    inventory: 'shop',
    clusters,
    findings: [],
    status,
    ok: true,
    ...fields,
  };
}

const text = (value: SyncResult): string => formatSync(value, createStyle(false));

describe('the result of a pass, as text', () => {
  it('is a table of clusters, and where the status went', () => {
    const objects = [
      object('a', { action: 'created' }),
      object('b', { action: 'configured' }),
      object('c'),
      object('d', { action: 'deleted' }),
    ];
    expect(text(result([cluster('eu-1', { objects }), cluster('us-west-10')]))).toBe(
      [
        'CLUSTER     STATE   CREATED  CONFIGURED  UNCHANGED  DELETED  SKIPPED  FAILED',
        'eu-1        Synced        1           1          1        1        0       0',
        'us-west-10  Synced        0           0          0        0        0       0',
        '',
        'Commit 0123456789ab. Status is commit feedbeef0011 on gitfed/status.',
        '',
      ].join('\n'),
    );
  });

  it('counts an object that failed as failed only, and says why', () => {
    const objects = [object('a', { action: 'skipped', status: 'UpdateFailed', message: 'Forbidden: .spec.replicas' })];
    const lines = text(result([cluster('eu-1', { state: 'Failed', objects })])).split('\n');
    expect(lines[1]).toMatch(/^eu-1 +Failed( +0){5} +1$/);
    expect(lines).toContain('eu-1: Deployment.apps/shop/a: UpdateFailed: Forbidden: .spec.replicas');
  });

  it('mentions what is no failure, and does not count it as one', () => {
    const objects = [object('a', { action: 'skipped', status: 'KeptByAnnotation' })];
    const lines = text(result([cluster('eu-1', { objects })])).split('\n');
    expect(lines[1]).toMatch(/ 1 +0$/);
    expect(lines).toContain('eu-1: Deployment.apps/shop/a: KeptByAnnotation');
  });

  it('says once what is the same of many objects', () => {
    const fields = { action: 'skipped', status: 'UpdateFailed', message: 'Forbidden.' } as const;
    const objects = ['a', 'b', 'c', 'd', 'e'].map((name) => object(name, fields));
    expect(text(result([cluster('eu-1', { state: 'Failed', objects })])).split('\n')).toContain(
      'eu-1: 5 objects (Deployment.apps/shop/a, Deployment.apps/shop/b and 3 more): UpdateFailed: Forbidden.',
    );
  });

  it('does not say of each object that its cluster is down, and counts it as left out', () => {
    const objects = [
      object('a', { action: 'skipped', status: 'ClusterNotReady', message: 'Its cluster is not ready.' }),
    ];
    const lines = text(result([cluster('eu-1', { state: 'NotReady', message: 'No answer.', objects })])).split('\n');
    expect(lines.slice(1, 4)).toEqual([
      expect.stringMatching(/^eu-1 +NotReady( +0){4} +1 +0$/),
      '',
      'eu-1: NotReady: No answer.',
    ]);
    expect(lines[4]).toBe('');
  });

  it.each<[title: string, value: SyncResult, expected: RegExp]>([
    [
      'a cluster that was not reached',
      result([cluster('eu-1', { state: 'NotReady', message: 'No answer in time.' })]),
      /^eu-1: NotReady: No answer in time\.$[\s\S]*^Next: .*--credentials-dir, --kubeconfig/m,
    ],
    [
      'a blocked prune, and the way out',
      result([
        cluster('eu-1', {
          prune: { status: 'PruneBlocked', count: 40, message: '40 of 50 objects would be deleted.' },
        }),
      ]),
      /^eu-1: PruneBlocked: 40 of 50 objects would be deleted\.$[\s\S]*^Next: .*--allow-deletions N.*Gitfed-Allow/m,
    ],
    [
      'a held prune',
      result([cluster('eu-1', { prune: { status: 'PruneHeld', count: 1, message: 'a.yaml cannot be read.' } })]),
      /^eu-1: PruneHeld: a\.yaml cannot be read\.$[\s\S]*^Next: nothing is deleted until/m,
    ],
    [
      'a status that could not be pushed',
      result([], { status: { branch: 'gitfed/status', commit: 'abc', pushed: false, problem: 'refused' } }),
      /^No cluster is registered\.$[\s\S]*Problem: refused$/m,
    ],
    [
      'a status that is as it was',
      result([cluster('a')], { status: { branch: 'gitfed/status' } }),
      /^Commit \w+\. Nothing new for gitfed\/status\.$/m,
    ],
    [
      'a status that was pushed',
      result([], { status: { branch: 's', commit: 'abc', pushed: true } }),
      /Status is commit abc on s, pushed\.$/m,
    ],
  ])('tells of %s', (_title, value, expected) => {
    expect(text(value)).toMatch(expected);
  });

  it('cannot drive a terminal', () => {
    const objects = [object('a\u001b[2J', { status: 'UpdateFailed', message: 'x\u009b\n' })];
    expect(text(result([cluster('eu-1', { objects })])).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the result of a pass, as JSON', () => {
  it('has the documented shape, without objects that are in order', () => {
    const objects = [
      object('a'),
      object('b', { action: 'created' }),
      object('c', { status: 'UpdateFailed', message: 'no' }),
    ];
    const value = result([cluster('eu-1', { state: 'Failed', kubernetesVersion: 'v1.36.3', objects })], { ok: false });
    const identity = (name: string) => ({
      group: 'apps',
      kind: 'Deployment',
      namespace: 'shop',
      name,
      federated: `FederatedDeployment/shop/${name}`,
    });
    expect(syncToJson(value)).toEqual({
      ok: false,
      commit: '0123456789abcdef',
      inventory: 'shop',
      clusters: {
        'eu-1': {
          state: 'Failed',
          kubernetesVersion: 'v1.36.3',
          counts: { created: 1, configured: 0, unchanged: 1, deleted: 0, skipped: 0, failed: 1 },
          objects: [
            { ...identity('b'), action: 'created', status: '' },
            { ...identity('c'), action: 'unchanged', status: 'UpdateFailed', message: 'no' },
          ],
        },
      },
      status: { branch: 'gitfed/status', commit: 'feedbeef00112233' },
      findings: [],
    });
  });
});
