import { describe, expect, it } from 'vitest';
import { formatHandedStatus, type HandedStatus, parseHandedStatus, withHanded } from './status-handed.ts';

const HANDED: HandedStatus = {
  cluster: 'eu-1',
  state: 'Failed',
  news: ['eu-1 back'],
  files: new Map([
    ['clusters/eu-1.yaml', 'kind: KubeFedCluster\n'],
    ['objects/eu-1.yaml', 'objects: []\n'],
    ['drift/eu-1.yaml', null],
  ]),
};

describe('a status that is handed over', () => {
  it('is read as it was written', () => {
    expect(parseHandedStatus('eu-1', formatHandedStatus(HANDED))).toEqual(HANDED);
  });

  it.for(['', '{', 'null', '[]', '{"state":"Synced"}', '{"files":[]}', '{"state":"Gone","files":[]}'])(
    'is none of %j',
    (text) => {
      expect(parseHandedStatus('eu-1', text)).toBeUndefined();
    },
  );

  it('brings no file but those of its cluster', () => {
    const files = [
      ['clusters/eu-2.yaml', 'x'],
      ['README.md', 'x'],
      ['../clusters/eu-1.yaml', 'x'],
      ['observations/eu-1.yaml', 'x'],
      ['clusters/eu-1.yaml', 1],
      'clusters/eu-1.yaml',
      ['objects/eu-1.yaml', 'kept'],
    ];
    const parsed = parseHandedStatus('eu-1', JSON.stringify({ state: 'Synced', files }));
    expect([...(parsed?.files ?? [])]).toEqual([['objects/eu-1.yaml', 'kept']]);
  });

  it('brings no second line into the message of a commit', () => {
    const news = ['a\nSource-Commit: 0', 'b\u2028c', 'x'.repeat(1000), 1, ...Array.from({ length: 20 }, () => 'more')];
    const parsed = parseHandedStatus('eu-1', JSON.stringify({ state: 'Synced', files: [], news }));
    expect(parsed?.news).toHaveLength(10);
    for (const line of parsed?.news ?? []) expect(line).toMatch(/^[^\n\u2028]{1,300}$/);
  });

  it('replaces the files of its cluster, and leaves the others', () => {
    const before = new Map([
      ['drift/eu-1.yaml', 'old'],
      ['objects/eu-2.yaml', 'other'],
    ]);
    const after = withHanded(before, [HANDED]);
    expect(after.has('drift/eu-1.yaml')).toBe(false);
    expect(after.get('objects/eu-2.yaml')).toBe('other');
    expect(after.get('objects/eu-1.yaml')).toBe('objects: []\n');
  });
});
