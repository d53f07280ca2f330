import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../../src/core/index.ts';
import { type MemberRoleOptions, type MemberRoleResult, roleForMembers } from '../../src/reconcile/member-role.ts';
import { type Cluster, poll } from '../controlplane/fixtures.ts';

/** With the slash in front, as it stands in paths. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

/**
 * Gives user gitfed the role that `gitfed rbac` makes for a repository, in each of the clusters, and waits until the API servers go by it.
 * For a repository that changes it has to be called again.
 *
 * The inventories are read as admin with `<cluster>-credentials`, unless `options` say another directory; `problems` of the result tell
 * of members that have other credentials.
 */
export async function grantRole(
  clusters: readonly Cluster[],
  folder: string,
  options: Partial<MemberRoleOptions> = {},
): Promise<MemberRoleResult> {
  const role = await roleForMembers({
    path: folder,
    ref: 'HEAD',
    subject: { kind: 'User', name: 'gitfed' },
    credentialsDir: adminCredentials(clusters),
    ...options,
  });
  await Promise.all(clusters.map((cluster) => grantIn(cluster, role.objects)));
  return role;
}

/** Tokens with all rights, in the shape of `--credentials-dir`. */
function adminCredentials(clusters: readonly Cluster[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-admin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const { name, adminToken } of clusters) {
    const secret = path.join(folder, `${name}-credentials`);
    mkdirSync(secret);
    writeFileSync(path.join(secret, 'token'), adminToken);
  }
  return folder;
}

/** Applies the objects of a role as admin, and waits until the API server goes by them. */
export async function grantIn(cluster: Cluster, objects: readonly JsonObject[]): Promise<void> {
  for (const object of objects) {
    const target = `${pathOf(object)}?fieldManager=administrator&force=true`;
    const { status, body } = await cluster.request('PATCH', target, object, 'application/apply-patch+yaml');
    if (status !== 200 && status !== 201) throw new Error(`${target}: ${status} ${JSON.stringify(body)}`);
  }
  for (const role of objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')) {
    await waitForRules(cluster, role);
  }
}

function pathOf(object: JsonObject): string {
  const { name, namespace } = metadataOf(object);
  const collection = COLLECTIONS[String(object.kind)] ?? '';
  if (namespace === undefined) return `${collection}/${name}`;
  const root = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
  return `${root}/namespaces/${namespace}/${collection}/${name}`;
}

function metadataOf({ metadata }: JsonObject): { readonly name: string; readonly namespace?: string } {
  const { name, namespace } = isJsonObject(metadata) ? metadata : {};
  return { name: String(name), ...(namespace === undefined ? {} : { namespace: String(namespace) }) };
}

interface RulesReview {
  readonly status: { readonly resourceRules: readonly JsonObject[]; readonly nonResourceRules: readonly JsonObject[] };
}

/** API servers learn of roles a moment after they have stored them. */
async function waitForRules(cluster: Cluster, role: JsonObject): Promise<void> {
  const { namespace = 'default' } = metadataOf(role);
  const rules = Array.isArray(role.rules) ? (role.rules as readonly JsonValue[]) : [];
  const isKnown = async (): Promise<boolean> => {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
    const target = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const { body } = await cluster.request<RulesReview>('POST', target, review, undefined, { as: 'gitfed' });
    const known = [...body.status.resourceRules, ...body.status.nonResourceRules];
    return rules.every((rule) => known.some((one) => jsonEquals(one, rule)));
  };
  await poll(isKnown, { what: `${cluster.name} knows the ${role.kind} of gitfed` });
}

/** Whether user gitfed may do something. `resource` is `plural[.group]`. */
export async function mayGitfed(
  cluster: Cluster,
  verb: string,
  resource: string,
  { namespace, name }: { readonly namespace?: string; readonly name?: string } = {},
): Promise<boolean> {
  const [plural = '', ...group] = resource.split('.');
  const resourceAttributes = { verb, resource: plural, group: group.join('.'), namespace, name };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  const target = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { body } = await cluster.request<{ readonly status: { readonly allowed: boolean } }>(
    'POST',
    target,
    review,
    undefined,
    { as: 'gitfed' },
  );
  return body.status.allowed;
}
