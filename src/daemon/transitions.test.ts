import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { DaemonEvent } from './events.ts';
import type { Notification } from './notification.ts';
import { Transitions } from './transitions.ts';

const COMMIT = 'a'.repeat(40);
const NEXT = 'b'.repeat(40);
const MINUTE = 60_000;

type State = ClusterResult['state'];

function pass(state: State, rest: Partial<ClusterResult> = {}, cluster = 'eu-1'): DaemonEvent {
  const result: ClusterResult = { cluster, state, objects: [], ...rest };
  return { type: 'passFinished', cluster, commit: COMMIT, trigger: 'resync', durationMs: 1, requests: 1, result };
}

const DRIFT = [{ type: 'changed', path: [], live: 'canary', desired: 'canary' }] as unknown as NonNullable<
  ObjectResult['drift']
>;

function object(name: string, rest: Partial<ObjectResult> = {}): ObjectResult {
  return {
    id: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
    action: 'unchanged',
    status: '',
    ...rest,
  };
}

function corrected(...names: readonly string[]): DaemonEvent {
  const objects = names.map((name) => object(name, { action: 'configured', drift: DRIFT, message: 'canary' }));
  return pass('Synced', { objects });
}

function reported(...names: readonly string[]): DaemonEvent {
  return pass('Synced', { objects: names.map((name) => object(name, { status: 'Drifted', drift: DRIFT })) });
}

function accepted(commit = COMMIT): DaemonEvent {
  return { type: 'revisionAccepted', commit, committedAt: 0, clusters: 1, objects: 1, findings: [], durationMs: 1 };
}

function refused(commit = NEXT): DaemonEvent {
  return { type: 'revisionRefused', commit, reason: 'GateFailed', message: 'canary' };
}

function looked(commit: string): DaemonEvent {
  return { type: 'sourceRead', commit, branch: 'main', durationMs: 1 };
}

function leads(isLeader: boolean): DaemonEvent {
  return { type: 'homeChanged', members: 2, leader: 'one', isLeader, clusters: 1, strangers: [] };
}

/** Another process leads. */
const follower: readonly DaemonEvent[] = [{ type: 'homeJoined', member: 'one' }, leads(false)];

const MOVES = [{ workload: 'FederatedDeployment/shop/web', cluster: 'eu-1', from: 4n, to: undefined }];

function observed(moves: typeof MOVES = MOVES): DaemonEvent {
  return { type: 'observed', commit: COMMIT, tree: 'c'.repeat(40), moves };
}

const SUSPECT: DaemonEvent = { type: 'observerSuspect', clusters: ['eu-1', 'eu-2', 'us-1'] };
const TRUSTED: DaemonEvent = { type: 'observerTrusted' };

/** Tells of events, each so long after the one before, and lets time go on as an alarm does. */
function told(events: readonly (DaemonEvent | number)[]): readonly Notification[] {
  const transitions = new Transitions();
  const notifications: Notification[] = [];
  let now = 0;
  for (const event of events) {
    if (typeof event !== 'number') {
      notifications.push(...transitions.observe(event, now));
      continue;
    }
    const end = now + event;
    for (
      let wait = transitions.nextInMs(now);
      wait !== undefined && now + wait <= end;
      wait = transitions.nextInMs(now)
    ) {
      now += wait;
      notifications.push(...transitions.due(now));
    }
    now = end;
  }
  return notifications;
}

function short(notification: Notification): string {
  switch (notification.type) {
    case 'cluster.drifted':
      return `drifted ${notification.objects.map((one) => `${one.object}${one.corrected ? '' : ' stays'}`).join(', ')}`;
    case 'cluster.failed':
      return `failed ${notification.cluster} ${notification.reason ?? notification.state}`;
    case 'cluster.recovered':
      return `recovered ${notification.cluster}`;
    default:
      return notification.type;
  }
}

