import { describe, expect, it } from 'vitest';
import { readPushedRefs, readReceivedRefs } from './pushed-refs.ts';

const [A, B, NONE] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];

describe('the refs of a push', () => {
  it.each<[title: string, text: string, updates: readonly object[]]>([
    ['are none where nothing is pushed', '', []],
    ['move', `${A} ${B} refs/heads/main\n`, [{ ref: 'refs/heads/main', before: A, after: B }]],
    ['are new', `${NONE} ${B} refs/heads/main\n`, [{ ref: 'refs/heads/main', after: B }]],
    ['go', `${A} ${NONE} refs/heads/main\n`, [{ ref: 'refs/heads/main', before: A }]],
    [
      'are several',
      `${A} ${B} refs/heads/main\n${NONE} ${A} refs/tags/v1\n`,
      [
        { ref: 'refs/heads/main', before: A, after: B },
        { ref: 'refs/tags/v1', after: A },
      ],
    ],
    [
      'have longer ids with SHA-256',
      `${NONE} ${'c'.repeat(64)} refs/heads/main`,
      [{ ref: 'refs/heads/main', after: 'c'.repeat(64) }],
    ],
  ])('%s', (_title, text, updates) => {
    expect(readReceivedRefs(text)).toEqual(updates);
  });

  it.each<[title: string, text: string, updates: readonly object[]]>([
    [
      'are named as the remote has them',
      `refs/heads/topic ${B} refs/heads/main ${A}\n`,
      [{ ref: 'refs/heads/main', before: A, after: B }],
    ],
    ['are new there', `HEAD ${B} refs/heads/main ${NONE}\n`, [{ ref: 'refs/heads/main', after: B }]],
    ['go there', `(delete) ${NONE} refs/heads/main ${A}\n`, [{ ref: 'refs/heads/main', before: A }]],
    [
      'may be an expression here',
      `HEAD^{/a b} ${B} refs/heads/main ${A}\n`,
      [{ ref: 'refs/heads/main', before: A, after: B }],
    ],
  ])('that leaves %s', (_title, text, updates) => {
    expect(readPushedRefs(text)).toEqual(updates);
  });
});
