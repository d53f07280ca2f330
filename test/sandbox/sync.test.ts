import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MEMBERS, Shop } from './shop.ts';

it('gitfed brings sandboxes to what the repository says, writes nothing twice, corrects drift and prunes', async () => {
  const shop = await Shop.start();
  const first = await shop.sync();
  expect(first.clusters.map(({ cluster, state }) => [cluster, state])).toEqual(MEMBERS.map((name) => [name, 'Synced']));
  expect(first.ok).toBe(true);
  expect(Object.values(shop.writes()).every((writes) => writes.length > 20)).toBe(true);
  const web = '/apis/apps/v1/namespaces/shop/deployments/web';
  expect(shop.get('eu-1', web)).toMatchObject({ status: 200 });

  // What the cluster fills in, and what its controllers do, is no drift.
  expect(await shop.sync()).toMatchObject({ ok: true });
  const nothing = Object.fromEntries(MEMBERS.map((name) => [name, []]));
  expect(shop.writes()).toEqual(nothing);

  // Somebody changes an image by hand.
  const image = { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'registry.example/evil:1' };
  const edit = { method: 'PATCH', path: `${web}?fieldManager=somebody`, body: JSON.stringify([image]) };
  expect(shop.member('us-1').request({ ...edit, contentType: 'application/json-patch+json' }).status).toBe(200);
  expect(await shop.sync()).toMatchObject({ ok: true });
  expect(shop.writes()).toMatchObject({ ...nothing, 'us-1': expect.arrayContaining([`PATCH ${web}`]) });
  expect(JSON.stringify(shop.get('us-1', web).body)).not.toContain('evil');

  rmSync(path.join(shop.repository.folder, 'shop/web-settings.yaml'));
  shop.repository.commit('No settings');
  expect(await shop.sync()).toMatchObject({ ok: true });
  const settings = '/api/v1/namespaces/shop/configmaps/web-settings';
  expect(Object.values(shop.writes()).every((writes) => writes.includes(`DELETE ${settings}`))).toBe(true);
  expect(shop.get('eu-1', settings).status).toBe(404);
  expect(await shop.sync()).toMatchObject({ ok: true });
  expect(shop.writes()).toEqual(nothing);
});

it('a KubeFedConfig without PushReconciler suspends everything, as it did with KubeFed', async () => {
  const shop = await Shop.start();
  expect(await shop.sync()).toMatchObject({ ok: true });
  shop.writes();
  rmSync(path.join(shop.repository.folder, 'shop/web-settings.yaml'));
  shop.edit(CONFIG, PUSH, PUSH.replace('Enabled', 'Disabled'));
  shop.repository.commit('Nothing is propagated for now');
  const { clusters } = await shop.sync();
  expect(clusters.map(({ state }) => state)).toEqual(MEMBERS.map(() => 'Suspended'));
  expect(clusters[0]?.objects[0]).toMatchObject({
    status: 'Suspended',
    message: 'PushReconciler: Disabled in the KubeFedConfig suspends its cluster.',
  });
  expect(shop.writes()).toEqual(Object.fromEntries(MEMBERS.map((name) => [name, []])));

  shop.edit(CONFIG, PUSH.replace('Enabled', 'Disabled'), PUSH);
  shop.repository.commit('It is again');
  expect(await shop.sync()).toMatchObject({ ok: true });
  expect(Object.values(shop.writes()).every((writes) => writes.length > 0)).toBe(true);
});

const CONFIG = 'kubefed/config.yaml';
const PUSH = '- name: PushReconciler\n      configuration: Enabled\n';
