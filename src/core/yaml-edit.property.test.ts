import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonValue, type WrittenYaml, writtenYaml } from '../../test/helpers/yaml-layouts.ts';
import { isJsonObject, type JsonValue, jsonEquals, stringifyJson } from './json.ts';
import type { NodePath } from './source.ts';
import { editValue, type SourceEdit } from './source-edit.ts';
import { editYaml } from './yaml-edit.ts';
import { readYaml } from './yaml-read.ts';

const LIMITS = { documentNodes: 10_000, depth: 50 };
const RUNS = { numRuns: 400 };

function read(text: string): readonly JsonValue[] {
  return readYaml('x.yaml', text, LIMITS).map((result) => {
    if (!result.ok) throw new Error(`${result.error.reason}\n${text}`);
    return result.document.value;
  });
}

const edited = writtenYaml.chain((written) =>
  fc.record({
    written: fc.constant(written),
    edit: editOf(written),
    before: fc.constantFrom('', 'other: 1 # c\n---\n', '\uFEFF', '# only a comment\n---\n'),
    after: fc.constantFrom('', '\n---\nother: {a: [1, "2"]} # c\n', '\n...\n'),
    lineBreak: fc.constantFrom('\n', '\r\n'),
  }),
);

function editOf({ value, nodes }: WrittenYaml): fc.Arbitrary<SourceEdit> {
  const path = fc.constantFrom(...nodes.map((node) => node.path));
  return fc.oneof(
    fc.record({ type: fc.constant('set' as const), path, value: jsonValue }),
    fc.record({ type: fc.constant('remove' as const), path }),
    fc.tuple(path, fc.constantFrom('new', 'x/y', '4_2'), jsonValue).map(([at, key, item]): SourceEdit => {
      const parent = valueAt(value, at);
      if (Array.isArray(parent)) return { type: 'insert', path: [...at, parent.length], value: item };
      if (isJsonObject(parent) || parent === null) return { type: 'set', path: [...at, key, 'deep'], value: item };
      return { type: 'set', path: [key], value: item };
    }),
    fc.tuple(path, jsonValue).map(([at, item]): SourceEdit => {
      const type = typeof at.at(-1) === 'number' ? 'insert' : 'set';
      return { type, path: at, value: item };
    }),
  );
}

function valueAt(root: JsonValue, path: NodePath): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    value = Array.isArray(value) ? value[Number(step)] : isJsonObject(value) ? value[`${step}`] : undefined;
  }
  return value;
}

describe('any edit of any document', () => {
  it('reads back as the edited value, and leaves the other documents alone', () => {
    fc.assert(
      fc.property(edited, ({ written, edit, before, after, lineBreak }) => {
        const text = (before + written.text + after).replaceAll('\n', lineBreak);
        const document = before.startsWith('other') ? 1 : 0;
        const values = read(text);
        expect(jsonEquals(values[document], written.value)).toBe(true);
        const result = editYaml(text, [edit], { limits: LIMITS, document });
        if (!result.ok) throw new Error(`${JSON.stringify(edit.path)} ${result.reason}`);
        const expected = values.with(document, editValue(written.value, edit));
        const found = read(result.text);
        expect(found.length).toBe(expected.length);
        for (const [index, value] of found.entries()) expect(jsonEquals(value, expected[index])).toBe(true);
      }),
      RUNS,
    );
  });

  it('leaves every byte outside the lines of a value as it is, when it is replaced', () => {
    fc.assert(
      fc.property(edited, ({ written, edit, before, after, lineBreak }) => {
        const node = written.nodes.find(({ path }) => edit.type === 'set' && isSamePath(path, edit.path));
        if (node === undefined) return;
        const [head, tail] = outsideOf(written.text, node.start, node.end);
        const text = (before + written.text + after).replaceAll('\n', lineBreak);
        const document = before.startsWith('other') ? 1 : 0;
        const result = editYaml(text, [edit], { limits: LIMITS, document });
        if (!result.ok) throw new Error(result.reason);
        expect(result.text.startsWith((before + head).replaceAll('\n', lineBreak))).toBe(true);
        expect(result.text.endsWith((tail + after).replaceAll('\n', lineBreak))).toBe(true);
      }),
      RUNS,
    );
  });

  it('keeps every comment but those of what is replaced or removed', () => {
    fc.assert(
      fc.property(edited, ({ written, edit }) => {
        const result = editYaml(written.text, [edit], { limits: LIMITS });
        if (!result.ok) throw new Error(result.reason);
        const { start, end } = editedSpan(written, edit);
        const [head, tail] = outsideOf(written.text, start, end);
        const expected =
          start < 0 ? commentsIn(written.text) : [...commentsIn(written.text.slice(0, start)), ...commentsIn(tail)];
        expect(head.length).toBeLessThanOrEqual(Math.max(0, start));
        const found = commentsIn(result.text);
        expect(expected.filter((comment) => !found.includes(comment))).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('any edit of any JSON', () => {
  it('leaves JSON of the same layout', () => {
    const indented = fc.tuple(edited, fc.constantFrom<string | number>(0, 2, 4, '\t'));
    fc.assert(
      fc.property(indented, ([{ written, edit, lineBreak }, indent]) => {
        const layout = (value: JsonValue) =>
          JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? 'big' : item), indent).replaceAll(
            '\n',
            lineBreak,
          );
        const text = layout(written.value);
        const [value = null] = read(text);
        const result = editYaml(text, [edit], { limits: LIMITS });
        if (!result.ok) throw new Error(result.reason);
        const change = edit.type === 'remove' ? edit : { ...edit, value: JSON.parse(layout(edit.value)) as JsonValue };
        const wanted = editYaml(text, [change], { limits: LIMITS });
        expect(wanted).toEqual({ ok: true, text: layout(editValue(value, change)) });
        expect(jsonEquals(read(result.text)[0], editValue(value, edit))).toBe(true);
      }),
      RUNS,
    );
  });
});

function isSamePath(a: NodePath, b: NodePath): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

function commentsIn(text: string): readonly string[] {
  return text.match(/# (?:c\d+|start)$/gm) ?? [];
}

/** What is outside of the lines of a part. */
function outsideOf(text: string, start: number, end: number): readonly [head: string, tail: string] {
  const lineEnd = text.indexOf('\n', end);
  return [text.slice(0, text.lastIndexOf('\n', Math.max(0, start - 1)) + 1), lineEnd < 0 ? '' : text.slice(lineEnd)];
}

/** The part of a text whose comments may go: -1 for none. */
function editedSpan({ nodes, value }: WrittenYaml, edit: SourceEdit): { readonly start: number; readonly end: number } {
  const spanAt = (path: NodePath) =>
    nodes.find((node) => isSamePath(node.path, path)) ?? { start: 0, end: Number.MAX_SAFE_INTEGER };
  const parent = valueAt(value, edit.path.slice(0, -1));
  const isThere = valueAt(value, edit.path) !== undefined;
  if (edit.type === 'insert' || (edit.type === 'set' && !isThere)) {
    // Brackets with nothing but a comment between them are written anew.
    const above = edit.path.slice(0, edit.path.length - (parent === undefined ? 2 : 1));
    return stringifyJson(valueAt(value, above) ?? null).length > 2 ? { start: -1, end: -1 } : spanAt(above);
  }
  const isOnly = typeof parent === 'object' && parent !== null && Object.keys(parent).length === 1;
  return spanAt(edit.type === 'remove' && isOnly ? edit.path.slice(0, -1) : edit.path);
}
