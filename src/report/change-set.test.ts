import { describe, expect, it } from 'vitest';
import type { FederatedObject } from '../api/model.ts';
import type { JsonObject, ObjectId } from '../core/index.ts';
import type { ClusterRendering, RenderedObject, Rendering } from '../render/types.ts';
import { changeSetToJson } from './change-json.ts';
import { compareRenderings, isEmptyChangeSet } from './change-set.ts';
import { formatChangeSet } from './change-text.ts';
import { createStyle } from './style.ts';

const PLAIN = createStyle(false);

function object(manifest: JsonObject, kind = 'ConfigMap', name = 'web'): RenderedObject {
  const id: ObjectId = { group: '', kind, namespace: 'shop', name };
  const federated = { id: { ...id, group: 'types.kubefed.io', kind: `Federated${kind}` }, annotations: {} };
  // Only the identity and the annotations of the federated object is looked at.
  return { id, manifest: { apiVersion: 'v1', kind, ...manifest }, federated: federated as FederatedObject };
}

function rendering(
  clusters: Readonly<Record<string, readonly RenderedObject[]>>,
  held: readonly ObjectId[] = [],
): Rendering {
  const list = Object.entries(clusters).map(([cluster, objects]): ClusterRendering => ({ cluster, objects, held }));
  return { clusters: list, replicas: new Map(), findings: [] };
}

/** The same objects in 37 clusters. */
function fleet(...objects: readonly RenderedObject[]): Record<string, readonly RenderedObject[]> {
  return Object.fromEntries(Array.from({ length: 37 }, (_, index) => [`c${String(index).padStart(2, '0')}`, objects]));
}

function textOf(before: Rendering, after: Rendering): string {
  return formatChangeSet(compareRenderings(before, after), PLAIN);
}

