import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import type { DaemonEvent } from '../../src/daemon/events.ts';
import { isInOrder, readFleetStatus } from '../../src/reconcile/fleet-status.ts';
import { sync } from '../../src/reconcile/index.ts';
import type { SyncOptions } from '../../src/reconcile/types.ts';
import { formatFleetStatus } from '../../src/report/fleet-status-text.ts';
import { createStyle } from '../../src/report/style.ts';
import { formatSync } from '../../src/report/sync-text.ts';
import { runDaemon } from './daemon-run.ts';
import { MEMBERS, Shop } from './shop.ts';

const SETTINGS = '/api/v1/namespaces/shop/configmaps/web-settings';
const NOTHING = Object.fromEntries(MEMBERS.map((name) => [name, []]));

function setGates(shop: Shop, gates: string): void {
  const file = path.join(shop.repository.folder, 'gitfed.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8').replace(/\ngates:.*\n/, '\n')}\ngates: ${gates}\n`);
}

async function run(shop: Shop, options: Partial<SyncOptions> = {}): ReturnType<typeof sync> {
  return await sync({ source: shop.repository.folder, kubeconfig: shop.kubeconfig, ...options });
}

/** What the status branch has in `status.json`. */
function statusOf(shop: Shop): { commit?: string; held?: { commit: string; gates: { gate: string }[] } } {
  return JSON.parse(shop.repository.git('show', 'gitfed/status:status.json'));
}

/** Of every cluster. */
function settingsOf(shop: Shop): readonly number[] {
  return MEMBERS.map((name) => shop.get(name, SETTINGS).status);
}

it('a sync holds back a commit that does not pass a gate, says so on the status branch, and applies it on a trailer', async () => {
  const shop = await Shop.start();
  setGates(shop, '{maxClusters: 4}');
  const first = shop.repository.commit('With a gate');
  // There is nothing to compare the first pass with.
  expect(await run(shop)).toMatchObject({ ok: true });
  shop.writes();

  shop.edit('shop/web-settings.yaml', 'kind: FederatedConfigMap', 'kind: FederatedConfigMap # of the shop');
  shop.repository.commit('Only a comment');
  expect(await run(shop)).toMatchObject({ ok: true });
  const applied = shop.repository.git('rev-parse', 'HEAD');
  expect(applied).not.toBe(first);
  shop.writes();

  shop.repository.write({ 'shop/web-settings.yaml': null });
  setGates(shop, '{maxClusters: 400}');
  const held = shop.repository.commit('No settings, and a wider gate');
  for (let count = 0; count < 2; count += 1) {
    const result = await run(shop);
    expect(result).toMatchObject({ ok: false, commit: held, held: { applied }, clusters: [] });
    const text = formatSync(result, createStyle(false));
    expect(text).toContain(`Held back: commit ${held.slice(0, 12)} does not pass a gate.`);
    expect(text).toContain('gates.maxClusters is 4. This limit is the one from before the change.');
    expect(text).toContain('"Gitfed-Allow: maxClusters REASON", or apply it once with --allow GATE.');
    expect(shop.writes()).toEqual(NOTHING);
    expect(statusOf(shop)).toMatchObject({ commit: applied, held: { commit: held, gates: [{ gate: 'maxClusters' }] } });
  }
  expect(shop.repository.git('log', '-1', '--format=%B', 'gitfed/status')).toContain(`Source-Commit: ${applied}`);
  expect(shop.repository.git('show', 'gitfed/status:README.md')).toContain('is not applied: it does not pass 1 gate');

  const fleet = await readFleetStatus({ source: shop.repository.folder });
  expect(isInOrder(fleet)).toBe(false);
  expect(formatFleetStatus(fleet, { style: createStyle(false), now: undefined })).toContain(
    `Held back: commit ${held.slice(0, 12)} (No settings, and a wider gate) does not pass 1 gate, and is not applied.\n  maxClusters: `,
  );

  // The servers are asked all the same.
  const dryRun = await run(shop, { mode: 'dryRun' });
  expect(dryRun.clusters.map(({ cluster }) => cluster)).toEqual(MEMBERS);
  expect(dryRun.ok).toBe(false);
  expect(formatSync(dryRun, createStyle(false))).toContain(`a sync would not apply commit ${held.slice(0, 12)}`);
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));

  const meant = shop.repository.commit('It is meant\n\nGitfed-Allow: maxClusters the settings are built in');
  const result = await run(shop);
  expect(result).toMatchObject({ ok: true, commit: meant });
  expect(formatSync(result, createStyle(false))).toContain('allowed by Test in');
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 404));
  expect(statusOf(shop)).toMatchObject({ commit: meant });
  expect(statusOf(shop).held).toBeUndefined();
});

it('a sync lets a commit through where whoever runs it says so, and only then', async () => {
  const shop = await Shop.start();
  setGates(shop, '{protected: {kinds: [ConfigMap]}}');
  shop.repository.commit('With a gate');
  await run(shop);
  shop.repository.write({ 'shop/web-settings.yaml': null });
  shop.repository.commit('No settings');
  expect(await run(shop, { allow: ['maxClusters'] })).toMatchObject({ ok: false });
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));
  expect(await run(shop, { allow: ['protected'] })).toMatchObject({ ok: true });
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 404));
});

it('an error elsewhere does not carry a deletion through a gate', async () => {
  const shop = await Shop.start();
  setGates(shop, '{protected: {from: Deletions, kinds: [ConfigMap]}}');
  const applied = shop.repository.commit('With a gate');
  await run(shop);
  shop.repository.write({ 'shop/web-settings.yaml': null, 'shop/half-done.yaml': 'a: [' });
  shop.repository.commit('No settings, and half a file');
  const result = await run(shop);
  expect(result).toMatchObject({ ok: false, held: { applied }, clusters: [] });
  expect(formatSync(result, createStyle(false))).toContain('What is missing because of an error counts as deleted.');
  shop.repository.write({ 'shop/half-done.yaml': null });
  shop.repository.commit('The file is gone');
  expect(await run(shop)).toMatchObject({ ok: false, held: { applied }, clusters: [] });
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));
});

it('an object in error does not get through a gate with its deletion, and may be mended', async () => {
  const shop = await Shop.start();
  setGates(shop, '{maxClusters: 1, protected: {from: Deletions, kinds: [ConfigMap]}}');
  const applied = shop.repository.commit('With a gate');
  await run(shop);
  shop.edit('shop/web-settings.yaml', '\n    clusterSelector: {}', '\n    clusterSelector: 7');
  shop.repository.commit('A slip');
  expect(await run(shop)).toMatchObject({ ok: false, held: { applied } });
  shop.repository.git('revert', '--no-edit', 'HEAD');
  expect(await run(shop)).toMatchObject({ ok: true });
  const mended = shop.repository.git('rev-parse', 'HEAD');
  shop.repository.git('revert', '--no-edit', 'HEAD');
  await run(shop);
  shop.repository.write({ 'shop/web-settings.yaml': null });
  shop.repository.commit('No settings');
  expect(await run(shop)).toMatchObject({ ok: false, held: { applied: mended } });
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));
});

it('a sync knows what was applied last also without a status branch', async () => {
  const shop = await Shop.start();
  setGates(shop, '{maxClusters: 0}\nstatus: {mode: "off"}');
  shop.repository.commit('With a gate');
  expect(await run(shop)).toMatchObject({ ok: true });
  shop.repository.write({ 'shop/web-settings.yaml': null });
  shop.repository.commit('No settings');
  expect(await run(shop)).toMatchObject({ ok: false, clusters: [] });
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));
});

it('a sync does not guess what was applied last', async () => {
  const shop = await Shop.start();
  setGates(shop, '{maxClusters: 0}');
  shop.repository.commit('With a gate');
  await run(shop);
  const { repository } = shop;
  const applied = repository.git('rev-parse', 'HEAD');
  repository.git('update-ref', '-d', 'refs/gitfed/applied/gitfed/status');
  repository.git('checkout', '--quiet', '--orphan', 'other');
  repository.commit('Another history');
  repository.git('branch', '--quiet', '-D', 'main');
  repository.git('reflog', 'expire', '--expire=now', '--all');
  repository.git('gc', '--quiet', '--prune=now');
  await expect(run(shop)).rejects.toThrow(
    `The commit that was applied last, ${applied.slice(0, 12)}, is not in this repository`,
  );
  repository.commit('It is meant\n\nGitfed-Allow: maxClusters');
  expect(await run(shop)).toMatchObject({ ok: true });
});

it('no commit opens the guard of deletions for itself', async () => {
  const shop = await Shop.start();
  const { repository } = shop;
  await run(shop);
  repository.git('rm', '--quiet', '-r', 'shop', 'payments', 'monitoring', 'warehouse', 'promotions');
  shop.edit('gitfed.yaml', 'percent: 30', 'percent: 100');
  repository.commit('Nearly nothing');
  for (let count = 0; count < 2; count += 1) {
    const result = await run(shop);
    expect(result.clusters.map(({ prune }) => prune?.status)).toEqual(MEMBERS.map(() => 'PruneBlocked'));
    expect(result.clusters[0]?.prune?.message).toContain('more than 10 and 30 %');
  }
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));
  const allowed = await run(shop, { allow: ['maxDeletions'] });
  expect(allowed.clusters.map(({ prune }) => prune)).toEqual(MEMBERS.map(() => undefined));
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 404));
});

async function daemonOf(shop: Shop) {
  const { events, stop } = await runDaemon({
    source: shop.repository.folder,
    kubeconfig: shop.kubeconfig,
    allowRewind: true,
    status: { minIntervalMs: 100 },
  });
  const until = (type: DaemonEvent['type'], commit: string): Promise<void> =>
    expect
      .poll(() => events.flatMap((event) => (event.type === type && 'commit' in event ? [event.commit] : [])), {
        timeout: 30_000,
      })
      .toContain(commit);
  return { events, until, stop };
}

it('a daemon stays at the commit before one that does not pass a gate, and goes on with its trailer', async () => {
  const shop = await Shop.start();
  setGates(shop, '{protected: {namespaces: [shop]}}');
  const applied = shop.repository.commit('With a gate');
  const first = await daemonOf(shop);
  await first.until('revisionApplied', applied);

  shop.repository.write({ 'shop/web-settings.yaml': null });
  const held = shop.repository.commit('No settings');
  await first.until('revisionRefused', held);
  const refused = first.events.filter((event) => event.type === 'revisionRefused');
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ reason: 'GateFailed' });
  expect(refused[0]?.message).toMatch(
    /^It does not pass a gate\. protected\.namespaces: 1 object .*"Gitfed-Allow: protected\.namespaces REASON"\.$/,
  );
  await expect.poll(() => statusOf(shop)).toMatchObject({ commit: applied, held: { commit: held } });

  // Members are kept at what was applied.
  shop.member('eu-1').request({ method: 'DELETE', path: SETTINGS });
  await expect.poll(() => shop.get('eu-1', SETTINGS).status, { timeout: 30_000 }).toBe(200);
  await first.stop();

  // Another process has the same opinion.
  const second = await daemonOf(shop);
  await second.until('revisionRefused', held);
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 200));

  const meant = shop.repository.commit('It is meant\n\nGitfed-Allow: protected.namespaces they are built in');
  await second.until('revisionApplied', meant);
  expect(settingsOf(shop)).toEqual(MEMBERS.map(() => 404));
  await expect.poll(() => statusOf(shop)).toMatchObject({ commit: meant });
  expect(statusOf(shop).held).toBeUndefined();
});

it('a daemon that remembers nothing keeps members at what the status branch says is applied, while a gate holds the next commit', async () => {
  const shop = await Shop.start();
  setGates(shop, '{protected: {namespaces: [shop]}}');
  const applied = shop.repository.commit('With a gate');
  await run(shop);
  shop.repository.write({ 'shop/web-settings.yaml': null });
  const held = shop.repository.commit('No settings');
  shop.member('eu-1').request({ method: 'DELETE', path: SETTINGS });

  const { events, until } = await daemonOf(shop);
  await until('revisionRefused', held);
  await expect.poll(() => shop.get('eu-1', SETTINGS).status, { timeout: 30_000 }).toBe(200);
  await until('revisionApplied', applied);
  expect(events.filter(({ type }) => type === 'revisionRefused')).toHaveLength(1);
  await expect.poll(() => statusOf(shop)).toMatchObject({ commit: applied, held: { commit: held } });
});

it('a daemon says no more that a commit is held back when the branch is back where it was', async () => {
  const shop = await Shop.start();
  setGates(shop, '{maxClusters: 0}');
  const applied = shop.repository.commit('With a gate');
  const { until } = await daemonOf(shop);
  await until('revisionApplied', applied);
  shop.repository.write({ 'shop/web-settings.yaml': null });
  const held = shop.repository.commit('No settings');
  await until('revisionRefused', held);
  await expect.poll(() => statusOf(shop).held?.commit).toBe(held);
  shop.repository.git('reset', '--quiet', '--hard', applied);
  await expect.poll(() => statusOf(shop).held, { timeout: 30_000 }).toBeUndefined();
  expect(statusOf(shop)).toMatchObject({ commit: applied });
});
