import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import { joinManifests } from './join.ts';
import { memberManifests, removableManifests } from './join-manifests.ts';
import { joinNames } from './join-names.ts';
import { labelOf } from './join-objects.ts';
import { roleForMembers } from './member-role.ts';

const GOLDEN = path.join(import.meta.dirname, '../../test/golden');
const REQUEST = {
  cluster: 'eu-1',
  kubeconfigs: [],
  dryRun: false,
  useExisting: false,
  admin: false,
  rotate: false,
} as const;

function rulesOf(objects: readonly JsonObject[]): readonly unknown[] {
  return objects.flatMap(({ kind, rules }) => (rules === undefined ? [] : [{ kind, rules }]));
}

describe('the manifests of a join', () => {
  it.each([
    ['examples/repo', path.join(import.meta.dirname, '../../examples/repo')],
    ['a repository of every sort', path.join(GOLDEN, 'end-to-end/input')],
    ['a namespaced one', path.join(GOLDEN, 'scope-namespaced/input')],
  ])('have the rules of gitfed rbac, and no others: %s', async (_what, folder) => {
    for (const listEverything of [false, true]) {
      const joined = await joinManifests({ ...REQUEST, folder, listEverything });
      const { objects } = await roleForMembers({ path: folder, subject: { kind: 'User', name: 'x' }, listEverything });
      expect(rulesOf(objects).length).toBeGreaterThan(0);
      expect(rulesOf(joined)).toEqual(rulesOf(objects));
    }
  });

  it('mark everything that is made, and an unjoin looks for all of it, whatever the scope', async () => {
    const folder = path.join(import.meta.dirname, '../../examples/repo');
    const made = await joinManifests({ ...REQUEST, folder, listEverything: false });
    const names = joinNames({ cluster: 'eu-1', host: 'shop', namespace: 'kube-federation-system', inventory: 'shop' });
    const removable = removableManifests(names, 'kube-federation-system').map(labelOf);
    for (const manifest of made) {
      expect(manifest).toMatchObject({ metadata: { annotations: { 'gitfed.io/joined-as': names.mark } } });
      if (manifest['kind'] !== 'Secret') expect(removable).toContain(labelOf(manifest));
    }
    expect(made.at(-1)).toMatchObject({
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'eu-1-shop' } },
    });
  });

  it('have no role where none is given', () => {
    const names = joinNames({ cluster: 'a', host: 'b', namespace: 'n', inventory: 'b' });
    expect(memberManifests(names, 'n', []).map(({ kind }) => kind)).toEqual(['Namespace', 'ServiceAccount']);
  });
});
