import { describe, expect, it } from 'vitest';
import type { AcceptResult } from '../reconcile/accept-types.ts';
import { acceptedToJson } from './accept-json.ts';
import { formatAccepted } from './accept-text.ts';
import { createStyle } from './style.ts';

const NOTHING: AcceptResult = {
  commit: '990e6b43d252aaaa',
  object: 'FederatedDeployment/shop/web',
  target: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  accepted: [],
  notAccepted: [],
  written: false,
  ok: true,
};

const SOMETHING: AcceptResult = {
  ...NOTHING,
  accepted: [
    {
      path: '.spec.replicas',
      clusters: ['eu-1'],
      others: ['us-1'],
      into: 'template',
      value: 5,
      place: { file: 'web.yaml', line: 2, column: 3 },
    },
    {
      path: '.spec.paused',
      clusters: ['eu-1'],
      others: [],
      into: 'override',
      place: { file: 'web.yaml', line: 9, column: 3 },
    },
  ],
  notAccepted: [
    { path: '.metadata.labels', clusters: ['us-1'], reason: 'Gitfed itself sets it.' },
    { clusters: ['us-1'], reason: 'It is not there\u001b[2J.' },
    { path: '.spec.x', clusters: [], reason: 'It has not drifted.' },
  ],
  edit: { file: 'web.yaml', before: 'a\n', after: 'b\n', context: 3 },
  written: true,
  ok: false,
};

describe('what was accepted', () => {
  it('is told field by field, with the place, the difference and what comes next', () => {
    expect(formatAccepted(SOMETHING, createStyle(false))).toBe(`FederatedDeployment/shop/web:
    .spec.replicas is 5 in eu-1, and becomes so in us-1: the template, web.yaml:2
    .spec.paused is not there in eu-1: an override, web.yaml:9
FederatedDeployment/shop/web, not accepted:
    .metadata.labels in us-1: Gitfed itself sets it.
    it in us-1: It is not there\\u{1b}[2J.
    .spec.x: It has not drifted.

--- a/web.yaml
+++ b/web.yaml
@@ -1,1 +1,1 @@
-a
+b

web.yaml was written: 2 fields. Look at it with git diff, and commit it; the next sync leaves these values as they are.
`);
  });

  it('is not written in a dry run', () => {
    const text = formatAccepted({ ...SOMETHING, written: false }, createStyle(false));
    expect(text).toMatch(/\nweb\.yaml was not written, because of --dry-run\.\n$/);
  });

  it('is nothing where nothing drifted', () => {
    expect(formatAccepted(NOTHING, createStyle(false))).toBe(
      'FederatedDeployment/shop/web has not drifted from commit 990e6b43d252: there is nothing to accept.\n',
    );
    expect(acceptedToJson(NOTHING)).toEqual({
      commit: '990e6b43d252aaaa',
      object: 'FederatedDeployment/shop/web',
      written: false,
      accepted: [],
      notAccepted: [],
    });
  });

  it('is JSON with the difference as text', () => {
    expect(acceptedToJson(SOMETHING)).toMatchObject({
      file: 'web.yaml',
      accepted: [{ path: '.spec.replicas', others: ['us-1'], value: 5, line: 2 }, { path: '.spec.paused' }],
      notAccepted: [{ path: '.metadata.labels' }, { clusters: ['us-1'] }, { path: '.spec.x', clusters: [] }],
      diff: '--- a/web.yaml\n+++ b/web.yaml\n@@ -1,1 +1,1 @@\n-a\n+b\n',
    });
  });
});
