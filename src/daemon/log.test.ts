import { describe, expect, it } from 'vitest';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import type { Finding } from '../core/index.ts';
import type { DaemonEvent } from './events.ts';
import { createLog, type Log, type LogOptions } from './log.ts';

type Line = Readonly<Record<string, unknown>>;

/** A log and its lines, without their times. */
function logging(options: Partial<LogOptions> = {}): { readonly log: Log; take(): readonly Line[] } {
  let written: string[] = [];
  const log = createLog({ level: 'info', format: 'json', ...options }, { write: (text) => written.push(text) });
  return {
    log,
    take() {
      const lines = written.map((line) => JSON.parse(line) as Line);
      written = [];
      return lines.map(({ time, ...rest }) => {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        return rest;
      });
    },
  };
}

function linesOf(events: readonly DaemonEvent[], options?: Partial<LogOptions>): readonly Line[] {
  const { log, take } = logging(options);
  for (const event of events) log.observe(event);
  return take();
}

function object(name: string, rest: Partial<ObjectResult> = {}): ObjectResult {
  const id = { group: 'apps', kind: 'Deployment', namespace: 'shop', name };
  return { id, action: 'unchanged', status: '', ...rest };
}

function passFinished(result: Partial<ClusterResult> = {}, cluster = 'eu-1'): DaemonEvent {
  return {
    type: 'passFinished',
    cluster,
    commit: 'abc',
    trigger: 'resync',
    durationMs: 12.4,
    requests: 7,
    result: { cluster, state: 'Synced', objects: [object('web')], ...result },
  };
}

function accepted(findings: readonly Finding[], commit = 'abc'): DaemonEvent {
  return { type: 'revisionAccepted', commit, committedAt: 0, clusters: 1, objects: 2, findings, durationMs: 3 };
}

function finding(rest: Partial<Finding> = {}): Finding {
  return {
    severity: 'error',
    code: 'InvalidYAML',
    message: 'This is not valid YAML.',
    file: 'shop/web.yaml',
    line: 3,
    column: 1,
    ...rest,
  };
}

