import { expect } from 'vitest';
import type { MemberRoleOptions } from '../../src/reconcile/member-role.ts';
import type { Cluster } from '../controlplane/fixtures.ts';
import { type TestRepository, writeCredentials } from './fleet.ts';
import { grantRole } from './member-role.ts';

/**
 * The credentials with which a pass over `repository` uses its members: the one place that says with which rights the acceptance tests run,
 * which are those of the role that `gitfed rbac` makes for the kinds that the repository has now.
 *
 * @param options `listEverything` where namespaces are to be deleted: only who sees everything in one knows that nobody else needs it.
 */
export async function credentialsFor(
  clusters: readonly Cluster[],
  repository: TestRepository,
  options: Pick<Partial<MemberRoleOptions>, 'listEverything'> = {},
): Promise<string> {
  const { problems } = await grantRole(clusters, repository.folder, options);
  expect(problems).toEqual([]);
  return writeCredentials(clusters);
}
