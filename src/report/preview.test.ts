import { describe, expect, it } from 'vitest';
import { previewOf } from '../../test/helpers/preview-of.ts';
import { fleetOf, renderedObject, renderingOf } from '../../test/helpers/rendering-of.ts';
import type { Finding } from '../core/index.ts';
import type { RenderedObject } from '../render/types.ts';
import { type ChangeSet, compareRenderings } from './change-set.ts';
import type { PreviewInput } from './preview-types.ts';

function settings(name: string, data: Record<string, string>): RenderedObject {
  return renderedObject({ data }, { name });
}

function workload(name: string, replicas: number): RenderedObject {
  return renderedObject({ spec: { replicas } }, { kind: 'Deployment.apps', name });
}

function changesOf(before: readonly RenderedObject[], after: readonly RenderedObject[], clusters = 2): ChangeSet {
  return compareRenderings(renderingOf(fleetOf(clusters, ...before)), renderingOf(fleetOf(clusters, ...after)));
}

/** So many objects, of which each changes in a way of its own. */
function manyChanges(count: number, text: string): ChangeSet {
  const objects = (value: string): readonly RenderedObject[] =>
    Array.from({ length: count }, (_, index) => settings(`settings-${index}`, { mode: `${value} ${index}` }));
  return changesOf(objects('old'), objects(text));
}

/** A report without what explains it. */
function bodyOf(changes: ChangeSet, input: Partial<PreviewInput> = {}): string {
  const [body = ''] = previewOf(changes, input).markdown().split('\n<details>\n<summary>How to read this</summary>');
  return body;
}

