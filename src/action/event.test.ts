import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { readEvent, refuseUnmerged, type WorkflowEvent } from './event.ts';

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)] as const;
const NOTHING = '0'.repeat(40);

function read(name: string, payload: unknown): WorkflowEvent {
  const file = join(temporaryFolder(), 'event.json');
  writeFileSync(file, JSON.stringify(payload));
  return readEvent({ GITHUB_REPOSITORY: 'acme/fleet', GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: file });
}

function pull(head: object): object {
  const base = { ref: 'main', sha: A, repo: { full_name: 'acme/fleet' } };
  return { pull_request: { number: 7, base, head: { ref: 'topic', sha: B, ...head } } };
}

describe('readEvent', () => {
  it.each([
    ['of the same repository', { repo: { full_name: 'acme/fleet' } }, false],
    ['of a fork', { repo: { full_name: 'stranger/fleet' } }, true],
    ['of a fork that is gone', { repo: null }, true],
  ])('reads a pull request %s', (_what, head, isFork) => {
    const expected = { number: 7, base: A, baseBranch: 'main', head: B, headBranch: 'topic', isFork };
    expect(read('pull_request', pull(head)).pullRequest).toEqual(expected);
  });

  it.each([
    ['a push', 'push', { before: A, after: B }, { before: A, after: B }],
    ['the first push of a branch', 'push', { before: NOTHING, after: B }, { before: undefined, after: B }],
    ['a branch that is deleted', 'push', { before: A, after: NOTHING }, undefined],
    ['a merge queue', 'merge_group', { merge_group: { base_sha: A, head_sha: B } }, { before: A, after: B }],
    ['what is no commit', 'push', { before: '--upload-pack=x', after: B }, { before: undefined, after: B }],
  ])('reads %s', (_what, name, payload, commits) => {
    expect(read(name, payload).commits).toEqual(commits);
  });

  it.each([
    ['no mapping', []],
    ['a pull request without a number', { pull_request: { base: { ref: 'main', sha: A }, head: { sha: B } } }],
    [
      'a pull request whose commit is an option',
      { pull_request: { number: 1, base: { ref: 'main', sha: '--x' }, head: { sha: B } } },
    ],
  ])('refuses %s', (_what, payload) => {
    expect(() => read('pull_request', payload)).toThrow(/The event|holds no event/);
  });

  it('says where it has to run', () => {
    expect(() => readEvent({})).toThrow('this runs in a workflow of GitHub');
  });
});

describe('refuseUnmerged (security row 23)', () => {
  const run = { head_sha: A, head_branch: 'topic' };

  it.each([
    ['pull_request', pull({}), true],
    ['merge_group', { merge_group: { base_sha: A, head_sha: B } }, true],
    ['workflow_run', { workflow_run: { ...run, event: 'pull_request' } }, true],
    ['workflow_run', { workflow_run: { ...run, event: 'push' } }, false],
    ['push', { before: A, after: B }, false],
    ['schedule', {}, false],
  ])('on %s with %j: %j', (name, payload, isRefused) => {
    const attempt = (): void => refuseUnmerged(read(name, payload), 'sync');
    if (isRefused) expect(attempt).toThrow('are not merged');
    else expect(attempt).not.toThrow();
  });
});
