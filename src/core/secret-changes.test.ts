import { describe, expect, it } from 'vitest';
import { formatFieldPath } from './field-path.ts';
import { type JsonObject, parseJson } from './json.ts';
import { compareSecrets, isSecret } from './secret-changes.ts';

const CANARY = 'canary-b7e1';
const OTHER = 'canary-22d9';

function secret(fields: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, ...fields };
}

function changesOf(before: JsonObject, after: JsonObject): string[] {
  return compareSecrets(secret(before), secret(after)).map(
    ({ type, path, before: old, after: fresh }) =>
      `${type} ${formatFieldPath(path)} ${old === undefined ? '' : JSON.stringify(old)}→${fresh === undefined ? '' : JSON.stringify(fresh)}`,
  );
}

describe('compareSecrets', () => {
  it.each<[title: string, before: JsonObject, after: JsonObject, expected: readonly string[]]>([
    [
      'names a changed key',
      { data: { user: 'eA==', pass: CANARY } },
      { data: { user: 'eA==', pass: OTHER } },
      ['changed .data.pass "*** (before)"→"*** (after)"'],
    ],
    [
      'names an added and a removed key',
      { data: { a: CANARY } },
      { data: { b: CANARY } },
      ['removed .data.a "***"→', 'added .data.b →"***"'],
    ],
    [
      'masks stringData',
      { stringData: { a: CANARY } },
      { stringData: { a: OTHER } },
      ['changed .stringData.a "*** (before)"→"*** (after)"'],
    ],
    ['names the keys of data that comes anew', {}, { data: { 'tls.key': CANARY } }, ['added .data["tls.key"] →"***"']],
    [
      'masks data that is no mapping',
      { data: [CANARY] },
      { data: OTHER },
      ['changed .data "*** (before)"→"*** (after)"'],
    ],
    [
      'masks a misspelt field',
      { Data: { a: CANARY } },
      { Data: { a: OTHER } },
      ['changed .Data.a "*** (before)"→"*** (after)"'],
    ],
    [
      'masks what stands too deep',
      { data: { a: { b: CANARY } } },
      { data: { a: { b: OTHER } } },
      ['changed .data.a "*** (before)"→"*** (after)"'],
    ],
    [
      'masks a list whose items have names',
      { data: { a: [{ name: CANARY }] } },
      { data: { a: [{ name: OTHER }] } },
      ['changed .data.a "*** (before)"→"*** (after)"'],
    ],
    [
      'shows the type',
      { type: 'Opaque' },
      { type: 'kubernetes.io/tls' },
      ['changed .type "Opaque"→"kubernetes.io/tls"'],
    ],
    [
      'masks a type that is no text',
      { type: { a: CANARY } },
      { type: [OTHER] },
      ['removed .type.a "***"→', 'added .type →"***"'],
    ],
    [
      'shows labels',
      { metadata: { labels: { a: 'x' } } },
      { metadata: { labels: { a: 'y' } } },
      ['changed .metadata.labels.a "x"→"y"'],
    ],
    [
      'masks data below metadata',
      { metadata: { data: { a: CANARY } } },
      { metadata: { data: { a: OTHER } } },
      ['changed .metadata.data "*** (before)"→"*** (after)"'],
    ],
    [
      'masks what kubectl apply remembers',
      { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': CANARY, team: 'a' } } },
      { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': OTHER, team: 'b' } } },
      [
        'changed .metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] "*** (before)"→"*** (after)"',
        'changed .metadata.annotations.team "a"→"b"',
      ],
    ],
    ['finds nothing in equal Secrets', { data: { a: CANARY } }, { data: { a: CANARY } }, []],
  ])('%s', (_title, before, after, expected) => {
    const changes = changesOf(before, after);
    expect(changes).toEqual(expected);
    expect(changes.join('\n')).not.toMatch(/canary/);
  });

  it('tells an empty metadata from none', () => {
    expect(compareSecrets({}, { metadata: {} })).toHaveLength(1);
  });

  it('names a key __proto__', () => {
    const fields = parseJson('{"data": {"__proto__": "eA=="}}') as JsonObject;
    expect(changesOf({}, fields)).toEqual(['added .data.__proto__ →"***"']);
  });
});

describe('isSecret', () => {
  const id = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'db' };
  it.each<[title: string, expected: boolean, actual: boolean]>([
    ['knows a Secret by its kind', true, isSecret({ ...id, kind: 'Secret' })],
    ['knows what an override made a Secret', true, isSecret(id, { apiVersion: 'v1', kind: 'Secret' })],
    ['leaves other kinds alone', false, isSecret(id, { apiVersion: 'v1', kind: 'ConfigMap' })],
    [
      'leaves Secrets of other groups alone',
      false,
      isSecret({ ...id, kind: 'Secret', group: 'x.example' }, { apiVersion: 'x.example/v1', kind: 'Secret' }),
    ],
  ])('%s', (_title, expected, actual) => {
    expect(actual).toBe(expected);
  });
});
