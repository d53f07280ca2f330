import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { gitfed } from '../cli/run-gitfed.ts';
import { runDaemon } from './daemon-run.ts';
import { MEMBERS, Shop } from './shop.ts';

const SETTINGS = '/api/v1/namespaces/shop/configmaps/web-settings';
const NOTHING = Object.fromEntries(MEMBERS.map((name) => [name, []]));
const GATES = 'gates: {maxClusters: 0, protected: {kinds: [ConfigMap], namespaces: [shop]}}';
const KEEP = 'keepLive: [{group: "", kind: ConfigMap, namespace: shop, name: web-settings}]';

/** A shop that was applied, in which `web-settings` is kept live from now on, behind gates that nothing gets through. */
async function keepingShop(): Promise<Shop> {
  const shop = await Shop.start();
  await shop.sync();
  const file = path.join(shop.repository.folder, 'gitfed.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8').replace(/\ngates:.*\n/, '\n')}\n${GATES}\n${KEEP}\n`);
  shop.repository.commit('Settings are kept live');
  await shop.sync();
  shop.writes();
  return shop;
}

async function previewOf(shop: Shop): Promise<Record<string, unknown>> {
  const { code, stdout } = await gitfed(
    ['diff', '--ref', 'HEAD', '--against', 'HEAD~1', '-o', 'json'],
    shop.repository.folder,
  );
  return { code, ...JSON.parse(stdout) };
}

const settingsOf = (shop: Shop): readonly number[] => MEMBERS.map((name) => shop.get(name, SETTINGS).status);

it('what is kept live may leave and come back: the preview, the gates and the sync agree that nothing happens', async () => {
  const shop = await keepingShop();
  const { repository } = shop;
  const text = readFileSync(path.join(repository.folder, 'shop/web-settings.yaml'), 'utf8');
  for (const [message, content] of [
    ['Without settings', null],
    ['With settings', text],
    ['With other settings', text.replace('"45"', '"60"')],
  ] as const) {
    repository.write({ 'shop/web-settings.yaml': content });
    repository.commit(message);
    expect(await previewOf(shop), message).toMatchObject({
      code: 0,
      summary: { created: 0, changed: 0, deleted: 0 },
      gates: { passed: true },
      unshown: [{ rule: 'KeptLive', objects: MEMBERS.length, clusters: MEMBERS }],
      risks: [],
    });
    const result = await shop.sync();
    expect(result, message).toMatchObject({ ok: true });
    expect(result.clusters.map(({ prune }) => prune)).toEqual(MEMBERS.map(() => undefined));
    expect(shop.writes(), message).toEqual(NOTHING);
    expect(settingsOf(shop), message).toEqual(MEMBERS.map(() => 200));
  }
});

it('what is kept live no longer is shown, and stopped by the gates', async () => {
  const shop = await keepingShop();
  const file = path.join(shop.repository.folder, 'gitfed.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(KEEP, ''));
  shop.repository.commit('From the repository again');
  expect(await previewOf(shop)).toMatchObject({
    code: 1,
    summary: { created: MEMBERS.length, changed: 0, deleted: 0 },
    notes: [{ subject: 'gitfed.yaml', text: expect.stringContaining('keepLive') }],
    gates: { passed: false },
  });
  expect(await shop.sync()).toMatchObject({ ok: false, clusters: [] });
});

it('a daemon does not hold a commit back for what is kept live', async () => {
  const shop = await keepingShop();
  const { events } = await runDaemon({
    source: shop.repository.folder,
    kubeconfig: shop.kubeconfig,
    status: { minIntervalMs: 100 },
  });
  const applied = (): readonly string[] =>
    events.flatMap((event) => (event.type === 'revisionApplied' ? [event.commit] : []));
  await expect.poll(applied).toContain(shop.repository.git('rev-parse', 'HEAD'));
  shop.writes();

  shop.repository.write({ 'shop/web-settings.yaml': null });
  const commit = shop.repository.commit('Without settings');
  await expect.poll(applied).toContain(commit);
  expect(events.filter(({ type }) => type === 'revisionRefused')).toEqual([]);
  expect(shop.writes()).toEqual(NOTHING);
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));
});