describe('the difference of two renderings', () => {
  it('is empty for equal ones', () => {
    const changes = compareRenderings(rendering(fleet(object({ a: 1 }))), rendering(fleet(object({ a: 1 }))));
    expect(isEmptyChangeSet(changes)).toBe(true);
    expect(formatChangeSet(changes, PLAIN)).toBe('');
  });

  it('says once what is the same in many clusters', () => {
    const before = rendering(fleet(object({ data: { mode: 'a' } })));
    const after = rendering(fleet(object({ data: { mode: 'b' } })));
    expect(textOf(before, after)).toBe(
      [
        '~ ConfigMap/shop/web changed in 37 clusters',
        '    .data.mode',
        '      "a" → "b"  same in 37 clusters',
        '',
        '1 object in 37 clusters: 37 changed.',
        '',
      ].join('\n'),
    );
  });

  it('folds field by field, so that one that differs everywhere does not unfold the others', () => {
    const one = (mode: string, replicas: number): RenderedObject => object({ mode, replicas });
    const before = rendering({ a: [one('x', 1)], b: [one('x', 1)], c: [one('x', 1)] });
    const after = rendering({ a: [one('y', 2)], b: [one('y', 3)], c: [one('y', 3)] });
    expect(textOf(before, after).split('\n').slice(0, 6)).toEqual([
      '~ ConfigMap/shop/web changed in 3 clusters: a, b, c',
      '    .mode',
      '      "x" → "y"  same in 3 clusters',
      '    .replicas',
      '      1 → 2  in a',
      '      1 → 3  same in 2 clusters: b, c',
    ]);
  });

  it('lists created and deleted objects with their clusters', () => {
    const before = rendering({ a: [object({}, 'Job', 'old')], b: [] });
    const after = rendering({ a: [], b: [object({}, 'Secret', 'new')] });
    expect(textOf(before, after)).toBe(
      '- Job/shop/old deleted in a\n+ Secret/shop/new created in b\n\n2 objects in 2 clusters: 1 created, 1 deleted.\n',
    );
  });

  it('does not take an object that is held back for a deletion', () => {
    const gone = object({});
    expect(isEmptyChangeSet(compareRenderings(rendering({ a: [gone] }), rendering({ a: [] }, [gone.id])))).toBe(true);
  });

  it('tells of clusters that join or leave, and deletes nothing where nobody goes any more', () => {
    const before = rendering({ a: [object({})], b: [object({})] });
    const after = rendering({ a: [object({})], c: [object({})] });
    expect(textOf(before, after)).toBe(
      [
        '+ cluster c joins',
        '- cluster b leaves; its objects stay as they are',
        '+ ConfigMap/shop/web created in c',
        '',
        '1 object in 1 cluster: 1 created.',
        '',
      ].join('\n'),
    );
  });

  it('shows the lines that change in a long text', () => {
    const conf = (port: number): RenderedObject => {
      const lines = ['server {', '  name a;', '  gzip on;', `  listen ${port};`, '  root /;', '}', '# end', ''];
      return object({ data: { 'nginx.conf': lines.join('\n') } });
    };
    expect(
      textOf(rendering({ a: [conf(80)] }), rendering({ a: [conf(81)] }))
        .split('\n')
        .slice(1, -3),
    ).toEqual([
      '    .data["nginx.conf"]',
      '      in a',
      '          name a;',
      '          gzip on;',
      '      -   listen 80;',
      '      +   listen 81;',
      '          root /;',
      '        }',
    ]);
  });

  it('never holds a value of a Secret, as text or as JSON', () => {
    const secret = (value: string): RenderedObject =>
      object({ data: { password: value }, stringData: { token: value } }, 'Secret', 'db');
    const changes = compareRenderings(rendering(fleet(secret('canary-1'))), rendering(fleet(secret('canary-2'))));
    const text = formatChangeSet(changes, PLAIN);
    expect(text).toContain('.data.password');
    expect(text).toContain('.stringData.token');
    expect(text + JSON.stringify(changeSetToJson(changes))).not.toContain('canary');
  });

  it('does not tell which clusters have equal Secrets', () => {
    const secret = (value: string): RenderedObject => object({ data: { password: value } }, 'Secret', 'db');
    const before = rendering({ a: [secret('1')], b: [secret('1')], c: [secret('2')] });
    const after = rendering({ a: [secret('3')], b: [secret('4')], c: [secret('4')] });
    expect(compareRenderings(before, after).objects[0]?.fields).toEqual([
      {
        type: 'changed',
        path: '.data.password',
        before: '*** (before)',
        after: '*** (after)',
        clusters: ['a', 'b', 'c'],
      },
    ]);
  });

  it('shows control characters in values and keys, and does not obey them', () => {
    const before = rendering({ a: [object({ data: { 'k\u001b': 'x' } })] });
    const after = rendering({ a: [object({ data: { 'k\u001b': '\u001b]0;title\u0007' } })] });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(textOf(before, after)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('has the documented shape as JSON', () => {
    const changes = compareRenderings(
      rendering({ a: [object({ v: 1 })], b: [object({ v: 1 })] }),
      rendering({ a: [object({ v: 2 })], b: [] }),
    );
    const identity = { object: 'ConfigMap/shop/web', group: '', kind: 'ConfigMap', namespace: 'shop', name: 'web' };
    expect(changeSetToJson(changes)).toEqual({
      summary: { created: 0, changed: 1, deleted: 1 },
      clusters: { added: [], removed: [] },
      risks: [],
      changes: [
        {
          type: 'changed',
          ...identity,
          federated: 'FederatedConfigMap/shop/web',
          clusters: ['a'],
          fields: [{ type: 'changed', path: '.v', before: 1, after: 2, clusters: ['a'] }],
          patches: [{ clusters: ['a'], operations: [{ op: 'replace', path: '/v', value: 2 }] }],
        },
        {
          type: 'deleted',
          ...identity,
          federated: 'FederatedConfigMap/shop/web',
          clusters: ['b'],
          fields: [],
          patches: [],
        },
      ],
    });
  });
});
