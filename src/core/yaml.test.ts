import { describe, expect, it } from 'vitest';
import { formatYaml } from './yaml.ts';
import { readYaml, type YamlResult } from './yaml-read.ts';

const limits = { documentNodes: 1_000_000, depth: 200 };

function read(text: string): readonly YamlResult[] {
  return readYaml('f.yaml', text, limits);
}

function values(text: string): unknown[] {
  return read(text).map((result) => (result.ok ? result.document.value : result.error.code));
}

function problem(text: string): { readonly reason: string; readonly at: string } {
  const failed = read(text).find((result) => !result.ok);
  if (failed === undefined || failed.ok) throw new Error('nothing failed');
  const { reason, position } = failed.error;
  return { reason, at: `${position.line}:${position.column}` };
}

describe('documents of a stream', () => {
  it.each([
    ['a file without content has none', '', []],
    ['comments alone are none', '# nothing\n\n', []],
    ['a trailing marker adds none', 'a: 1\n---\n', [{ a: 1 }]],
    ['markers divide', 'a: 1\n---\nb: 2\n...\nc: 3\n', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['a marker may carry content', '--- {a: 1}\n--- # next\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['directives belong to the document behind them', '%YAML 1.1\n---\na: yes\n', [{ a: true }]],
    ['a byte order mark is no content', '\uFEFFa: 1\n', [{ a: 1 }]],
    ['CRLF ends lines', 'a: 1\r\n---\r\nb: 2\r\n', [{ a: 1 }, { b: 2 }]],
    ['a broken one hides none of its neighbours', 'a: 1\n---\nb: [\n---\nc: 3\n', [{ a: 1 }, 'InvalidYAML', { c: 3 }]],
    ['a marker inside a line is text', 'a: x --- y\n', [{ a: 'x --- y' }]],
    ['null is a document', 'null\n', [null]],
  ])('%s', (_title, text, expected) => {
    expect(values(text)).toEqual(expected);
  });
});

describe('JSON', () => {
  it.each([
    [
      'keeps every digit of 64 bits',
      '{"a": 18446744073709551615, "b": -9223372036854775808}',
      [{ a: 18446744073709551615n, b: -9223372036854775808n }],
    ],
    ['may escape a slash', '{"a": "\\/"}', [{ a: '/' }]],
    ['may not name a key twice', '{"a": 1, "a": 2}', ['DuplicateKey']],
    ['may not name a key twice in disguise', '{"a": {"b": 1, "\\u0062": 2}}', ['DuplicateKey']],
    ['allows one key in two mappings', '{"a": {"b": 1}, "b": {"b": 1}}', [{ a: { b: 1 }, b: { b: 1 } }]],
    ['that is none is YAML in flow style', '{a: yes, b: [0644]}', [{ a: true, b: [420] }]],
    ['with a number beyond a double is YAML', '{"a": 1e400}', [{ a: '1e400' }]],
    ['may be indented by tabs', '{\n\t"a": 1\n}\n', [{ a: 1 }]],
  ])('%s', (_title, text, expected) => {
    expect(values(text)).toEqual(expected);
  });
});

describe('what is refused, and where', () => {
  it.each([
    ['a key that stands twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', '4:3', /stands twice/],
    ['one that is twice the same boolean', 'yes: 1\ntrue: 2\n', '2:1', /stands twice/],
    ['an unfinished list, in the second document', 'a: 1\n---\nb: [1,\n', '4:1', /./],
    ['an alias without an anchor', 'a: *b\n', '1:4', /alias without an anchor/],
    ['an anchor inside itself', 'a: &a\n  b: *a\n', '2:6', /contains itself/],
    ['infinity', 'a:\n  - .inf\n', '2:5', /not JSON numbers/],
    ['infinity by an alias', '&k .inf: 1\nb: *k\n', '2:4', /not JSON numbers/],
    ['a collection as a key', '? [a]\n: b\n', '1:3', /must be a scalar/],
    ['an item of a flow list that ends in a colon', 'a: [b, c:, d]\n', '1:8', /ends in a colon/],
    ['a merge of a scalar', 'a:\n  <<: 1\n', '2:7', /merge/],
    ['a tag that does not fit', 'a: !!int no\n', '1:10', /does not fit/],
    ['half of a character', 'a: "\\ud83d\\ude00"\n', '1:5', /half a character/],
    ['JSON nested too deep', `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`, '1:1001', /nested deeper than 200/],
  ])('%s', (_title, text, at, reason) => {
    const found = problem(text);
    expect(found).toEqual({ at, reason: expect.stringMatching(reason) });
  });

  it('never quotes the document', () => {
    const secret = 'c2VjcmV0LXZhbHVl';
    for (const text of [
      `a: "${secret}\\q"\n`,
      `a: ${secret}: b\n`,
      `{"a": "${secret}", "a": 1}`,
      `a: !!int ${secret}\n`,
      `? [${secret}]\n: b\n`,
    ]) {
      expect(problem(text).reason).not.toContain(secret);
    }
  });
});

describe('security row 5: bombs and traps', () => {
  it('an alias bomb of ten levels is refused before it is expanded', () => {
    const levels = Array.from(
      { length: 10 },
      (_, index) => `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join(', ')}]`,
    );
    expect(problem(`l0: &l0 [a, a, a]\n${levels.join('\n')}\n`).reason).toMatch(/nodes after its aliases are expanded/);
  });

  it('100,000 nested brackets end in a problem, not in a stack overflow', () => {
    expect(problem('['.repeat(100_000)).reason).not.toBe('');
    expect(problem(`{"a":${'['.repeat(100_000)}`).reason).not.toBe('');
  });

  it('aliases count for the depth of what they stand for', () => {
    const deep = (open: string): string => `${'['.repeat(150)}${open}${']'.repeat(150)}`;
    expect(problem(`a: &a ${deep('1')}\nb: ${deep('*a')}\n`).reason).toMatch(/nested deeper/);
  });

  it.each(['__proto__', 'constructor', 'toString'])('%s is a key like any other', (key) => {
    for (const text of [
      `data:\n  ${key}: {polluted: yes}\n`,
      `{"data": {"${key}": {"polluted": true}}}`,
      `b: &b {${key}: {polluted: yes}}\ndata:\n  <<: *b\n`,
    ]) {
      const [result] = read(text);
      const value = (result?.ok === true ? result.document.value : null) as { data: object };
      expect(Object.entries(value.data)).toEqual([[key, { polluted: true }]]);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    }
  });
});

describe('merges', () => {
  it.each([
    ['a later key wins', '<<: {a: 1}\na: 2\n', { a: 2 }],
    ['a later merge wins', 'a: 2\n<<: {a: 1}\n', { a: 1 }],
    ['of a list the first wins', '<<: [{a: 1}, {a: 2, b: 2}]\n', { a: 1, b: 2 }],
    ['a quoted key is no merge', '"<<": {a: 1}\n', { '<<': { a: 1 } }],
  ])('%s', (_title, text, expected) => {
    expect(values(text)).toEqual([expected]);
  });
});

describe('places', () => {
  const text = '# head\na: &x\n  - b: yes\n    "c d": |\n      text\n---\nz:\n  y: [1, {w: 0644}]\nalias: *none\n';
  const [first] = read(text);
  const document = first?.ok === true ? first.document : undefined;

  it.each([
    ['the root', [], '2:1'],
    ['an entry stands at its key', ['a', 0, 'b'], '3:5'],
    ['an item stands at itself', ['a', 0], '3:5'],
    ['a quoted key', ['a', 0, 'c d'], '4:5'],
    ['what is missing stands at its nearest ancestor', ['a', 7, 'q'], '2:1'],
  ])('%s', (_title, path, expected) => {
    const position = document?.locate(path);
    expect(`${position?.line}:${position?.column}`).toBe(expected);
  });

  it('tells a scalar as it was written', () => {
    expect(document?.scalar(['a', 0, 'b'])).toEqual({ text: 'yes', plain: true });
    expect(document?.scalar(['a', 0, 'c d'])).toEqual({ text: 'text\n', plain: false });
    expect(document?.key(['a', 0, 'c d'])).toEqual({ text: 'c d', plain: false });
    expect(document?.scalar(['a'])).toBeUndefined();
  });

  it('takes a bracket at the indentation of its parent, and keeps positions', () => {
    const [result] = read('a: {\n  b: [\n    1\n  ],\n}\nc: 2\n');
    expect(result?.ok === true && result.document.locate(['c'])).toEqual({ line: 6, column: 1 });
    expect(result?.ok === true && result.document.value).toEqual({ a: { b: [1] }, c: 2 });
  });

  it('names integers that were rounded', () => {
    const [result] = read('a: [1, 100000000000000000000]\nb: 1e30\n');
    expect(result?.ok === true && result.roundedIntegers).toEqual([['a', 1]]);
  });
});

describe('writing', () => {
  it('puts apiVersion, kind and metadata first and sorts the rest', () => {
    const manifest = {
      spec: { b: [{ z: 1, a: [] }, [1, 2]], a: {} },
      metadata: { name: 'x' },
      kind: 'K',
      apiVersion: 'v1',
      data: { t: 'a\nb\n' },
    };
    expect(formatYaml(manifest)).toBe(
      'apiVersion: v1\nkind: K\nmetadata:\n  name: x\ndata:\n  t: |\n    a\n    b\nspec:\n  a: {}\n  b:\n  - a: []\n    z: 1\n  - - 1\n    - 2\n',
    );
  });

  it.each([
    ['a string that looks like a boolean', 'yes', '"yes"'],
    ['one that looks like an octal number', '0644', '"0644"'],
    ['an image', 'nginx:1.27', 'nginx:1.27'],
    ['a large integer', 18446744073709551615n, '18446744073709551615'],
    ['a large float', 1e21, '1.0e+21'],
    ['a small float', 1.5e-7, '1.5e-7'],
    ['a character beyond the basic plane', '😀 x', '"😀 x"'],
    ['a line separator', 'a\u2028b', '"a\\u2028b"'],
  ])('%s', (_title, value, expected) => {
    expect(formatYaml({ k: value })).toBe(`k: ${expected}\n`);
  });

  it('writes a long key so that every scanner finds its colon', () => {
    const key = 'k'.repeat(2000);
    expect(values(formatYaml({ [key]: { a: 1 } }))).toEqual([{ [key]: { a: 1 } }]);
  });
});
