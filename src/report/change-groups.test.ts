import { describe, expect, it } from 'vitest';
import { markdownOf } from '../../test/helpers/preview-of.ts';
import { fleetOf, renderedObject, renderingOf } from '../../test/helpers/rendering-of.ts';
import type { JsonObject } from '../core/index.ts';
import type { RenderedObject } from '../render/types.ts';
import { compareRenderings } from './change-set.ts';
import { formatStat } from './change-stat.ts';
import { formatChangeSet } from './change-text.ts';
import { createStyle } from './style.ts';

const PLAIN = createStyle(false);

type Fleet = Record<string, readonly RenderedObject[]>;

function linesOf(before: Fleet, after: Fleet, format = formatChangeSet): readonly string[] {
  return format(compareRenderings(renderingOf(before), renderingOf(after)), PLAIN)
    .trimEnd()
    .split('\n');
}

function labelled(team: string, extra: JsonObject = {}): (name: string) => RenderedObject {
  return (name) => renderedObject({ metadata: { labels: { team } }, ...extra }, { name });
}

describe('what is the same in many clusters', () => {
  it('is said once, after what only a few get', () => {
    const one = (mode: string): RenderedObject => renderedObject({ data: { mode } });
    const after = { ...fleetOf(39, one('b')), c07: [one('x')], c21: [one('x')] };
    expect(linesOf(fleetOf(39, one('a')), after)).toEqual([
      '~ ConfigMap/shop/web changed in 39 clusters',
      '    .data.mode',
      '      "a" → "x"  same in 2 clusters: c07, c21',
      '      "a" → "b"  same in 37 clusters',
      '',
      '1 object in 39 clusters: 39 changed.',
    ]);
  });

  it('names some of the clusters of a larger minority, too', () => {
    const one = (mode: string): RenderedObject => renderedObject({ data: { mode } });
    const names = Object.keys(fleetOf(25));
    const after = { ...fleetOf(60, one('b')), ...Object.fromEntries(names.map((name) => [name, [one('x')]])) };
    const [shown, rest] = [names.slice(0, 19).join(', '), names.length - 19];
    expect(linesOf(fleetOf(60, one('a')), after)[2]).toBe(
      `      "a" → "x"  same in 25 clusters: ${shown} and ${rest} more`,
    );
  });

  it('names all but one of the groups that are of one size', () => {
    const one = (mode: string): RenderedObject => renderedObject({ data: { mode } });
    const names = Object.keys(fleetOf(7));
    const halves = (first: string, second: string): Fleet => ({
      ...fleetOf(14, one(second)),
      ...Object.fromEntries(names.map((name) => [name, [one(first)]])),
    });
    expect(linesOf(halves('a', 'b'), halves('x', 'y')).slice(2, 4)).toEqual([
      '      "a" → "x"  same in 7 clusters: c00, c01, c02, c03, c04, c05, c06',
      '      "b" → "y"  same in 7 clusters',
    ]);
  });

  it('names the clusters of a field that stays as it is in others, or those others', () => {
    const one = (mode: string, name: string): RenderedObject => renderedObject({ data: { mode, name } });
    const fleet = (odd: number): Fleet => {
      const names = Object.keys(fleetOf(odd));
      return { ...fleetOf(16, one('b', 'y')), ...Object.fromEntries(names.map((name) => [name, [one('a', 'y')]])) };
    };
    expect(linesOf(fleetOf(16, one('a', 'x')), fleet(9))[2]).toBe(
      '      "a" → "b"  same in 7 clusters: c09, c10, c11, c12, c13, c14, c15',
    );
    expect(linesOf(fleetOf(16, one('a', 'x')), fleet(2))[2]).toBe(
      '      "a" → "b"  same in 14 clusters: all but c00, c01',
    );
  });

  it('has its clusters named where it is a deletion or a risk', () => {
    const web = renderedObject({}, { kind: 'Deployment.apps' });
    const after = { ...fleetOf(14, web), ...fleetOf(7) };
    const names = Object.keys(fleetOf(7));
    expect(linesOf(fleetOf(14, web), after)).toEqual([
      `- Deployment.apps/shop/web deleted in 7 clusters: ${names.join(', ')}`,
      `    ! the workload leaves 7 clusters: ${names.join(', ')}`,
      '',
      '1 object in 7 clusters: 7 deleted.',
      '1 risk:',
      `  ! Deployment.apps/shop/web: the workload leaves 7 clusters: ${names.join(', ')}`,
    ]);
    const markdown = markdownOf(compareRenderings(renderingOf(fleetOf(14, web)), renderingOf(after)));
    expect(markdown.split(names.map((name) => `\`${name}\``).join(', '))).toHaveLength(4);
  });
});

describe('objects that change in the same way', () => {
  const names = ['a', 'b', 'c', 'd'];

  it('are shown as one, with all their names', () => {
    expect(linesOf(fleetOf(7, ...names.map(labelled('x'))), fleetOf(7, ...names.map(labelled('y'))))).toEqual([
      '~ 4 objects changed in the same way in 7 clusters',
      '    ConfigMap/shop: a, b, c, d',
      '    .metadata.labels.team',
      '      "x" → "y"  same in 7 clusters',
      '',
      '4 objects in 7 clusters: 28 changed.',
    ]);
  });

  it('are told apart by their clusters', () => {
    const before = { eu: names.map(labelled('x')), us: ['a', 'b'].map(labelled('x')) };
    const after = { eu: names.map(labelled('y')), us: ['a', 'b'].map(labelled('y')) };
    expect(linesOf(before, after).slice(0, 7)).toEqual([
      '~ 4 objects changed in the same way',
      '    in 2 clusters: eu, us:',
      '      ConfigMap/shop: a, b',
      '    in eu:',
      '      ConfigMap/shop: c, d',
      '    .metadata.labels.team',
      '      "x" → "y"  in all of them',
    ]);
  });

  it('are shown one by one where they are only two', () => {
    const lines = linesOf(fleetOf(7, ...['a', 'b'].map(labelled('x'))), fleetOf(7, ...['a', 'b'].map(labelled('y'))));
    expect(lines.filter((line) => line.startsWith('~'))).toEqual([
      '~ ConfigMap/shop/a changed in 7 clusters',
      '~ ConfigMap/shop/b changed in 7 clusters',
    ]);
  });

  it('do not hide the one that changes in another way as well', () => {
    const before = { eu: names.map(labelled('x')), us: names.map(labelled('x')) };
    const odd = labelled('y', { data: { mode: 'b' } })('d');
    const after = { eu: names.map(labelled('y')), us: [...names.slice(0, 3).map(labelled('y')), odd] };
    const titles = linesOf(before, after).filter((line) => line.startsWith('~'));
    expect(titles).toEqual([
      '~ 3 objects changed in the same way in 2 clusters: eu, us',
      '~ ConfigMap/shop/d changed in 2 clusters: eu, us',
    ]);
  });

  it('have a line each in the short form', () => {
    const lines = linesOf(fleetOf(7, ...names.map(labelled('x'))), fleetOf(7, ...names.map(labelled('y'))), formatStat);
    expect(lines).toEqual([
      ...names.map((name) => `~ ConfigMap/shop/${name}  7 clusters, 1 field`),
      '',
      'CLUSTER              CREATED  CHANGED  DELETED',
      'c00, c01 and 5 more        0        4        0',
      '',
      '4 objects in 7 clusters: 28 changed.',
    ]);
  });
});
