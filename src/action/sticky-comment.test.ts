import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Comment } from './github-api.ts';
import { commentMarker, isOurs, markerLength, planComments } from './sticky-comment.ts';

function comment(id: number, body: string, author = 'me'): Comment {
  return { id, body, author, url: '' };
}

describe('the marker of a comment', () => {
  it.each([
    ['', '<!-- gitfed:preview:. part 1/3 -->'],
    ['clusters/prod', '<!-- gitfed:preview:clusters/prod part 1/3 -->'],
    ['a -->b', '<!-- gitfed:preview:a%20%2D%2D%3Eb part 1/3 -->'],
  ])('of the path %j is %j', (path, marker) => {
    expect(commentMarker(path, 1, 3)).toBe(marker);
  });

  it('is one line that ends where it should, and finds its own path and no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (path, other) => {
        const marker = commentMarker(path, 12, 345);
        expect(marker).toMatch(/^<!-- [^\s]+ part 12\/345 -->$/);
        expect(marker.indexOf('--', 4)).toBe(marker.length - 3);
        expect(marker.length).toBeLessThan(markerLength(path));
        expect(isOurs(comment(1, `${marker}\ntext`), path, 'ME')).toBe(true);
        expect(isOurs(comment(1, `${marker}\ntext`), other, 'me')).toBe((path || '.') === (other || '.'));
      }),
    );
  });

  it.each([
    ['of somebody else', comment(1, '<!-- gitfed:preview:. part 1/1 -->\n', 'you')],
    ['of an account that is gone', { ...comment(1, '<!-- gitfed:preview:. part 1/1 -->\n'), author: undefined }],
    ['further down', comment(1, 'See:\n<!-- gitfed:preview:. part 1/1 -->\n')],
    ['that is not alone on its line', comment(1, '<!-- gitfed:preview:. part 1/1 --> and more')],
  ])('%s is none of ours', (_what, found) => {
    expect(isOurs(found, '', 'me')).toBe(false);
  });
});

describe('planComments', () => {
  it.each([
    ['creates what is missing', [], ['a', 'b'], { updated: [], created: ['a', 'b'], removed: [] }],
    [
      'updates what differs',
      [comment(1, 'a'), comment(2, 'x')],
      ['a', 'b'],
      { updated: [{ id: 2, body: 'b' }], created: [], removed: [] },
    ],
    ['removes the newest', [comment(9, 'b'), comment(3, 'a')], ['a'], { updated: [], created: [], removed: [9] }],
    [
      'keeps the order of the parts where the first one was deleted',
      [comment(5, 'b')],
      ['a', 'b'],
      { updated: [{ id: 5, body: 'a' }], created: ['b'], removed: [] },
    ],
    [
      'leaves alone what GitHub stores otherwise',
      [comment(1, 'a\r\nb')],
      ['a\nb\n'],
      { updated: [], created: [], removed: [] },
    ],
  ])('%s', (_what, ours, parts, plan) => {
    expect(planComments(ours, parts)).toEqual(plan);
  });
});
