import fc from 'fast-check';
import patch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import {
  cloneJson,
  FINDING_CODES,
  type Finding,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  stringifyJson,
} from '../../src/core/index.ts';
import type { RenderedObject } from '../../src/render/types.ts';
import type { WorkloadLoss } from '../../src/render/what-if-types.ts';
import { changeSetToJson } from '../../src/report/change-json.ts';
import { type ChangeSet, compareRenderings } from '../../src/report/change-set.ts';
import { formatStat } from '../../src/report/change-stat.ts';
import { formatChangeSet } from '../../src/report/change-text.ts';
import { plainJson } from '../../src/report/plain-text.ts';
import type { PreviewInput } from '../../src/report/preview-types.ts';
import { createStyle } from '../../src/report/style.ts';
import { markdownOf, previewOf } from '../helpers/preview-of.ts';
import { renderedObject, renderingOf } from '../helpers/rendering-of.ts';

/** In every word of a repository here; what is printed outside of code must not hold it. */
const CANARY = 'zz9';

/** What means something to Markdown, HTML, GitHub or a terminal. */
const nasty = fc
  .array(
    fc.constantFrom(
      ...['`', '``', '```', '````````', '~~~', '|', '\\|', '\\', '<details>', '</details>', '</summary>', '</code>'],
      ...['<script>', '<!--', '-->', '@org/team', 'https://evil.example', '[x](y)', '![x](y)', '#1', '&lt;', '**', '_'],
      ...['\n', '\n\n', '\r', '\t', '\u0000', '\u001b[31m', '\u001b]0;x\u0007', '\u009b2J', '\u202e', '\u2028', '$'],
      ...[' ', '  ', '- ', '+ ', '> ', '# ', ':', 'x', '🚀', '字', '"', "'", '[!WARNING]'],
    ),
    { maxLength: 8 },
  )
  .map((parts) => `${parts.join('')}${CANARY}${parts.toReversed().join('')}`);

