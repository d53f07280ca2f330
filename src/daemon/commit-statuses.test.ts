import { describe, expect, it } from 'vitest';
import type { ClusterResult } from '../apply/types.ts';
import { type CommitStatus, CommitStatuses } from './commit-statuses.ts';
import type { DaemonEvent } from './events.ts';
import { PacedStatuses } from './paced-statuses.ts';

const [FIRST, SECOND] = ['a'.repeat(40), 'b'.repeat(40)];

function accepted(commit = FIRST, clusters = 3): DaemonEvent {
  const rest = { committedAt: 0, objects: 1, findings: [], durationMs: 1, inventory: 'shop' };
  return { type: 'revisionAccepted', commit, clusters, ...rest };
}

function applied(commit = FIRST): DaemonEvent {
  return { type: 'revisionApplied', commit, committedAt: 0 };
}

function pass(cluster: string, state: ClusterResult['state'], commit = FIRST): DaemonEvent {
  const result: ClusterResult = { cluster, state, objects: [], message: 'canary' };
  return { type: 'passFinished', cluster, commit, trigger: 'revision', durationMs: 1, requests: 1, result };
}

function refused(reason: 'Unsigned' | 'GateFailed', commit = SECOND): DaemonEvent {
  return { type: 'revisionRefused', commit, reason, message: 'canary' };
}

function short({ commit, state, description }: CommitStatus): string {
  return `${commit[0]} ${state}: ${description}`;
}

describe('the status of a commit', () => {
  it.each<[title: string, events: readonly DaemonEvent[], expected: readonly string[]]>([
    [
      'goes from pending to success',
      [accepted(), pass('eu-1', 'Synced'), pass('eu-2', 'Synced'), pass('us-1', 'Synced'), applied()],
      ['a pending: Being applied to 3 clusters', 'a success: Applied to 3 clusters'],
    ],
    [
      'fails with the first cluster, and is good when that is',
      [
        accepted(),
        pass('eu-1', 'Failed'),
        pass('eu-2', 'Failed'),
        applied(),
        pass('eu-1', 'Synced'),
        pass('eu-2', 'Synced'),
      ],
      [
        'a pending: Being applied to 3 clusters',
        'a failure: Failed in 1 of 3 clusters: eu-1',
        'a failure: Failed in 2 of 3 clusters: eu-1, eu-2',
        'a failure: Failed in 1 of 3 clusters: eu-2',
        'a success: Applied to 3 clusters',
      ],
    ],
    [
      'tells of clusters that are not reached, which is not the fault of the commit',
      [accepted(), pass('eu-1', 'NotReady'), pass('eu-2', 'Synced'), pass('us-1', 'Synced'), applied()],
      ['a pending: Being applied to 3 clusters', 'a success: Applied to 2 of 3 clusters; not reached: eu-1'],
    ],
    [
      'waits while no cluster is reached',
      [accepted(FIRST, 1), pass('eu-1', 'NotReady'), applied()],
      ['a pending: Being applied to 1 cluster', 'a pending: Waiting: no cluster is reached'],
    ],
    [
      'is not the worse for what failed with the commit before',
      [accepted(), pass('eu-1', 'Failed'), applied(), accepted(SECOND), applied(SECOND)],
      [
        'a pending: Being applied to 3 clusters',
        'a failure: Failed in 1 of 3 clusters: eu-1',
        'b pending: Being applied to 3 clusters',
        'b success: Applied to 3 clusters',
      ],
    ],
    [
      'says that a newer one came',
      [accepted(), accepted(SECOND)],
      [
        'a pending: Being applied to 3 clusters',
        `a superseded: Superseded by ${SECOND.slice(0, 12)}`,
        'b pending: Being applied to 3 clusters',
      ],
    ],
    [
      'tells of a commit that is not followed also where another process leads by then',
      [
        { type: 'homeJoined', member: 'one' },
        accepted(FIRST, 0),
        refused('Unsigned'),
        { type: 'homeChanged', members: 1, leader: 'one', isLeader: true, clusters: 0, strangers: [] },
      ],
      ['a success: Applied to 0 clusters', 'b failure: Not followed: it is not signed by somebody who may'],
    ],
    [
      'is a failure where it is not followed, with words of ours',
      [accepted(), applied(), refused('Unsigned'), refused('Unsigned'), refused('GateFailed')],
      [
        'a pending: Being applied to 3 clusters',
        'a success: Applied to 3 clusters',
        'b failure: Not followed: it is not signed by somebody who may',
        'b failure: Not followed: it changes more than a gate lets through',
      ],
    ],
    [
      'forgets a cluster that leaves',
      [accepted(), pass('eu-1', 'Failed'), applied(), { type: 'clusterLeft', cluster: 'eu-1' }],
      [
        'a pending: Being applied to 3 clusters',
        'a failure: Failed in 1 of 3 clusters: eu-1',
        'a success: Applied to 3 clusters',
      ],
    ],
    ["is nobody's before there is a commit", [pass('eu-1', 'Failed'), applied()], []],
  ])('%s', (_title, events, expected) => {
    const statuses = new CommitStatuses();
    const said = events.flatMap((event) => statuses.observe(event));
    expect(said.map(short)).toEqual(expected);
    expect(JSON.stringify(said)).not.toContain('canary');
  });

  it('has room for what a forge takes, whatever clusters are called', () => {
    const statuses = new CommitStatuses();
    statuses.observe(accepted(FIRST, 200));
    const lengths = Array.from({ length: 200 }, (_, index) => {
      const [status] = statuses.observe(pass(`cluster-${'x'.repeat(index)}\u001b${index}`, 'Failed'));
      return status;
    }).flatMap((status) => (status === undefined ? [] : [status]));
    for (const { description } of lengths) {
      expect(description.length).toBeLessThanOrEqual(140);
      expect(description).not.toContain('\u001b');
    }
    expect(lengths.at(-1)?.description).toMatch(/^Failed in 200 of 200 clusters: .*, …$/);
  });
});

