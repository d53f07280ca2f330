import { readInventory } from '../apply/inventory.ts';
import { memberRole } from '../apply/role.ts';
import { discover } from '../cluster/index.ts';
import { GitfedError } from '../errors.ts';
import { count, list } from '../report/wording.ts';
import { adminRoles, leastRoles, type RoleContent } from './join-manifests.ts';
import { asMemberError, type OpenMember } from './join-member.ts';
import { isForbidden } from './join-objects.ts';
import type { JoinOptions } from './join-options.ts';
import type { Membership } from './join-repository.ts';
import { plannedWorkloads } from './planned-workloads.ts';
import { type MemberContent, roleKinds, roleNamespaces } from './role-kinds.ts';

/** Which rights a member is joined with, and what is to be known of them. */
export interface JoinRole {
  readonly roles: readonly RoleContent[];
  readonly notes: readonly string[];
}

/** The rights that the repository takes in a member, with what its inventory there still holds. */
export function joinRole(
  { model, repository, names, systemNamespace, inventory }: Membership,
  contents: readonly MemberContent[],
  { admin, listEverything }: Pick<JoinOptions, 'admin' | 'listEverything'>,
): JoinRole {
  const { scope } = model.kubeFedConfig;
  if (admin) {
    const where = scope === 'Namespaced' ? `the namespace ${systemNamespace}` : 'the cluster';
    return { roles: adminRoles(names, scope), notes: [`The account gets every right in ${where} (--admin).`] };
  }
  const { kinds, unknown } = roleKinds(model, repository.state.rendering, contents);
  const { objects, unlimited } = memberRole(kinds, {
    inventory,
    systemNamespace,
    subject: { kind: 'ServiceAccount', name: names.account },
    access: scope === 'Namespaced' ? 'SystemNamespace' : 'Cluster',
    namespaces: roleNamespaces(model, contents),
    listEverything,
    readsPods: plannedWorkloads(model).length > 0,
  });
  return {
    roles: leastRoles(names, objects),
    notes: [
      `The role is for ${count(kinds.length, 'kind')} of the repository. Run it again when other kinds are federated.`,
      ...(unlimited === undefined
        ? []
        : [
            'The role equals cluster-admin where it holds: roles or their bindings are federated, which takes escalate and bind.',
          ]),
      ...(unknown.length === 0
        ? []
        : [`The role lacks kinds whose plural names are not known: ${list(unknown)}. Add their FederatedTypeConfigs.`]),
    ],
  };
}

/**
 * What the inventory of this repository holds in a member: kinds that have left the repository are still to be removed there.
 *
 * @throws {GitfedError} `CLUSTER` where the member does not answer, or has the inventory of another repository of this name.
 */
export async function readMemberContent(
  member: OpenMember,
  { identity, existing, model }: Membership,
  cluster: string,
): Promise<{ readonly contents: readonly MemberContent[]; readonly notes: readonly string[] }> {
  try {
    if (identity === undefined) {
      await member.client.request({ method: 'GET', path: '/version' });
      return { contents: [], notes: [] };
    }
    const others = model.clusters.map(({ name }) => name).filter((name) => name !== existing?.name);
    const state = await readInventory(member.client, { ...identity, member: { name: cluster, others } });
    if (state.kind === 'refused') throw new GitfedError('CLUSTER', `${member.name}: ${state.message}`);
    if (state.kind === 'missing') return { contents: [], notes: [] };
    const { groupKinds, namespaces } = state.inventory;
    const discovery = await discover(member.client);
    return { contents: [{ cluster, groupKinds: [...groupKinds], namespaces: [...namespaces], discovery }], notes: [] };
  } catch (error) {
    if (isForbidden(error)) {
      const note = 'The inventory in the member may not be read: the role lacks kinds that only it still holds.';
      return { contents: [], notes: [note] };
    }
    throw asMemberError(member, error, 'it cannot be reached');
  }
}