describe('the log', () => {
  it('is silent while all is as it was', () => {
    const idle: readonly DaemonEvent[] = [
      { type: 'sourceRead', commit: 'abc', branch: 'main', durationMs: 4 },
      { type: 'passStarted', cluster: 'eu-1', commit: 'abc', trigger: 'resync' },
      { type: 'object', cluster: 'eu-1', commit: 'abc', result: object('web') },
      passFinished(),
      { type: 'webhook', provider: 'github', outcome: 'ignored' },
    ];
    expect(linesOf(idle)).toEqual([]);
    expect(linesOf(idle, { level: 'debug' }).map(({ msg }) => msg)).toEqual([
      'git was read',
      'a pass began',
      'a pass ended',
      'a webhook was ignored',
    ]);
  });

  it('tells what a pass did, and what it put back or deleted', () => {
    const corrected = object('web', {
      action: 'configured',
      drift: [{ type: 'changed', path: [], live: 'canary', desired: 'canary', manager: 'kubectl-edit' }],
    });
    const created = object('api', { action: 'created' });
    const deleted = object('old', { action: 'deleted' });
    const results = [corrected, created, deleted];
    const about = { cluster: 'eu-1', revision: 'abc' };
    expect(
      linesOf([
        ...results.map((result) => ({ type: 'object', cluster: 'eu-1', commit: 'abc', result }) as const),
        passFinished({ objects: results }),
      ]),
    ).toEqual([
      {
        level: 'info',
        msg: 'an object that was changed was put back',
        ...about,
        object: 'Deployment.apps/shop/web',
        action: 'configured',
        fields: 1,
        manager: 'kubectl-edit',
      },
      { level: 'info', msg: 'an object was deleted', ...about, object: 'Deployment.apps/shop/old', action: 'deleted' },
      {
        level: 'info',
        msg: 'a pass ended',
        ...about,
        trigger: 'resync',
        state: 'Synced',
        created: 1,
        configured: 1,
        deleted: 1,
        objects: 3,
        requests: 7,
        durationMs: 12,
      },
    ]);
  });

  it('says that branches are not watched without saying that git does not answer', () => {
    const events: DaemonEvent[] = [
      { type: 'refsNotWatched', message: 'ENOSPC' },
      { type: 'sourceRead', commit: 'abc', branch: 'main', durationMs: 1 },
    ];
    expect(linesOf(events)).toEqual([
      {
        level: 'warn',
        msg: 'branches of the repository cannot be watched; a commit is found at the next look',
        why: 'ENOSPC',
      },
    ]);
  });

  it.each<[string, DaemonEvent, DaemonEvent]>([
    [
      'git that does not answer',
      { type: 'sourceFailed', message: 'no route' },
      { type: 'sourceRead', commit: 'abc', branch: 'main', durationMs: 1 },
    ],
    [
      'status that is not written',
      { type: 'statusFailed', message: 'StatusPushRefused: protected branch' },
      { type: 'statusCommitted', commit: 'x', source: 'abc', pushed: true, durationMs: 1 },
    ],
    [
      'status that was not sent',
      { type: 'statusFailed', message: 'StatusPushRefused: protected branch' },
      { type: 'statusPushed', commit: 'x', source: 'abc' },
    ],
    ['a cluster that is not reached', passFinished({ state: 'NotReady', health: 'Offline' }), passFinished()],
    [
      'deletions that wait',
      passFinished({ prune: { status: 'PruneBlocked', count: 12, message: 'too many' } }),
      passFinished(),
    ],
    [
      'an object that is not in order',
      passFinished({ objects: [object('web', { status: 'UpdateFailed', message: 'no' })] }),
      passFinished(),
    ],
  ])('tells of %s when it begins and when it ends', (_title, problem, end) => {
    const { log, take } = logging();
    log.observe(problem);
    const begun = take().filter(({ level }) => level === 'warn');
    expect(begun).toHaveLength(1);
    log.observe(problem);
    log.observe(problem);
    expect(take()).toEqual([]);
    log.observe(end);
    expect(take().map(({ level, msg }) => [level, msg])).toContainEqual(['info', expect.any(String)]);
    log.observe(problem);
    expect(take().filter(({ level }) => level === 'warn')).toEqual(begun);
  });

  it('tells again of a problem that is another one now', () => {
    const why = linesOf(['a', 'a', 'b'].map((message) => ({ type: 'sourceFailed', message })));
    expect(why.map((line) => line['why'])).toEqual(['a', 'b']);
  });

  it('does not take a status commit that waits for a mended push', () => {
    const { log, take } = logging();
    log.observe({ type: 'statusFailed', message: 'StatusPushRefused: no' });
    log.observe({ type: 'statusCommitted', commit: 'x', source: 'abc', pushed: false, durationMs: 1 });
    log.observe({ type: 'statusFailed', message: 'StatusPushRefused: no' });
    expect(take().map(({ msg }) => msg)).toEqual(['status was not written; it is tried again', 'status was committed']);
  });

  it('tells a commit that is refused once, and that the branch went back', () => {
    const refused: DaemonEvent = { type: 'revisionRefused', commit: 'bad', reason: 'Unreadable', message: 'broken' };
    const read: DaemonEvent = { type: 'sourceRead', commit: 'abc', branch: 'main', durationMs: 1 };
    expect(linesOf([accepted([]), refused, refused, read, read]).slice(1)).toEqual([
      {
        level: 'warn',
        msg: 'a commit is not followed; the one before stays',
        revision: 'bad',
        reason: 'Unreadable',
        why: 'broken',
      },
      { level: 'info', msg: 'the branch is back at the commit that is followed', revision: 'abc' },
    ]);
  });

  it('tells a finding once, wherever it moves in its file', () => {
    const lines = linesOf([accepted([finding()]), accepted([finding({ line: 9 })], 'def'), accepted([], 'ghi')]);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'a commit is followed',
      'error InvalidYAML: This is not valid YAML.',
      'a commit is followed',
      'a commit is followed',
      'findings are gone',
    ]);
    expect(lines[1]).toMatchObject({ level: 'warn', code: 'InvalidYAML', file: 'shop/web.yaml', line: 3 });
  });

  it('is short about many findings and many objects', () => {
    const findings = Array.from({ length: 5000 }, (_, index) => finding({ file: `${index}.yaml` }));
    const objects = Array.from({ length: 5000 }, (_, index) => object(`web-${index}`, { status: 'UpdateFailed' }));
    const lines = linesOf([accepted(findings), passFinished({ state: 'Failed', objects })]);
    expect(lines.length).toBeLessThan(50);
    expect(lines).toContainEqual(expect.objectContaining({ findings: 4980 }));
    expect(lines).toContainEqual(expect.objectContaining({ objects: 4980 }));
  });

  it('says of a cluster that was not reached nothing about its objects', () => {
    const objects = [object('web', { status: 'ClusterNotReady' })];
    const lost = passFinished({ state: 'NotReady', health: 'Offline', message: 'gone', objects });
    expect(linesOf([lost])).toEqual([
      {
        level: 'warn',
        msg: 'the cluster is not ready',
        cluster: 'eu-1',
        revision: 'abc',
        trigger: 'resync',
        state: 'Offline',
        why: 'gone',
      },
    ]);
  });

  it('forgets a cluster that leaves', () => {
    const bad = passFinished({ state: 'NotReady' });
    const lines = linesOf([bad, { type: 'clusterLeft', cluster: 'eu-1' }, bad]);
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info', 'warn']);
  });

  it('tells of notifications when they begin to fail, when they work again, and what was given up, in few lines', () => {
    let now = 0;
    const { log, take } = logging({ now: () => now });
    const notification = (outcome: 'delivered' | 'delayed' | 'dropped', why?: string): DaemonEvent => {
      return {
        type: 'notification',
        target: 'webhook',
        what: 'cluster.failed',
        outcome,
        ...(why === undefined ? {} : { why }),
      };
    };
    for (let index = 0; index < 30; index += 1) log.observe(notification('delayed', 'HTTP 503'));
    expect(take()).toEqual([
      {
        level: 'warn',
        msg: 'a notification could not be delivered; it is tried again',
        target: 'webhook',
        notification: 'cluster.failed',
        why: 'HTTP 503',
      },
    ]);
    log.observe(notification('delivered'));
    log.observe(notification('delivered'));
    expect(take()).toEqual([{ level: 'info', msg: 'notifications are delivered again', target: 'webhook' }]);
    for (let index = 0; index < 30; index += 1) log.observe(notification('dropped', 'HTTP 401'));
    now = 60_000;
    log.observe(notification('dropped', 'HTTP 401'));
    expect(take()).toMatchObject([
      { level: 'warn', msg: 'notifications were given up', notifications: 1, why: 'HTTP 401' },
      { level: 'warn', msg: 'notifications were given up', notifications: 30 },
    ]);
  });

  it('tells what moved, why nothing does, and that pods may not be read', () => {
    const moves = [{ workload: 'FederatedDeployment/shop/web', cluster: 'eu-1', from: 4n, to: undefined }];
    const lines = linesOf([
      { type: 'observed', commit: 'abc', tree: 'def', moves },
      { type: 'observerSuspect', clusters: ['a', 'b'] },
      { type: 'observerTrusted' },
      { type: 'podsNotRead', cluster: 'eu-1', message: '403 Forbidden' },
      { type: 'podsRead', cluster: 'eu-1' },
    ]);
    expect(lines).toEqual([
      { level: 'info', msg: 'replicas were planned anew from what runs', revision: 'abc', tree: 'def', moves: 1 },
      {
        level: 'info',
        msg: 'a cluster gets another number of replicas',
        cluster: 'eu-1',
        revision: 'abc',
        object: 'FederatedDeployment/shop/web',
        from: 4,
      },
      {
        level: 'warn',
        msg: 'too many clusters are lost at once: it may be this process that is cut off, and no replicas move',
        clusters: 2,
        names: 'a, b',
      },
      { level: 'info', msg: 'the clusters that seemed lost are back, or somebody confirmed that they are gone' },
      {
        level: 'warn',
        msg: 'pods cannot be read; replicas that a cluster has no room for stay there',
        cluster: 'eu-1',
        why: '403 Forbidden',
      },
      { level: 'info', msg: 'pods can be read again', cluster: 'eu-1' },
    ]);
  });

  it('writes a line a minute for ten thousand bad signatures', () => {
    let now = 0;
    const { log, take } = logging({ now: () => now });
    for (let index = 0; index < 10_000; index++) {
      log.observe({ type: 'webhook', provider: 'github', outcome: index < 20 ? 'unauthenticated' : 'limited' });
    }
    now = 60_000;
    log.observe({ type: 'webhook', provider: 'github', outcome: 'unauthenticated' });
    expect(take().map((line) => line['requests'])).toEqual([1, 10_000]);
  });

  it.each(['json', 'text'] as const)('as %s holds no terminal escape, and no password of a URL', (format) => {
    let text = '';
    const log = createLog({ level: 'debug', format }, { write: (line) => (text += line) });
    const evil = 'a\u001b[31m\u202e\nb %s %o https://user:canary@git.example/x';
    log.observe({ type: 'started', source: evil, branch: evil });
    log.observe(accepted([finding({ message: evil, file: evil, object: evil })]));
    log.observe(passFinished({ state: 'Failed', message: evil, objects: [object(evil, { status: 'Drifted' })] }, evil));
    log.observe({ type: 'configurationRefused', message: evil });
    expect(text).not.toContain('canary');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(text).toContain('%s %o https://git.example/x');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('as text is a line for people', () => {
    let text = '';
    const log = createLog({ level: 'info', format: 'text' }, { write: (line) => (text += line) });
    log.observe({ type: 'started', source: '/srv/my fleet', branch: 'main' });
    expect(text).toMatch(/^\S+Z info {2}started source="\/srv\/my fleet" branch=main\n$/);
  });

  it('changes its level while it is written', () => {
    const { log, take } = logging();
    log.setLevel('debug');
    log.observe({ type: 'sourceRead', commit: 'abc', branch: 'main', durationMs: 1 });
    log.setLevel('error');
    log.observe({ type: 'sourceFailed', message: 'x' });
    expect(take().map(({ level }) => level)).toEqual(['debug']);
  });
});
