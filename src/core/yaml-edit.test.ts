import { describe, expect, it } from 'vitest';
import type { JsonValue } from './json.ts';
import type { NodePath } from './source.ts';
import { documentAtLine, editYaml, type SourceEdit } from './yaml-edit.ts';

const LIMITS = { documentNodes: 10_000, depth: 50 };

function set(path: NodePath, value: JsonValue): SourceEdit {
  return { type: 'set', path, value };
}

function remove(...path: NodePath): SourceEdit {
  return { type: 'remove', path };
}

function insert(path: NodePath, value: JsonValue): SourceEdit {
  return { type: 'insert', path, value };
}

describe('an edit in place', () => {
  it.each<[title: string, text: string, edit: SourceEdit, expected: string]>([
    [
      'replaces a scalar, and keeps the comment behind it',
      'a: 1 # one\nb: "two" # two\n',
      set(['a'], 5),
      'a: 5 # one\nb: "two" # two\n',
    ],
    ['keeps quotes', 'a: "x"\nb: \'y\'\n', set(['a'], 'z'), 'a: "z"\nb: \'y\'\n'],
    ['keeps single quotes', "a: 'x' # c\n", set(['a'], "it's"), "a: 'it''s' # c\n"],
    ['keeps a quantity without quotes', 'a: 1Gi # c\n', set(['a'], '2Gi'), 'a: 2Gi # c\n'],
    ['keeps brackets', 'a: [x, "y"] # c\n', set(['a'], ['x', 'z']), 'a: [x, z] # c\n'],
    ['quotes what would be read as something else', 'a: x\n', set(['a'], 'yes'), 'a: "yes"\n'],
    ['fills a key without a value', 'a: # none\nb: 1\n', set(['a'], 'x'), 'a: x # none\nb: 1\n'],
    ['keeps CRLF', 'a: 1\r\nb: 2\r\n', set(['a'], { c: ['x'] }), 'a:\r\n  c:\r\n  - x\r\nb: 2\r\n'],
    ['keeps a byte order mark, and a last line without an end', '\uFEFFa: 1', set(['b'], 2), '\uFEFFa: 1\nb: 2'],
    [
      'adds a key in the column of its siblings, as deep as the others are indented',
      'm:\n    a: 1 # c\n    l:\n      - x\n\n# end\n',
      set(['m', 'o'], { k: ['z'] }),
      'm:\n    a: 1 # c\n    l:\n      - x\n    o:\n        k:\n          - z\n\n# end\n',
    ],
    [
      'makes the mappings that a new field needs',
      'a: 1\n',
      set(['m', 'labels', 'x/y'], 'z'),
      'a: 1\nm:\n  labels:\n    x/y: z\n',
    ],
    ['adds to brackets', 'a: {x: 1, y: [1, 2]} # c\n', set(['a', 'z'], 'w'), 'a: {x: 1, y: [1, 2], z: w} # c\n'],
    [
      'adds to brackets over several lines, behind the comment of the last line',
      'a: [\n  x, # x\n  y  # y\n]\n',
      insert(['a', 2], 'z'),
      'a: [\n  x, # x\n  y,  # y\n  z\n]\n',
    ],
    [
      'opens empty brackets into a block',
      'a:\n  m: {}\n  l: [] # c\n',
      set(['a', 'm'], { k: 1 }),
      'a:\n  m:\n    k: 1\n  l: [] # c\n',
    ],
    ['adds to empty brackets as a block', 'a:\n  l: [] # c\n', insert(['a', 'l', 0], 'x'), 'a:\n  l: # c\n  - x\n'],
    ['adds to null as a block', 'a:\n  m: ~\n', set(['a', 'm', 'k'], 1), 'a:\n  m:\n    k: 1\n'],
    [
      'appends to a list without indentation',
      'l:\n- a: 1\n  b: 2\nz: 0\n',
      insert(['l', 1], { c: 3 }),
      'l:\n- a: 1\n  b: 2\n- c: 3\nz: 0\n',
    ],
    [
      'inserts before an item, and leaves its comment with it',
      'l:\n  # x\n  - x\n',
      insert(['l', 0], 'w'),
      'l:\n  # x\n  - w\n  - x\n',
    ],
    ['inserts into a list that begins behind a dash', '- - a\n  - b\n', insert([0, 0], 'z'), '- - z\n  - a\n  - b\n'],
    ['removes a key with its lines', 'a: 1\nb: # c\n  x: 1\n# d\nc: 2\n', remove('b'), 'a: 1\n# d\nc: 2\n'],
    ['removes the first key of an item', 'l:\n- a: 1 # c\n  b: 2\n', remove('l', 0, 'a'), 'l:\n- b: 2\n'],
    [
      'leaves empty brackets where the last key went',
      'a:\n  m: # c\n    x: 1\nb: 2\n',
      remove('a', 'm', 'x'),
      'a:\n  m: {} # c\nb: 2\n',
    ],
    ['removes the last item of brackets with the comma before it', 'a: [1, 2 , 3]\n', remove('a', 2), 'a: [1, 2 ]\n'],
    [
      'keeps a comma that people leave behind the last item',
      'a: [\n  1,\n  2,\n]\n',
      remove('a', 1),
      'a: [\n  1,\n]\n',
    ],
    [
      'writes a text of several lines as a block',
      'a: x # c\nb: 1\n',
      set(['a'], 'one\ntwo\n'),
      'a: | # c\n  one\n  two\nb: 1\n',
    ],
    ['replaces one block by another', 'a: |\n  old\n\nb: 1\n', set(['a'], 'one\ntwo'), 'a: |-\n  one\n  two\n\nb: 1\n'],
    ['replaces a folded block by a word', 'a: >-\n  old\n  text\nb: 1\n', set(['a'], 'new'), 'a: new\nb: 1\n'],
    [
      'writes no block that would swallow a comment',
      'm:\n  a: x\n      # deep\n  b: 1\n',
      set(['m', 'a'], 'one\ntwo\n'),
      'm:\n  a: "one\\ntwo\\n"\n      # deep\n  b: 1\n',
    ],
    [
      'puts a word in the place of a mapping below its key',
      'a: # c\n  # d\n  x: 1\nb: 2\n',
      set(['a'], 5),
      'a: 5 # c\n  # d\nb: 2\n',
    ],
    [
      'puts a mapping in the place of a list without indentation',
      'a:\n- 1\nb: 2\n',
      set(['a'], { x: 1 }),
      'a:\n  x: 1\nb: 2\n',
    ],
    ['drops a tag with the value that it was for', 'a: !!str 5\n', set(['a'], 6), 'a: 6\n'],
    [
      'adds a key beside a merge, which it overrides',
      'x: &x {a: 1}\nw:\n  <<: *x\n',
      set(['w', 'a'], 2),
      'x: &x {a: 1}\nw:\n  <<: *x\n  a: 2\n',
    ],
    [
      'writes out what is below a merge',
      'x: &x {m: {a: 1, b: 2}}\nw:\n  <<: *x\n',
      set(['w', 'm', 'a'], 5),
      'x: &x {m: {a: 1, b: 2}}\nw:\n  <<: *x\n  m:\n    a: 5\n    b: 2\n',
    ],
    ['replaces an alias', 'x: &x 1\nw: *x # c\n', set(['w'], 2), 'x: &x 1\nw: 2 # c\n'],
    ['edits an anchor that nobody uses', 'x: &x {a: 1}\n', set(['x', 'a'], 2), 'x: &x {a: 2}\n'],
    ['edits behind a key that needs a question mark', '? a\n: 1\nb: 2\n', set(['a'], 3), '? a\n: 3\nb: 2\n'],
    [
      'edits between brackets that close at the indentation of their key',
      'a:\n  b: [\n    1\n  ]\n',
      set(['a', 'b', 0], 2),
      'a:\n  b: [\n    2\n  ]\n',
    ],
    ['keeps all digits', 'a: 1\n', set(['a'], 9007199254740993n), 'a: 9007199254740993\n'],
    ['keeps a key that names the prototype', 'a: 1\n', set(['__proto__'], 1), 'a: 1\n__proto__: 1\n'],
  ])('%s', (_title, text, edit, expected) => {
    expect(editYaml(text, [edit], { limits: LIMITS })).toEqual({ ok: true, text: expected });
  });

  it('finds an item of a list of objects in one of many documents', () => {
    const text = 'kind: A\n---\n# list\nkind: List\nitems:\n- kind: B\n  o: 1 # o\n- kind: C\n---\n[broken\n';
    const document = documentAtLine(text, 7);
    expect(document).toBe(1);
    const edits = [set(['items', 0, 'o'], 2), set(['items', 1, 'm'], 'x')];
    expect(editYaml(text, edits, { limits: LIMITS, document: document ?? 0 })).toEqual({
      ok: true,
      text: 'kind: A\n---\n# list\nkind: List\nitems:\n- kind: B\n  o: 2 # o\n- kind: C\n  m: x\n---\n[broken\n',
    });
  });

  it.each<[title: string, text: string, edit: SourceEdit, expected: string]>([
    [
      'with its indentation',
      '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
      set(['a', 'c'], { d: [1] }),
      '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": {\n\t\t\t"d": [\n\t\t\t\t1\n\t\t\t]\n\t\t}\n\t}\n}\n',
    ],
    ['on one line', '{"a":{"b":1}}', set(['a', 'c'], 'x'), '{"a":{"b":1,"c":"x"}}'],
    ['with spaces on one line', '{"a": {"b": 1}}', remove('a', 'b'), '{"a": {}}'],
  ])('edits JSON %s', (_title, text, edit, expected) => {
    expect(editYaml(text, [edit], { limits: LIMITS })).toEqual({ ok: true, text: expected });
  });
});

