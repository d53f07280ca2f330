import { describe, expect, it } from 'vitest';
import { fleetOf, type ObjectOptions, renderedObject, renderingOf } from '../../test/helpers/rendering-of.ts';
import type { JsonObject } from '../core/index.ts';
import type { RenderedObject } from '../render/types.ts';
import { changeSetToJson } from './change-json.ts';
import { type ChangeSet, compareRenderings } from './change-set.ts';
import { formatChangeSet } from './change-text.ts';
import { createStyle } from './style.ts';

function workload(name: string, image = 'web:1', options: ObjectOptions = {}): RenderedObject {
  const spec = {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: 'main', image, ports: [{ containerPort: 80, protocol: 'TCP' }], args: ['--a', '--b'] }],
      },
    },
  };
  return renderedObject({ spec }, { kind: 'Deployment.apps', name, ...options });
}

function changesOf(before: readonly RenderedObject[], after: readonly RenderedObject[], size = 3): ChangeSet {
  return compareRenderings(renderingOf(fleetOf(size, ...before)), renderingOf(fleetOf(size, ...after)));
}

function renamesOf({ objects }: ChangeSet): readonly string[] {
  return objects.flatMap(({ id, renamedFrom }) => {
    if (renamedFrom === undefined) return [];
    return [`${renamedFrom.namespace}/${renamedFrom.name} → ${id.namespace}/${id.name}`];
  });
}

describe('a rename', () => {
  it('is shown as one, with the truth that two objects change', () => {
    expect(formatChangeSet(changesOf([workload('web')], [workload('store', 'web:2')]), createStyle(false))).toBe(
      [
        '→ Deployment.apps/shop/web renamed to store in 3 clusters: c00, c01, c02',
        '    the old one is deleted, and the new one is created',
        '    .spec.selector.matchLabels.app',
        '      "web" → "store"  same in 3 clusters',
        '    .spec.template.metadata.labels.app',
        '      "web" → "store"  same in 3 clusters',
        '    .spec.template.spec.containers[name="main"].image',
        '      "web:1" → "web:2"  same in 3 clusters',
        '',
        '2 objects in 3 clusters: 3 created, 3 deleted.',
        '',
      ].join('\n'),
    );
  });

  it('is no risk of its own: a workload that is renamed leaves no cluster', () => {
    expect(changesOf([workload('web')], [workload('store')]).objects.flatMap(({ risks }) => risks)).toEqual([]);
  });

  it.each<
    [title: string, before: readonly RenderedObject[], after: readonly RenderedObject[], found: readonly string[]]
  >([
    [
      'is found in another namespace',
      [workload('web')],
      [workload('web', 'web:1', { namespace: 'store' })],
      ['shop/web → store/web'],
    ],
    [
      'goes to the object that is most alike',
      [workload('web')],
      [workload('close', 'web:2'), workload('same')],
      ['shop/web → shop/same'],
    ],
    ['is not found among kinds', [workload('web')], [workload('web', 'web:1', { kind: 'StatefulSet.apps' })], []],
    [
      'is not found where the content differs',
      [workload('web')],
      [renderedObject({ spec: { paused: true, replicas: 4 } }, { kind: 'Deployment.apps', name: 'b' })],
      [],
    ],
    [
      'is not found where there is nothing to tell by',
      [renderedObject({}, { name: 'a' })],
      [renderedObject({}, { name: 'b' })],
      [],
    ],
  ])('%s', (_title, before, after, found) => {
    expect(renamesOf(changesOf(before, after))).toEqual(found);
  });

  it('is not found where the clusters are not the same', () => {
    const before = renderingOf({ eu: [workload('web')], us: [workload('web')] });
    const after = renderingOf({ eu: [workload('store')], us: [] });
    expect(renamesOf(compareRenderings(before, after))).toEqual([]);
  });

  it('pairs each of very many objects once', () => {
    const fleet = (prefix: string): readonly RenderedObject[] =>
      Array.from({ length: 120 }, (_, index) => workload(`${prefix}-${index}`, `web:${index}`));
    const renames = renamesOf(changesOf(fleet('old'), fleet('new'), 1));
    expect(renames).toHaveLength(120);
    expect(new Set(renames)).toEqual(new Set(fleet('x').map((_, index) => `shop/old-${index} → shop/new-${index}`)));
  });

  it('of a Secret goes by its keys, and shows no value', () => {
    const secret = (name: string, value: string): RenderedObject =>
      renderedObject({ type: 'Opaque', data: { user: value, password: value } }, { kind: 'Secret', name });
    const changes = changesOf([secret('a', 'canary-1')], [secret('b', 'canary-2')]);
    expect(renamesOf(changes)).toEqual(['shop/a → shop/b']);
    expect(formatChangeSet(changes, createStyle(false))).toContain('.data.password');
    expect(formatChangeSet(changes, createStyle(false)) + JSON.stringify(changeSetToJson(changes))).not.toContain(
      'canary',
    );
  });

  it('keeps both changes in the JSON, each with the name of the other', () => {
    const { changes } = changeSetToJson(changesOf([workload('web')], [workload('store')], 1));
    const list = changes as readonly JsonObject[];
    expect(list.map(({ type, object, renamedFrom, renamedTo }) => ({ type, object, renamedFrom, renamedTo }))).toEqual([
      { type: 'created', object: 'Deployment.apps/shop/store', renamedFrom: 'Deployment.apps/shop/web' },
      { type: 'deleted', object: 'Deployment.apps/shop/web', renamedTo: 'Deployment.apps/shop/store' },
    ]);
    expect(list[0]?.patches).toEqual([expect.objectContaining({ clusters: ['c00'] })]);
  });
});
