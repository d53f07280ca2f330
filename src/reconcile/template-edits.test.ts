import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editValue, editYaml, formatYaml, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { editsBetween } from './template-edits.ts';

const LIMITS = { documentNodes: 10_000, depth: 50 };

function edit(text: string, after: JsonValue): string {
  const [read] = readYaml('a.yaml', text, LIMITS);
  const before = read?.ok === true ? read.document.value : null;
  const result = editYaml(text, editsBetween(before, after, []), { limits: LIMITS });
  return result.ok ? result.text : result.reason;
}

const TEXT = `spec: # of the web
    containers:
    - name: web   # ours
      image: "web:1"
    - name: side # to go
      image: side:1
    ports: [80, 443] # open
`;

describe('the edits between two templates', () => {
  it.each<[title: string, after: JsonObject, text: string]>([
    [
      'replace a value and keep what is around it',
      {
        spec: {
          containers: [
            { name: 'web', image: 'web:2' },
            { name: 'side', image: 'side:1' },
          ],
          ports: [80, 443],
        },
      },
      TEXT.replace('web:1', 'web:2'),
    ],
    [
      'find an item of a list by its name when another one goes',
      { spec: { containers: [{ name: 'side', image: 'side:2' }], ports: [80, 443] } },
      `spec: # of the web
    containers:
    - name: side # to go
      image: side:2
    ports: [80, 443] # open
`,
    ],
    [
      'put a new item in its place',
      {
        spec: {
          containers: [
            { name: 'web', image: 'web:1' },
            { name: 'log', image: 'log:1' },
            { name: 'side', image: 'side:1' },
          ],
          ports: [80, 443],
        },
      },
      TEXT.replace('    - name: side', '    - name: log\n      image: log:1\n    - name: side'),
    ],
    [
      'shorten a list without names',
      {
        spec: {
          containers: [
            { name: 'web', image: 'web:1' },
            { name: 'side', image: 'side:1' },
          ],
          ports: [8080],
        },
      },
      TEXT.replace('[80, 443]', '[8080]'),
    ],
  ])('%s', (_title, after, text) => {
    expect(edit(TEXT, after)).toBe(text);
  });

  const names = fc.constantFrom('a', 'b', 'c');
  const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), names, fc.constant(null), fc.boolean());
  const { value } = fc.letrec<{ value: JsonValue; named: JsonValue; map: JsonObject }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, tie('map'), fc.array(tie('value'), { maxLength: 3 }), tie('named')),
    map: fc.dictionary(names, tie('value'), { maxKeys: 3 }),
    named: fc
      .uniqueArray(names, { maxLength: 3 })
      .chain((list) => fc.tuple(...list.map((name) => tie('value').map((item) => ({ name, item }))))),
  })) as { value: fc.Arbitrary<JsonValue> };
  const template = fc.dictionary(names, value, { maxKeys: 3 });

  it('make one of the other, whatever they are', () => {
    fc.assert(
      fc.property(template, template, (before, after) => {
        const edits = editsBetween(before, after, []);
        expect(edits.reduce<JsonValue>(editValue, before)).toEqual(after);
      }),
    );
  });

  it('are edits that a file can take', () => {
    fc.assert(
      fc.property(template, template, (before, after) => {
        const text = formatYaml({ spec: before });
        const edits = editsBetween(before, after, ['spec']);
        const result = editYaml(text, edits, { limits: LIMITS });
        const [read] = result.ok ? readYaml('', result.text, LIMITS) : [];
        expect(read?.ok === true ? read.document.value : result).toEqual({ spec: after });
      }),
    );
  });
});