const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    nasty,
    nasty.map((text) => text.repeat(12)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(nasty, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const manifest = fc.array(fc.tuple(nasty, value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));

function objectsOf(
  kind: string,
  names: readonly string[],
  manifests: readonly JsonObject[],
): readonly RenderedObject[] {
  return names.map((name, index) => renderedObject(manifests[index % manifests.length] ?? {}, { kind, name }));
}

/** Any change of a few objects with hostile names, keys and values in clusters with hostile names. */
const changeSet: fc.Arbitrary<ChangeSet> = fc
  .record({
    kind: fc.constantFrom('ConfigMap', 'StatefulSet.apps', 'Deployment.apps', 'Namespace'),
    clusters: fc.uniqueArray(nasty, { minLength: 1, maxLength: 9 }),
    names: fc.uniqueArray(nasty, { minLength: 1, maxLength: 4 }),
    before: fc.array(manifest, { minLength: 1, maxLength: 3 }),
    after: fc.array(manifest, { minLength: 1, maxLength: 3 }),
    gone: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ kind, clusters, names, before, after, gone }) => {
    const wrap = (content: JsonObject): JsonObject => ({ spec: content, data: content });
    const old = objectsOf(kind, names.slice(gone), before.map(wrap));
    const fresh = objectsOf(kind, names.toReversed().slice(gone), after.map(wrap));
    const fleet = (objects: readonly RenderedObject[]): Record<string, readonly RenderedObject[]> =>
      Object.fromEntries(clusters.map((name) => [name, objects]));
    return compareRenderings(renderingOf(fleet(old)), renderingOf(fleet(fresh)));
  });

describe('the Markdown of any change', () => {
  it('keeps every word of a repository in code, whatever it is', () => {
    fc.assert(
      fc.property(changeSet, fc.boolean(), nasty, (changes, stat, name) => {
        const preview = previewOf(changes, { ...everySection(name), stat });
        for (const text of [preview.markdown(), preview.summary(), ...preview.comment({ characters: 12_000 })]) {
          const { prose, isClosed } = proseOf(text);
          expect(isClosed).toBe(true);
          for (const line of prose) {
            expect(line).not.toContain(CANARY);
            expect(line).toMatch(PROSE);
            if (line.startsWith('|')) expect([6, 7, 8, 9]).toContain(line.split('|').length - 1);
          }
          expect(prose.filter((line) => /^<details(?: open)?>$/.test(line))).toHaveLength(
            prose.filter((line) => line === '</details>').length,
          );
        }
      }),
    );
  });

  it('ends before its limit', () => {
    fc.assert(
      fc.property(changeSet, fc.integer({ min: 4000, max: 60_000 }), (changes, limit) => {
        for (const part of previewOf(changes).comment({ characters: limit })) {
          expect(part.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

/** Everything beside the changes that a report can hold, with one and the same word wherever a repository or a member has its say. */
function everySection(name: string): Partial<PreviewInput> {
  const finding = (code: 'InvalidYAML' | 'NotFederated'): Finding => {
    return { severity: FINDING_CODES[code], code, message: name, file: name, line: 1, column: 1, cluster: name };
  };
  const id = { group: '', kind: name, namespace: name, name };
  const allowance = { gate: name, reason: name, commit: { id: name, author: name } };
  const replicas = [{ cluster: name, isLost: true, before: 2n, after: 0n }];
  const workload: WorkloadLoss = {
    ...{
      object: name,
      target: id,
      replicas: 'Planned',
      outcome: 'NoSecondHome',
      before: 2n,
      homes: 0,
      clusters: replicas,
    },
    ...{ lost: 2n, gained: 0n, given: 0n, missing: 2n, waiting: 0n, limits: [{ cluster: name, code: 'Capacity' }] },
  };
  const judged = {
    ...{ gate: 'maxClusters' as const, limit: name, actual: 1, message: name },
    ...{ clusters: [name], objects: [id] },
  };
  return {
    from: { name, subject: name },
    to: { name, subject: name },
    notes: [{ subject: name, text: 'is not compared:', detail: name }],
    baseFindings: [finding('InvalidYAML')],
    headFindings: [finding('InvalidYAML'), finding('InvalidYAML'), finding('NotFederated')],
    gates: {
      results: [
        { ...judged, passed: false },
        { ...judged, passed: true, allowedBy: allowance },
      ],
      settings: [{ setting: name, before: name, after: name, isLooser: true }],
      unknown: [allowance],
    },
    whatIf: {
      losses: [{ lost: [name], notReady: [], left: [name], workloads: [workload], gone: [name], copies: 1 }],
      isEach: false,
      running: 'AsPlanned',
      leftOut: 1,
      keptLive: 1,
      holds: [{ file: name, line: 1, code: 'InvalidYAML' }],
    },
    drift: {
      branch: name,
      statusCommit: name,
      writtenAt: 1_767_225_600,
      clusters: [
        {
          ...{ name, state: 'Synced', objects: 1, problems: [] },
          drift: [{ id, type: 'missing', state: 'fought', fields: [] }],
        },
      ],
    },
    completeReport: name,
    completeReportUrl: `https://ci.example/${name}`,
  };
}

/** What may stand outside of code: words of our own, and the marks of tables, lists, alerts and HTML that we write. */
const PROSE =
  /^(?:<details(?: open)?>|<\/details>|<summary>[A-Za-z0-9 ,:]*<\/summary>|> \[!(?:WARNING|CAUTION|IMPORTANT)\]|(?:### |> )?(?:- )?[A-Za-z0-9 .,:;()%*|~+→–“”>-]*)$/u;

/** A report without its code, as CommonMark reads it: fences by length, spans by runs of equal length. */
function proseOf(markdown: string): { readonly prose: readonly string[]; readonly isClosed: boolean } {
  const prose: string[] = [];
  let open = '';
  for (const line of markdown.split('\n')) {
    const fence = /^ {0,3}(?<ticks>`{3,})(?<info>[^`]*)$/.exec(line)?.groups;
    if (open === '' && fence !== undefined) open = fence.ticks ?? '';
    else if (open === '') prose.push(withoutSpans(line));
    else if (fence !== undefined && fence.info?.trim() === '' && (fence.ticks ?? '').length >= open.length) open = '';
  }
  return { prose, isClosed: open === '' };
}

function withoutSpans(line: string): string {
  const html = line.replaceAll(/<code>(?:[A-Za-z0-9 ./_-]|&#\d+;)*<\/code>/g, '');
  let rest = html;
  let text = '';
  for (;;) {
    const start = /`+/.exec(rest);
    if (start === null) return text + rest;
    const [ticks] = start;
    const end = [...rest.slice(start.index + ticks.length).matchAll(/`+/g)].find(([run]) => run === ticks);
    if (end === undefined) return `${text}${rest}`;
    text += rest.slice(0, start.index);
    rest = rest.slice(start.index + 2 * ticks.length + end.index);
  }
}

describe('the text of any change', () => {
  const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/u;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that gitfed itself writes.
  const OWN_CODES = /\u001b\[(?:0|1|2|31|32|33)m/g;

  it.each([
    ['in full', formatChangeSet],
    ['with --stat', formatStat],
  ])('%s tells a terminal nothing but colours', (_title, format) => {
    fc.assert(
      fc.property(changeSet, fc.constantFrom(undefined, 20, 80, 160), fc.boolean(), (changes, columns, colour) => {
        const text = format(changes, createStyle(colour), columns);
        const shown = colour ? text.replaceAll(OWN_CODES, '') : text;
        expect(shown.replaceAll('\n', '')).not.toMatch(UNSAFE);
      }),
    );
  });

  it('is the same with and without colour', () => {
    fc.assert(
      fc.property(changeSet, fc.constantFrom(undefined, 80, 160), (changes, columns) => {
        const coloured = formatChangeSet(changes, createStyle(true), columns).replaceAll(OWN_CODES, '');
        expect(coloured).toBe(formatChangeSet(changes, createStyle(false), columns));
      }),
    );
  });
});

describe('the JSON of any change', () => {
  it('holds no character that a terminal acts on, and reads back as it was', () => {
    fc.assert(
      fc.property(changeSet, (changes) => {
        const document = changeSetToJson(changes);
        const text = plainJson(stringifyJson(document));
        expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/u);
        expect(JSON.parse(text)).toEqual(document);
      }),
    );
  });

  it('has operations that make the old manifest the new one', () => {
    const scalar = fc.constantFrom<JsonValue>(null, true, 1, 2n ** 63n, -(2n ** 60n), '', 'a', '\u0000i1', '\u0000');
    const { any } = fc.letrec<{ any: JsonValue }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        scalar,
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'b/c', 'd~e', ''), tie('any'), { maxKeys: 4 }).map((one) => ({ ...one })),
      ),
    }));
    fc.assert(
      fc.property(any, any, (before, after) => {
        const old = renderedObject({ spec: before });
        const fresh = renderedObject({ spec: after });
        const { changes } = changeSetToJson(compareRenderings(renderingOf({ a: [old] }), renderingOf({ a: [fresh] })));
        const [change] = changes as unknown as readonly {
          patches: readonly { operations: readonly patch.Operation[] }[];
        }[];
        const operations = change?.patches.flatMap((one) => one.operations) ?? [];
        const { newDocument } = patch.applyPatch(cloneJson(old.manifest), operations);
        expect(jsonEquals(newDocument, fresh.manifest)).toBe(true);
      }),
    );
  });
});

describe('no value of a Secret', () => {
  const SECRET = 'canary-5b1f';

  it('is in any format, however malformed the Secret is', () => {
    const field = fc.constantFrom('data', 'stringData', 'Data', 'spec', 'binaryData', '__proto__');
    const content = fc.tuple(field, value).map(([name, item]) => ({ [name]: poison(item) }));
    fc.assert(
      fc.property(content, content, content, fc.boolean(), (before, middle, after, isRename) => {
        const secret = (manifests: JsonObject, name = 'db'): RenderedObject =>
          renderedObject({ type: 'Opaque', ...manifests }, { kind: 'Secret', name });
        const changes = compareRenderings(
          renderingOf({ a: [secret(before)], b: [secret(middle)] }),
          renderingOf({ a: [secret(after, isRename ? 'new' : 'db')], b: [secret(after, isRename ? 'new' : 'db')] }),
        );
        for (const text of everyFormat(changes)) expect(text).not.toContain(SECRET);
      }),
    );
  });

  function poison(item: JsonValue): JsonValue {
    if (Array.isArray(item)) return item.map(poison);
    if (typeof item !== 'object' || item === null) return SECRET;
    return Object.fromEntries(Object.entries(item).map(([name, inner]) => [name.slice(0, 3), poison(inner)]));
  }
});

function everyFormat(changes: ChangeSet): readonly string[] {
  return [
    stringifyJson(changeSetToJson(changes)),
    markdownOf(changes),
    markdownOf(changes, { stat: true }),
    previewOf(changes).summary(),
    ...previewOf(changes).comment(),
    stringifyJson(previewOf(changes).json()),
    JSON.stringify(previewOf(changes).annotations()),
    ...[undefined, 80, 160].flatMap((columns) => [
      formatChangeSet(changes, createStyle(false), columns),
      formatStat(changes, createStyle(true), columns),
    ]),
  ];
}