describe('notifications', () => {
  it.each<[title: string, events: readonly (DaemonEvent | number)[], expected: readonly string[]]>([
    ['of a cluster that is in order from the beginning there are none', [pass('Synced'), pass('Synced')], []],
    ['tell of a cluster that fails, once', [pass('Failed'), pass('Failed')], ['failed eu-1 Failed']],
    [
      'tell of a cluster that recovers',
      [pass('Failed'), pass('Synced'), pass('Synced')],
      ['failed eu-1 Failed', 'recovered eu-1'],
    ],
    [
      'tell why a cluster is not reached',
      [pass('Synced'), pass('NotReady', { health: 'Offline' })],
      ['failed eu-1 Offline'],
    ],
    [
      'do not tell that it fails otherwise by now',
      [pass('NotReady', { health: 'Offline' }), pass('Failed'), pass('Synced')],
      ['failed eu-1 Offline', 'recovered eu-1'],
    ],
    ['do not tell of a pass that found nothing out', [pass('NotReady', { health: 'Unknown' }), pass('Synced')], []],
    ['forget a cluster that is suspended', [pass('Failed'), pass('Suspended'), pass('Synced')], ['failed eu-1 Failed']],
    [
      'forget a cluster that leaves',
      [pass('Failed'), { type: 'clusterLeft', cluster: 'eu-1' }, pass('Synced'), pass('Failed')],
      ['failed eu-1 Failed', 'failed eu-1 Failed'],
    ],
    [
      'tell of each cluster by itself',
      [pass('Failed'), pass('Failed', {}, 'us-1'), pass('Synced', {}, 'us-1')],
      ['failed eu-1 Failed', 'failed us-1 Failed', 'recovered us-1'],
    ],
    [
      'end with how it is, however a cluster flaps',
      [...Array.from({ length: 40 }, () => [pass('Failed'), 1000, pass('Synced'), 1000] as const).flat(), 10 * MINUTE],
      ['failed eu-1 Failed', 'recovered eu-1', 'failed eu-1 Failed', 'recovered eu-1'],
    ],
    [
      'do not tell of a failure that was over before it could be told',
      [pass('Failed'), pass('Synced'), pass('Failed'), pass('Synced'), pass('Failed'), 10 * MINUTE],
      ['failed eu-1 Failed', 'recovered eu-1', 'failed eu-1 Failed'],
    ],
    ['tell of drift that was put back', [corrected('web')], ['drifted Deployment.apps/shop/web']],
    ['tell of it each time', [corrected('web'), corrected('web')], Array(2).fill('drifted Deployment.apps/shop/web')],
    [
      'tell of drift that stays once, and again when it comes back',
      [reported('web'), reported('web'), pass('Synced'), reported('web')],
      Array(2).fill('drifted Deployment.apps/shop/web stays'),
    ],
    [
      'tell only what is new of drift that stays',
      [reported('web'), reported('api', 'web')],
      ['drifted Deployment.apps/shop/web stays', 'drifted Deployment.apps/shop/api stays'],
    ],
    [
      'keep drift in mind while a cluster is not reached',
      [reported('web'), pass('NotReady'), reported('web')],
      ['drifted Deployment.apps/shop/web stays', 'failed eu-1 NotReady', 'recovered eu-1'],
    ],
    [
      'tell of an object that somebody deleted',
      [pass('Synced', { objects: [object('web', { action: 'created', wasDeleted: true })] })],
      ['drifted Deployment.apps/shop/web'],
    ],
    [
      'tell of a fight in few words',
      [...Array.from({ length: 100 }, (_, index) => [corrected(`o${index % 2}`), 500] as const).flat(), 10 * MINUTE],
      [
        'drifted Deployment.apps/shop/o0',
        'drifted Deployment.apps/shop/o1',
        'drifted Deployment.apps/shop/o0',
        'drifted Deployment.apps/shop/o0, Deployment.apps/shop/o1',
      ],
    ],
    ['tell of replicas that move', [observed(), observed()], ['replicas.moved', 'replicas.moved']],
    ['do not tell of a plan that moves nothing', [observed([])], []],
    ['tell of a commit that is not followed, once', [accepted(), refused(), refused()], ['revision.failed']],
    [
      'tell of a commit that is not followed also when another process leads by then, and that it is over',
      [...follower, refused(), leads(true), looked(NEXT), accepted(COMMIT)],
      ['revision.failed', 'revision.recovered'],
    ],
    [
      'leave a commit that is not followed to the process that leads',
      [...follower, refused(), looked(NEXT), accepted(COMMIT), leads(true)],
      [],
    ],
    [
      'tell that a commit is followed again where they told that it was not',
      [...follower, leads(true), refused(), leads(false), accepted(COMMIT)],
      ['revision.failed', 'revision.recovered'],
    ],
    [
      'tell of each commit that is not followed',
      [refused(), refused(COMMIT), accepted()],
      ['revision.failed', 'revision.failed', 'revision.recovered'],
    ],
    [
      'tell that the branch is back where it was',
      [accepted(), looked(NEXT), refused(), looked(NEXT), looked(COMMIT)],
      ['revision.failed', 'revision.recovered'],
    ],
    [
      'tell when nothing moves because too much is lost',
      [SUSPECT, SUSPECT, TRUSTED],
      ['observer.failed', 'observer.recovered'],
    ],
    ['are not made of other events', [TRUSTED, { type: 'stopping' }, { type: 'sourceFailed', message: 'canary' }], []],
  ])('%s', (_title, events, expected) => {
    const notifications = told(events);
    expect(notifications.map(short)).toEqual(expected);
    expect(
      JSON.stringify(notifications, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('canary');
  });

  it("count what is wrong by gitfed's own words", () => {
    const objects = [
      object('a', { status: 'UpdateFailed' }),
      object('b', { status: 'UpdateFailed' }),
      object('c', { status: 'WaitingForRemoval' }),
      object('d', { status: 'CreationFailed' }),
    ];
    const prune = { status: 'PruneBlocked', count: 12, message: 'canary' } as const;
    const [failed] = told([pass('Failed', { objects, prune })]);
    expect(failed).toMatchObject({ statuses: { UpdateFailed: 2, CreationFailed: 1, PruneBlocked: 12 } });
  });

  it('list no more than a hundred of many, and count all', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `o${index}`);
    const [drifted] = told([corrected(...names)]);
    expect(drifted).toMatchObject({ type: 'cluster.drifted', count: 1000 });
    expect(drifted?.type === 'cluster.drifted' && drifted.objects.length).toBe(100);
    const moves = names.map((workload) => ({ workload, cluster: 'eu-1', from: 1n, to: undefined }));
    const [movedNow] = told([observed(moves)]);
    expect(movedNow?.type === 'replicas.moved' && [movedNow.moves.length, movedNow.count]).toEqual([100, 1000]);
  });

  it('are few and end with the truth, however clusters flap', () => {
    const step = fc.record({
      cluster: fc.constantFrom('a', 'b'),
      state: fc.constantFrom<State>('Synced', 'Failed', 'NotReady'),
      wait: fc.integer({ min: 0, max: 90_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const events = steps.flatMap(({ cluster, state, wait }) => [pass(state, {}, cluster), wait]);
        const notifications = told([...events, 10 * MINUTE]);
        const total = steps.reduce((sum, { wait }) => sum + wait, 0) + 10 * MINUTE;
        for (const cluster of ['a', 'b']) {
          const own = notifications
            .filter((one) => 'cluster' in one && one.cluster === cluster)
            .map(({ type }) => type);
          // One after the other: never twice the same.
          for (const [index, type] of own.entries()) expect(type).not.toBe(own[index - 1]);
          expect(own.length).toBeLessThanOrEqual(3 + 3 * Math.ceil(total / (3 * MINUTE)));
          const last = steps.findLast((one) => one.cluster === cluster)?.state ?? 'Synced';
          expect(own.at(-1) ?? 'cluster.recovered').toBe(last === 'Synced' ? 'cluster.recovered' : 'cluster.failed');
        }
      }),
    );
  });
});
