import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disarmMarkdown } from './untrusted-markdown.ts';

const BREAK = '\u200b';

describe('disarmMarkdown', () => {
  it.each([
    ['a mention', '@octocat and @acme/admins', `@${BREAK}octocat and @${BREAK}acme/admins`],
    [
      'a mention in entities',
      '&#64;octocat &#064;a &#x40;b &commat;c',
      `&${BREAK}#${BREAK}64;octocat &${BREAK}#${BREAK}064;a &${BREAK}#x40;b &${BREAK}commat;c`,
    ],
    [
      'a reference',
      'fixes #1, &#12 acme/fleet#2 and GH-3',
      `fixes #${BREAK}1, &#${BREAK}12 acme/fleet#${BREAK}2 and GH${BREAK}-3`,
    ],
    ['a link', '[here](https://evil.example)', `[here]${BREAK}(https:${BREAK}//evil.example)`],
    ['a link by reference', '[a][b]\n[b]: //evil.example', `[a]${BREAK}[b]\n[b]${BREAK}: //evil.example`],
    ['an address that becomes a link', 'www.evil.example', `www${BREAK}.evil.example`],
    ['an image', '![](/a.png)', `![]${BREAK}(/a.png)`],
    ['HTML', '<img src=x onerror=y><a href="//evil">', `<${BREAK}img src=x onerror=y><${BREAK}a href="//evil">`],
    ['a tag with attributes', '<details open ontoggle=x>', `<${BREAK}details open ontoggle=x>`],
    [
      'a comment, such as our marker',
      '<!-- gitfed:preview:. part 1/1 -->',
      `<${BREAK}!-- gitfed:preview:. part 1/1 -->`,
    ],
    ['an autolink', '<mailto:a@b.example>', `<${BREAK}mailto:a@${BREAK}b.example>`],
    ['control characters', 'a\u001b[31m\u202eb', 'a\ufffd[31m\ufffdb'],
  ])('disarms %s', (_what, text, disarmed) => {
    expect(disarmMarkdown(text)).toBe(disarmed);
  });

  it('leaves a report as it is', () => {
    const report = [
      '**1 object in 2 clusters: 2 changed.**',
      '',
      '| cluster | created |',
      '|---|--:|',
      '<details open>',
      '<summary><code>Deployment.apps/shop/web</code> changed in <code>eu&#45;1</code></summary>',
      '',
      '```diff',
      '@@ .spec.replicas @@ in all',
      '- 1',
      '+ 2',
      '```',
      '</details>',
    ].join('\n');
    expect(disarmMarkdown(report)).toBe(report);
  });

  it('security rows 22, 23: leaves no mention, tag or link in anything', () => {
    const piece = fc.constantFrom(
      '@',
      'octocat',
      '<',
      'a',
      '>',
      '!--',
      '&#64;',
      '](',
      ']',
      '[',
      '://',
      '#1',
      'GH-1',
      ' ',
      '\n',
      '`',
      'www.',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = disarmMarkdown(pieces.join(''));
        expect(text).not.toMatch(/@\w|<[a-zA-Z!/?](?!ode>|etails>|ummary>)|\]\(|\]\[|\]:|:\/\/|(?<!&)#\d|GH-\d|&#64;/);
      }),
    );
  });
});
