import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/core/index.ts';
import { prepareJoin } from '../../src/reconcile/join.ts';
import type { JoinOptions } from '../../src/reconcile/join-options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

it('joining again takes back roles that the repository does not want any more, and no others', async () => {
  const member = await startSandbox({ name: 'eu-1', namespaces: ['kube-federation-system'] });
  onTestFinished(() => member.stop());
  const repository = new TestRepository();
  writeFileSync(path.join(repository.folder, 'gitfed.yaml'), 'inventory: shop\n');
  const join = joining(member, repository);
  expect(await join({ admin: true })).toContain('create ClusterRole gitfed:eu-1-shop');
  const foreign = 'gitfed:kube-federation-system:healthcheck-eu-1-shop';
  create(member, 'ClusterRole', { metadata: { name: foreign }, rules: [] });

  scopeTo(repository, 'Namespaced');
  const steps = await join({});
  expect(steps.filter((step) => step.startsWith('delete'))).toEqual([
    'delete ClusterRoleBinding gitfed:eu-1-shop',
    'delete ClusterRole gitfed:eu-1-shop',
  ]);
  expect(statusOf(member, 'clusterrolebindings/gitfed:eu-1-shop')).toBe(404);
  expect(statusOf(member, 'clusterroles/gitfed:eu-1-shop')).toBe(404);
  expect(statusOf(member, `clusterroles/${foreign}`)).toBe(200);
  expect(statusOf(member, 'namespaces/kube-federation-system/roles/gitfed:eu-1-shop')).toBe(200);
  expect((await join({})).filter((step) => !step.startsWith('keep'))).toEqual([
    expect.stringMatching(/^create .*\/token$/),
  ]);
});

/** Joins, and says what was done. No controller fills the Secret of the token in a sandbox, so that it ends there. */
function joining(member: Sandbox, { folder }: TestRepository) {
  const kubeconfig = path.join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, member.kubeconfig());
  const credentials = path.join(temporaryFolder(), 'credentials');
  return async ({ admin = false }: Partial<Pick<JoinOptions, 'admin'>>): Promise<readonly string[]> => {
    const prepared = await prepareJoin({
      cluster: 'eu-1',
      folder,
      kubeconfigs: [kubeconfig],
      credential: { kind: 'directory', folder: credentials },
      dryRun: false,
      useExisting: false,
      admin,
      listEverything: false,
      rotate: false,
      tokenWaitMs: 0,
    });
    onTestFinished(() => prepared.close());
    await expect(prepared.run()).rejects.toThrow('no token came into Secret');
    return prepared.plan.steps.map(({ action, what }) => `${action} ${what}`);
  };
}

function scopeTo({ folder }: TestRepository, scope: string): void {
  const config = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: ${scope}}
`;
  writeFileSync(path.join(folder, 'kubefed.yaml'), config);
}

function create(member: Sandbox, kind: string, object: JsonObject): void {
  const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind, ...object };
  expect(member.request({ method: 'POST', path: `${RBAC}/${kind.toLowerCase()}s`, body })).toMatchObject({
    status: 201,
  });
}

function statusOf(member: Sandbox, target: string): number {
  return member.request({ method: 'GET', path: `${RBAC}/${target}` }).status;
}
