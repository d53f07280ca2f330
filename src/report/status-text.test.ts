import { describe, expect, it } from 'vitest';
import { cell } from './status-text.ts';

describe('text of others in the cell of a table', () => {
  it.each<[text: string, markdown: string]>([
    ['v1.36.3+k3s1', 'v1.36.3+k3s1'],
    ['422 Invalid: spec.replicas (a number) must not be {}!', '422 Invalid: spec.replicas (a number) must not be {}!'],
    ['[a](https://b)', '&#91;a&#93;(https&#58;//b)'],
    ['![a](b)', '!&#91;a&#93;(b)'],
    ['<b>&lt;', '&#60;b&#62;&#38;lt;'],
    ['*a* _b_ `c` ~d~ $e$', '&#42;a&#42; &#95;b&#95; &#96;c&#96; &#126;d&#126; &#36;e&#36;'],
    ['@org #12 :tada: a|b', '&#64;org &#35;12 &#58;tada: a&#124;b'],
    ['www.a.example', 'www&#46;a.example'],
    ['a\nb\\c', 'a&#92;nb&#92;c'],
  ])('%j is %s', (text, markdown) => {
    expect(cell(text)).toBe(markdown);
  });
});