describe('the report of a change', () => {
  it('has totals, both commits, a table and a fence for each object', () => {
    const changes = changesOf(
      [settings('a', { mode: 'x' })],
      [settings('a', { mode: 'y' }), settings('b', { c: 'd' })],
    );
    expect(bodyOf(changes, { to: { name: 'topic', subject: 'Another mode' }, milliseconds: 1234 })).toBe(
      [
        '### What this change does to the clusters',
        '',
        '**2 objects change in 2 clusters.** Counted in every cluster: 2 created, 2 changed, 0 deleted.',
        '',
        'From `main (1f3a)` to `topic` `Another mode`. Rendered and compared in 1.2 s.',
        '',
        '| clusters | created | changed | deleted | replicas | risks |',
        '|---|--:|--:|--:|--:|---|',
        '| `c00`, `c01` | 1 | 1 | 0 | 0 |  |',
        '',
        '<details open>',
        '<summary><code>ConfigMap/shop/a</code> changed in 2 clusters: <code>c00</code>, <code>c01</code></summary>',
        '',
        '```diff',
        '@@ .data.mode @@ same in 2 clusters',
        '- "x"',
        '+ "y"',
        '```',
        '',
        '</details>',
        '',
        '- `ConfigMap/shop/b` created in 2 clusters: `c00`, `c01`',
        '',
      ].join('\n'),
    );
  });

  it('closes what is long, and leaves open what is short', () => {
    const long = (value: string): RenderedObject =>
      settings('a', Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, value])));
    expect(bodyOf(changesOf([long('x')], [long('y')]))).toContain('\n<details>\n<summary><code>ConfigMap/shop/a');
  });

  it('tells what is risky or goes first, and then what happens in the fewest clusters', () => {
    const before = fleetOf(3, settings('a', { k: '1' }), settings('gone', {}), workload('web', 4));
    const after = {
      ...fleetOf(3, settings('a', { k: '2' }), workload('web', 0)),
      c01: [settings('a', { k: '2' }), settings('one', {}), workload('web', 0)],
    };
    const text = bodyOf(compareRenderings(renderingOf(before), renderingOf(after)));
    const titles = [...text.matchAll(/^(?:<summary><code>|- `)(?<name>[\w./-]+)/gm)].map(({ groups }) => groups?.name);
    expect(titles).toEqual([
      'Deployment.apps/shop/web',
      'ConfigMap/shop/gone',
      'ConfigMap/shop/one',
      'ConfigMap/shop/a',
    ]);
  });

  it('adds up the replicas of each cluster, those that do not change too', () => {
    const text = bodyOf(changesOf([workload('a', 4), workload('b', 3)], [workload('a', 6), workload('b', 3)]));
    expect(text).toContain('Replicas in these clusters: 14 → 18.');
    expect(text).toContain('| `c00`, `c01` | 0 | 1 | 0 | 7 → 9 |  |');
  });

  it('names what comes or goes together once', () => {
    const names = ['a', 'b', 'c', 'd'];
    const text = bodyOf(
      changesOf(
        names.map((name) => settings(name, {})),
        [],
      ),
    );
    expect(text).toContain('4 objects deleted in 2 clusters: <code>c00</code>, <code>c01</code></summary>');
    expect(text).toContain('\n`ConfigMap/shop`: `a`, `b`, `c`, `d`\n');
  });

  it('folds the clusters that are left over in one row, which says what it may hide', () => {
    const rows = Array.from({ length: 30 }, (_, index) => `c${String(index).padStart(2, '0')}`);
    const fleet = (extra: number): Record<string, readonly RenderedObject[]> =>
      Object.fromEntries(
        rows.map((name, index) => [
          name,
          Array.from({ length: 40 + (index + 1) * extra }, (_, at) => workload(`w${at}`, 1)),
        ]),
      );
    const changes = compareRenderings(renderingOf(fleet(1)), renderingOf(fleet(0)));
    const [part = ''] = previewOf(changes).comment();
    expect(part).toContain('| `c29` | 0 | 0 | 30 | 70 → 40 | workload leaves |');
    expect(part).toMatch(/\| and 10 more clusters \| 0 \| 0 \| 1–10 \| 41–50 → 40 \| workload leaves \|/);
    expect(previewOf(changes).markdown()).toContain('| `c00` | 0 | 0 | 1 | 41 → 40 | workload leaves |');
  });

  it('says what has to be known of the comparison', () => {
    const notes = [{ subject: 'us-1', text: 'is not compared:', detail: 'connection refused by @somebody' }];
    expect(bodyOf(changesOf([], []), { notes })).toBe(
      [
        '### What this change does to the clusters',
        '',
        '**No object changes in any cluster.**',
        '',
        'From `main (1f3a)` to `topic (2b4c)`.',
        '',
        '- `us-1` is not compared: `connection refused by @somebody`',
        '',
      ].join('\n'),
    );
  });

  it('tells of clusters that join or leave, and of what stays there', () => {
    const changes = compareRenderings(renderingOf({ a: [settings('x', {})], b: [] }), renderingOf({ c: [] }));
    const text = bodyOf(changes);
    expect(text).toContain('`c` joins.\n\n`a`, `b` leave; the objects there stay as they are.');
    expect(text).toContain('- Not shown: 1 object in `a`: registered no longer, so that nobody goes there.');
  });

  it('has a line for each object in its short form', () => {
    const changes = changesOf([settings('a', { mode: 'x' })], [settings('a', { mode: 'y' })]);
    expect(bodyOf(changes, { stat: true })).toMatch(/\n\n- `~` `ConfigMap\/shop\/a`: 2 clusters, 1 field\n$/);
  });
});

describe('findings of both sides', () => {
  const error = (message: string, line = 1): Finding => {
    return { severity: 'error', code: 'InvalidYAML', message, file: 'a.yaml', line, column: 1 };
  };

  it('tells what is new from what was there before, whatever line it moved to', () => {
    const text = bodyOf(changesOf([], []), {
      baseFindings: [error('old'), error('corrected')],
      headFindings: [error('fresh'), error('old', 7)],
    });
    expect(text).toContain(
      'Findings: **1 new error**: what is in error stays in the clusters as it was applied last; 1 error that was there before; 1 finding of before is gone.',
    );
    expect(text).toContain(
      '```text\na.yaml:1:1: error InvalidYAML: fresh\na.yaml:7:1: error InvalidYAML (was there before): old\n```',
    );
  });

  it('annotates what is new as an error, and what was there before as a notice', () => {
    const preview = previewOf(changesOf([], []), {
      baseFindings: [error('old')],
      headFindings: [error('old'), error('x')],
    });
    expect(preview.annotations()).toEqual([
      { level: 'error', file: 'a.yaml', line: 1, column: 1, title: 'InvalidYAML', message: 'x' },
      { level: 'notice', file: 'a.yaml', line: 1, column: 1, title: 'InvalidYAML, was there before', message: 'old' },
    ]);
  });

  it('has so many annotations of a level, of which the last says how many more there are', () => {
    const headFindings = Array.from({ length: 25 }, (_, index) => error(`number ${index}`));
    const annotations = previewOf(changesOf([], []), { headFindings }).annotations();
    expect(annotations).toHaveLength(10);
    expect(annotations.at(-1)).toMatchObject({ level: 'error', file: '', message: expect.stringMatching(/^16 more/) });
  });
});

const WITHIN = { passed: true, limit: '3', actual: 1, message: 'It is within the limit.', clusters: [], objects: [] };

describe('gates', () => {
  it('stand before everything else, with whose word lets a change through', () => {
    const text = bodyOf(changesOf([], []), {
      gates: {
        results: [
          { ...WITHIN, gate: 'maxClusters', passed: false, message: 'Something changes in 9 clusters.' },
          {
            ...WITHIN,
            gate: 'maxDeletions',
            message: '30 objects would be deleted.',
            clusters: ['eu-1'],
            allowedBy: {
              gate: 'maxDeletions',
              reason: 'the old shop goes',
              commit: { id: 'a'.repeat(40), author: 'Kim' },
            },
          },
          { ...WITHIN, gate: 'maxReplicasLost' },
        ],
        settings: [{ setting: 'gates.maxClusters', before: '3', after: '5', isLooser: true }],
        unknown: [{ gate: 'maxDeletion', reason: '' }],
      },
    });
    expect(text).toContain(
      [
        '> [!CAUTION]',
        '> **1 gate does not let this change through.** If it is meant, end the message of a commit of it with a paragraph `Gitfed-Allow: maxClusters REASON`.',
        '>',
        '> - Gate `maxClusters` **does not pass**: `Something changes in 9 clusters.`',
        '> - Gate `maxDeletions` **is allowed**: `30 objects would be deleted.` In `eu-1`. Allowed by `Kim` in `aaaaaaaaaaaa`: `the old shop goes`.',
        '> - `gates.maxClusters`: `3` → `5`; **lets more through** after this change, not for it',
        '> - `Gitfed-Allow: maxDeletion` names no gate.',
      ].join('\n'),
    );
    expect(text).not.toContain('maxReplicasLost');
  });
});

describe('the parts of a comment', () => {
  it.each<[title: string, changes: ChangeSet, limits: { characters?: number; parts?: number }]>([
    ['of 2,000 objects', manyChanges(2000, 'new'), {}],
    ['of values without an end', manyChanges(20, 'word '.repeat(5000)), {}],
    ['within limits of their own', manyChanges(200, 'new'), { characters: 5000, parts: 2 }],
    ['in a single one', manyChanges(200, 'new'), { characters: 5000, parts: 1 }],
  ])('%s are short enough, and account for every object', (_title, changes, limits) => {
    const parts = previewOf(changes, { completeReport: 'in the artifact' }).comment(limits);
    expect(parts.length).toBeLessThanOrEqual(limits.parts ?? 5);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(limits.characters ?? 65_000);
    const text = parts.join('\n');
    const { fields = '0' } = /the fields of (?<fields>\d+) object/.exec(text)?.groups ?? {};
    const { objects = '0' } = /(?<objects>\d+) whole object/.exec(text)?.groups ?? {};
    const full = text.match(/^<summary><code>ConfigMap/gm)?.length ?? 0;
    const brief = text.match(/^- `ConfigMap.* changed in/gm)?.length ?? 0;
    expect(brief).toBe(Number(fields));
    expect(full + brief + Number(objects)).toBe(changes.objects.length);
    if (full < changes.objects.length) expect(text).toContain('The complete report is `in the artifact`.');
  });

  it('say which of how many they are', () => {
    const parts = previewOf(manyChanges(200, 'new')).comment({ characters: 20_000 });
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]).toContain(`Goes on in part 2 of ${parts.length}.`);
    expect(parts[1]).toMatch(new RegExp(`^### .*: part 2 of ${parts.length}\n`));
    for (const part of parts) expect(part.match(/<details/g)?.length).toBe(part.match(/<\/details>/g)?.length);
  });

  it('never hide a deletion: it comes first, and is counted where even names have no place', () => {
    const gone = Array.from({ length: 150 }, (_, index) => settings(`gone-${index}`, { [`k${index}`]: 'x' }));
    const before = { ...fleetOf(1, ...gone), d: gone.slice(1) };
    const noise = manyChanges(400, 'new').objects;
    const deleted = compareRenderings(renderingOf(before), renderingOf({ ...fleetOf(1), d: [] }));
    const [part = ''] = previewOf({ ...deleted, objects: [...noise, ...deleted.objects] }).comment({
      characters: 6000,
      parts: 1,
    });
    expect(part).toContain('299 deleted');
    expect(part.indexOf('149 objects deleted')).toBeGreaterThan(0);
    expect(part).toContain('`gone-53` and 50 more');
  });

  it('link to the complete report only where the address is one', () => {
    const changes = manyChanges(200, 'new');
    const last = (url: string): string =>
      previewOf(changes, { completeReport: 'in the artifact', completeReportUrl: url }).comment({
        characters: 5000,
        parts: 1,
      })[0] ?? '';
    expect(last('https://ci.example/runs/7')).toContain(
      'The complete report is `in the artifact`: <https://ci.example/runs/7>.',
    );
    expect(last('javascript:alert(1)')).not.toContain('javascript');
  });
});

describe('the summary of a step', () => {
  it('counts bytes', () => {
    const text = previewOf(manyChanges(300, '字'.repeat(100))).summary(60_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(50_000);
    expect(text).toContain('**Left out**');
  });
});