describe('nothing is edited', () => {
  it.each<[title: string, text: string, edit: SourceEdit, reason: RegExp]>([
    ['inside an anchor that is used elsewhere', 'x: &x {a: 1}\nw: *x\n', set(['x', 'a'], 2), /the anchor &x names/],
    ['inside a merged anchor', 'x: &x {a: 1}\nw:\n  <<: *x\n', set(['x', 'a'], 2), /the anchor &x names/],
    ['behind an alias', 'x: &x {a: 1}\nw: *x\n', set(['w', 'a'], 2), /alias \*x stands for/],
    ['where an anchor would go that others use', 'x: {k: &k 1}\nw: *k\n', remove('x'), /the anchor &k names/],
    ['in what a merge behind it overrides', 'x: &x {a: 1}\nw:\n  a: 0\n  <<: *x\n', set(['w', 'a'], 2), /by hand/],
    ['where a merge puts back what is removed', 'x: &x {a: 1}\nw:\n  <<: *x\n', remove('w', 'a'), /comes from a merge/],
    ['where nothing is to be removed', 'x: 1\n', remove('y'), /is not there/],
    ['below a word', 'x: 1\n', set(['x', 'y'], 2), /neither a mapping nor a list/],
    ['behind the end of a list', 'x: [1]\n', insert(['x', 3], 2), /no item of its list/],
    ['in a mapping as if it had an order', 'x: 1\n', insert(['y'], 2), /no order/],
    ['in what cannot be read', 'x: [\n', set(['x'], 1), /cannot be read/],
    ['as a whole', 'x: 1\n', remove(), /the whole document/],
  ])('%s', (_title, text, edit, reason) => {
    const result = editYaml(text, [edit], { limits: LIMITS });
    expect(result).toMatchObject({ ok: false, path: edit.path });
    expect(result.ok ? '' : result.reason).toMatch(reason);
  });
});

describe('the document of a line', () => {
  it.each([
    [1, 0],
    [2, 1],
    [4, 1],
    [5, 2],
  ])('%d is number %s', (line, document) => {
    expect(documentAtLine('a: 1\n---\n# c\nb: 1\n---\nc: 1\n', line)).toBe(document);
  });

  it.each([
    ['is none behind the last', 9],
    ['is none for comments alone', 8],
  ])('%s', (_title, line) => {
    expect(documentAtLine('a: 1\n---\n# c\nb: 1\n---\nc: 1\n---\n# none\n', line)).toBeUndefined();
  });
});