describe('the pace of statuses', () => {
  const status = (state: CommitStatus['state'], description = '', commit = FIRST): CommitStatus => ({
    commit,
    state,
    description,
  });
  const isSame = (a: CommitStatus, b: CommitStatus): boolean => a.state === b.state && a.description === b.description;

  /** Puts statuses in at their times, and says what went out when. */
  function sent(puts: readonly (readonly [at: number, status: CommitStatus])[], end: number): readonly string[] {
    const paced = new PacedStatuses(isSame);
    const out: string[] = [];
    for (let now = 0; now <= end; now += 500) {
      for (const [at, one] of puts) if (at === now) paced.put(one, now);
      for (const one of paced.due(now)) out.push(`${now / 1000} ${one.state}${one.description}`);
    }
    expect(paced.nextInMs(end)).toBeUndefined();
    return out;
  }

  it.each<[title: string, puts: readonly (readonly [number, CommitStatus])[], expected: readonly string[]]>([
    [
      'leaves out a beginning that is over at once',
      [
        [0, status('pending')],
        [1000, status('success')],
      ],
      ['1 success'],
    ],
    [
      'tells of a beginning that takes its time',
      [
        [0, status('pending')],
        [9000, status('success')],
      ],
      ['2 pending', '9 success'],
    ],
    [
      'says nothing of a commit that was overtaken before anybody was told',
      [
        [0, status('pending')],
        [500, status('superseded')],
      ],
      [],
    ],
    [
      'tells of one that was overtaken later',
      [
        [0, status('pending')],
        [5000, status('superseded')],
      ],
      ['2 pending', '5 superseded'],
    ],
    [
      'slows down where it flaps, and ends with how it is',
      Array.from(
        { length: 20 },
        (_, index) => [index * 1000, status(index % 2 === 0 ? 'success' : 'failure')] as const,
      ),
      ['0 success', '1 failure', '2 success', '180 failure'],
    ],
    [
      'says nothing twice',
      [
        [0, status('success')],
        [1000, status('failure')],
        [1000, status('success')],
      ],
      ['0 success'],
    ],
    [
      'paces each commit by itself',
      [
        [0, status('success')],
        [0, status('success', '', SECOND)],
      ],
      ['0 success', '0 success'],
    ],
  ])('%s', (_title, puts, expected) => {
    expect(sent(puts, 400_000)).toEqual(expected);
  });
});
