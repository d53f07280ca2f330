import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { GitfedError } from '../../src/errors.ts';
import { roleForMembers } from '../../src/reconcile/member-role.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { grantIn } from './member-role.ts';

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** For which clusters a folder has credentials of user gitfed. */
const owners = new Map<string, Cluster[]>();

/**
 * Tokens of clusters in the shape of `--credentials-dir`: Secret `<cluster>-credentials`. User gitfed has the rights that
 * {@link grantFor} gave it, and no other.
 */
export function writeCredentials(clusters: readonly Cluster[]): string {
  const folder = temporaryFolder();
  for (const cluster of clusters) writeCredential(folder, cluster, cluster.name);
  return folder;
}

export function writeCredential(folder: string, cluster: Cluster, name: string): void {
  const secret = path.join(folder, `${name}-credentials`);
  mkdirSync(secret, { recursive: true });
  writeFileSync(path.join(secret, 'token'), cluster.gitfedToken);
  owners.set(folder, [...(owners.get(folder) ?? []), cluster]);
}

/** What a repository's commits needed until now, and which clusters know it. */
interface Grants {
  readonly objects: Map<string, JsonObject>;
  readonly known: Map<Cluster, string>;
}

const grants = new Map<string, Grants>();

/**
 * Gives user gitfed the role that `gitfed rbac` makes for the commit, in the clusters that a folder has its credentials for, besides what
 * earlier commits needed: what they applied has to be removable. Clusters that do not answer are left for the next time.
 */
export async function grantFor(credentialsDir: string, repository: string, ageKeyFile?: string): Promise<void> {
  await grant(owners.get(credentialsDir) ?? [], repository, ageKeyFile);
}

/** As {@link grantFor}, for clusters whose credentials are not in a folder. */
export async function grant(owned: readonly Cluster[], repository: string, ageKeyFile?: string): Promise<void> {
  const clusters = owned.filter(({ responsive }) => responsive);
  if (clusters.length === 0) return;
  const own = grants.get(repository) ?? { objects: new Map(), known: new Map() };
  grants.set(repository, own);
  const subject = { kind: 'User', name: 'gitfed' } as const;
  try {
    const role = await roleForMembers({
      path: repository,
      ref: 'HEAD',
      subject,
      listEverything: true,
      ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
    });
    for (const object of role.objects) addTo(own.objects, object);
  } catch (error) {
    // A gitfed.yaml that cannot be read gives no role: what was granted stays.
    if (!(error instanceof GitfedError)) throw error;
  }
  const objects = [...own.objects.values()];
  const text = JSON.stringify(objects);
  await Promise.all(
    clusters
      .filter((cluster) => own.known.get(cluster) !== text)
      .map(async (cluster) => {
        await grantIn(cluster, objects);
        own.known.set(cluster, text);
      }),
  );
}

function addTo(objects: Map<string, JsonObject>, object: JsonObject): void {
  const { name, namespace } = object.metadata as JsonObject;
  const key = [object.kind, namespace, name].join('/');
  const before = objects.get(key);
  const rules = [before?.rules ?? [], object.rules ?? []].flat() as JsonObject[];
  const unique = [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
  objects.set(key, { ...object, ...(object.rules === undefined ? {} : { rules: unique }) });
}
