import { describe, expect, it } from 'vitest';
import { markdownOf } from '../../test/helpers/preview-of.ts';
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
        '    ! the workload leaves 3 clusters: c00, c01, c02',
        '    .spec.selector.matchLabels.app',
        '      "web" → "store"  same in 3 clusters',
        '    .spec.template.metadata.labels.app',
        '      "web" → "store"  same in 3 clusters',
        '    .spec.template.spec.containers[name="main"].image',
        '      "web:1" → "web:2"  same in 3 clusters',
        '',
        '2 objects in 3 clusters: 3 created, 3 deleted.',
        '1 risk:',
        '  ! Deployment.apps/shop/web: the workload leaves 3 clusters: c00, c01, c02',
        '',
      ].join('\n'),
    );
  });

  it('keeps the risks of both: the old workload leaves, and the new one may have no replicas', () => {
    const sized = (name: string, replicas: number): RenderedObject => {
      const { manifest, ...object } = workload(name);
      return { ...object, manifest: { ...manifest, spec: { ...(manifest.spec as JsonObject), replicas } } };
    };
    const changes = changesOf([sized('web', 2)], [sized('store', 0)], 1);
    expect(formatChangeSet(changes, createStyle(false)).split('\n')).toEqual([
      '→ Deployment.apps/shop/web renamed to store in c00',
      '    the old one is deleted, and the new one is created',
      '    ! the workload leaves c00',
      '    ! replicas go to zero in c00',
      '    .spec.replicas',
      '      2 → 0  in c00',
      '    .spec.selector.matchLabels.app',
      '      "web" → "store"  in c00',
      '    .spec.template.metadata.labels.app',
      '      "web" → "store"  in c00',
      '',
      '2 objects in 1 cluster: 1 created, 1 deleted.',
      '2 risks:',
      '  ! Deployment.apps/shop/store: replicas go to zero in c00',
      '  ! Deployment.apps/shop/web: the workload leaves c00',
      '',
    ]);
    expect(markdownOf(changes)).toContain('- Risk: **the workload leaves** `c00`\n- Risk: **replicas go');
    expect(changeSetToJson(changes).risks).toEqual([
      expect.objectContaining({ code: 'ReplicasToZero', object: 'Deployment.apps/shop/store' }),
      expect.objectContaining({ code: 'WorkloadLeaves', object: 'Deployment.apps/shop/web' }),
    ]);
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
      'is not found where another program runs under much the same settings',
      [workload('ledger', 'registry.example:5000/ledger:9')],
      [workload('newsletter', 'registry.example:5000/newsletter:1')],
      [],
    ],
    [
      'is found where only the version of the program is another',
      [workload('web', 'registry.example:5000/web')],
      [workload('store', 'registry.example:5000/web:2@sha256:0a')],
      ['shop/web → shop/store'],
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

  it('of a Secret is not found by its keys alone, and shows no value', () => {
    const secret = (name: string, value: string, url = 'canary-0'): RenderedObject => {
      const data = { user: 'canary-0', url, host: 'canary-0', password: value };
      return renderedObject({ type: 'Opaque', data }, { kind: 'Secret', name });
    };
    const changes = changesOf([secret('a', 'canary-1')], [secret('b', 'canary-2')]);
    expect(renamesOf(changes)).toEqual(['shop/a → shop/b']);
    expect(renamesOf(changesOf([secret('a', 'canary-1')], [secret('b', 'canary-2', 'canary-3')]))).toEqual([]);
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
