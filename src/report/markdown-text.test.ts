import { describe, expect, it } from 'vitest';
import { fence, fencedLine, htmlCode, inlineCode } from './markdown-text.ts';

describe('a word of others as inline code (security row 22)', () => {
  it.each<[text: string, markdown: string]>([
    ['web', '`web`'],
    ['@org/team', '`@org/team`'],
    ['a`b', '``a`b``'],
    ['``', '``` `` ```'],
    ['`a', '`` `a ``'],
    ['<img src=x>', '`<img src=x>`'],
    ['a|b', '`a\\u{7c}b`'],
    ['a\\|b', '`a\\\\u{7c}b`'],
    ['a\nb', '`a\\nb`'],
    ['\u001b[31m', '`\\u{1b}[31m`'],
    ['', '`""`'],
    ['  ', '`"  "`'],
    [' a ', '`  a  `'],
  ])('%j is %s', (text, markdown) => {
    expect(inlineCode(text)).toBe(markdown);
  });

  it('is cut where it has no end', () => {
    expect(inlineCode('🚀'.repeat(500))).toMatch(/^`(?:🚀){99}… \(802 more characters\)`$/u);
  });
});

describe('a word of others in HTML (security row 22)', () => {
  it.each<[text: string, html: string]>([
    ['Deployment.apps/shop/web', '<code>Deployment.apps/shop/web</code>'],
    ['</summary>', '<code>&#60;/summary&#62;</code>'],
    ['@org', '<code>&#64;org</code>'],
    ['&lt;', '<code>&#38;lt&#59;</code>'],
    ['https://a.example', '<code>https&#58;//a.example</code>'],
  ])('%j is %s', (text, html) => {
    expect(htmlCode(text)).toBe(html);
  });
});

describe('a fence (security row 22)', () => {
  it('is longer than every run of backticks in it', () => {
    expect(fence(['+ ```', '- `````x', '  a'], 'diff')).toEqual(['``````diff', '+ ```', '- `````x', '  a', '``````']);
  });

  it('has lines of one line each, and of a length that ends', () => {
    expect(fencedLine('a\nb')).toBe('a\\nb');
    expect(fencedLine('x'.repeat(5000))).toHaveLength(999 + '… (4001 more characters)'.length);
  });
});
