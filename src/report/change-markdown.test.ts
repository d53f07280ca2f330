import { describe, expect, it } from 'vitest';
import { fleetOf, renderedObject, renderingOf } from '../../test/helpers/rendering-of.ts';
import type { RenderedObject } from '../render/types.ts';
import { formatChangeMarkdown } from './change-markdown.ts';
import { type ChangeSet, compareRenderings } from './change-set.ts';

function settings(name: string, data: Record<string, string>): RenderedObject {
  return renderedObject({ data }, { name });
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

describe('the Markdown of a change set', () => {
  it('has a summary, a table and a fence for each object', () => {
    const changes = changesOf(
      [settings('a', { mode: 'x' })],
      [settings('a', { mode: 'y' }), settings('b', { c: 'd' })],
    );
    expect(formatChangeMarkdown(changes, { from: 'main (1f3a)', to: 'the working tree' })).toBe(
      [
        '**2 objects in 2 clusters: 2 created, 2 changed.**',
        '',
        'From `main (1f3a)` to `the working tree`.',
        '',
        '| cluster | created | changed | deleted |',
        '|---|--:|--:|--:|',
        '| `c00`, `c01` | 1 | 1 | 0 |',
        '',
        '`ConfigMap/shop/a` changed in 2 clusters: `c00`, `c01`',
        '',
        '```diff',
        '@@ .data.mode @@ same in 2 clusters',
        '- "x"',
        '+ "y"',
        '```',
        '',
        '- `ConfigMap/shop/b` created in 2 clusters: `c00`, `c01`',
        '',
      ].join('\n'),
    );
  });

  it('folds what is long', () => {
    const long = (value: string): RenderedObject =>
      settings('a', Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, value])));
    const text = formatChangeMarkdown(changesOf([long('x')], [long('y')]));
    expect(text).toContain(
      '<details>\n<summary><code>ConfigMap/shop/a</code> changed in 2 clusters: <code>c00</code>, <code>c01</code></summary>\n\n```diff\n',
    );
    expect(text).toMatch(/```\n\n<\/details>\n$/);
  });

  it('says what has to be known of the comparison', () => {
    const notes = [{ subject: 'us-1', text: 'is not compared:', detail: 'connection refused by @somebody' }];
    expect(formatChangeMarkdown(changesOf([], []), { from: 'a', to: 'b', notes })).toBe(
      '**No object changes.**\n\nFrom `a` to `b`.\n\n- `us-1` is not compared: `connection refused by @somebody`\n',
    );
  });

  it('tells of clusters that join or leave', () => {
    const changes = compareRenderings(renderingOf({ a: [], b: [] }), renderingOf({ c: [] }));
    expect(formatChangeMarkdown(changes)).toContain('`c` joins. `a`, `b` leave; the objects there stay as they are.');
  });

  it('has a table of objects in its short form', () => {
    const changes = changesOf([settings('a', { mode: 'x' })], [settings('a', { mode: 'y' })]);
    expect(formatChangeMarkdown(changes, { stat: true })).toMatch(
      /\n\| \| object \| \|\n\|---\|---\|---\|\n\| ~ \| `ConfigMap\/shop\/a` \| 2 clusters, 1 field \|\n$/,
    );
  });

  it.each<[title: string, changes: ChangeSet, limit: number | undefined]>([
    ['of 2,000 objects', manyChanges(2000, 'new'), undefined],
    ['of values without an end', manyChanges(20, 'word '.repeat(5000)), undefined],
    ['within a limit of its own', manyChanges(200, 'new'), 5000],
  ])('%s ends before its limit, and says what was left out', (_title, changes, limit) => {
    const text = formatChangeMarkdown(changes, limit === undefined ? {} : { limit });
    expect(text.length).toBeLessThan(limit ?? 60_000);
    expect(text.length).toBeGreaterThan((limit ?? 60_000) / 10);
    expect(text).toMatch(/Left out, because a comment has an end: |more characters\)/);
  });

  it('accounts for every object', () => {
    const text = formatChangeMarkdown(manyChanges(2000, 'new'));
    const { fields = '', objects = '' } =
      /the fields of (?<fields>\d+) objects and (?<objects>\d+) whole objects/.exec(text)?.groups ?? {};
    const full = text.match(/^`ConfigMap.* changed in/gm)?.length ?? 0;
    const brief = text.match(/^- `ConfigMap.* changed in/gm)?.length ?? 0;
    expect(brief).toBe(Number(fields));
    expect(full + brief + Number(objects)).toBe(2000);
  });
});
