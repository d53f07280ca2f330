import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { gitfed, type Run } from '../cli/run-gitfed.ts';
import { type Cluster, poll } from '../controlplane/fixtures.ts';
import type { TestRepository } from './fleet.ts';

/** Stands in everything that an API server or a policy says, and in nothing that gitfed prints. */
export const CANARY = 'c4n4ry';

const PAGE = readFileSync(path.join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');

export interface ToldCluster {
  readonly state: string;
  readonly health?: string;
  readonly message?: string;
}

/** What `gitfed sync -o json` says. */
export interface Told {
  readonly code: Run['code'];
  readonly clusters: Readonly<Record<string, ToldCluster>>;
  /** `Kind/name` → `Status: message`, of every object with a status. */
  readonly objects: Readonly<Record<string, string>>;
  /** Absent where the pass had nothing new to say. */
  readonly statusCommit?: string;
}

interface SyncJson {
  readonly clusters: Readonly<Record<string, ToldCluster & { readonly objects: readonly ToldObject[] }>>;
  readonly status: { readonly commit?: string };
}

interface ToldObject {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly message?: string;
}

/** One pass by the command line, with the rights that its user has now. What it prints is on the page about troubles, and no canary in it. */
export async function runSync(repository: TestRepository, folder: string, ...args: readonly string[]): Promise<Told> {
  const options = ['--credentials-dir', folder, '--request-timeout', '5s', ...args];
  const { code, stdout, stderr } = await gitfed(['sync', '-o', 'json', ...options], repository.folder);
  expect(stdout + stderr).not.toContain(CANARY);
  const { clusters, status } = JSON.parse(stdout) as SyncJson;
  const told = Object.values(clusters).flatMap(({ objects }) => objects.filter((one) => one.status !== ''));
  for (const one of told) expectOnPage(one.status, one.message);
  for (const { state, health, message } of Object.values(clusters)) {
    if (state !== 'Synced') expectOnPage(health ?? state, message);
  }
  return {
    code,
    clusters: Object.fromEntries(Object.entries(clusters).map(([name, { objects: _, ...rest }]) => [name, rest])),
    objects: Object.fromEntries(told.map((one) => [`${one.kind}/${one.name}`, `${one.status}: ${one.message}`])),
    ...(status.commit === undefined ? {} : { statusCommit: status.commit }),
  };
}

/** The word in the first column of a table, and of a message what the API server or the network said: its beginning. */
function expectOnPage(word: string, message: string | undefined): void {
  expect(PAGE, `docs/troubleshooting.md has no row for ${word}`).toContain(`| \`${word}\` |`);
  const said = /answered \d+(?: [A-Z][A-Za-z]+)?|not reached: [^.]+/.exec(message ?? '')?.[0];
  if (said === undefined) return;
  const end = said.replace(/^not reached: /, '');
  expect(PAGE, `docs/troubleshooting.md does not say what "${said}" means`).toContain(`\`${end}\``);
}

/** As admin, and it has to succeed. */
export async function create(cluster: Cluster, collection: string, body: object): Promise<void> {
  const { status } = await cluster.request('POST', collection, body);
  expect([collection, status]).toEqual([collection, 201]);
}

/** Waits until an API server would answer so: it learns of policies, quotas and webhooks a moment after it has stored them. */
export async function expectAnswer(
  cluster: Cluster,
  collection: string,
  body: object,
  expected: number,
): Promise<void> {
  const isSo = async () => (await cluster.request('POST', `${collection}?dryRun=All`, body)).status === expected;
  await poll(isSo, { what: `${collection} answers ${expected}` });
}
