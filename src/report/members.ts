import type { JsonObject } from '../core/index.ts';
import type { Member, MembersResult } from '../reconcile/members.ts';
import { plainText } from './plain-text.ts';
import { formatTable } from './table.ts';

/** The members as a table, and below it why those that are not ready are not. */
export function formatMembers({ members }: MembersResult): string {
  if (members.length === 0) return 'No cluster is registered.\n';
  const rows = members.map(({ name, health, kubernetesVersion, locality, inventory }) => [
    plainText(name),
    health === 'Ready' ? 'yes' : `no: ${health}`,
    kubernetesVersion ?? '',
    locality?.region ?? '',
    inventory?.commit?.slice(0, 12) ?? '',
    inventory?.objects === undefined ? '' : `${inventory.objects}`,
  ]);
  const reasons = members.flatMap(({ name, message }) =>
    message === undefined ? [] : [`${plainText(name)}: ${plainText(message)}`],
  );
  const table = formatTable(['name', 'ready', 'version', 'region', 'commit', 'objects'], rows, 5);
  return `${[...table, ...(reasons.length === 0 ? [] : ['', ...reasons])].join('\n')}\n`;
}

/** The members as `gitfed clusters -o json` prints them; see `docs/cli.md`. */
export function membersToJson({ commit, inventory, members }: MembersResult): JsonObject {
  return {
    commit,
    inventory,
    clusters: Object.fromEntries(members.map((member) => [member.name, memberToJson(member)])),
  };
}

function memberToJson({ endpoint, health, message, kubernetesVersion, locality, inventory }: Member): JsonObject {
  return {
    endpoint,
    ready: health === 'Ready',
    health,
    ...(message === undefined ? {} : { message }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(locality?.region === undefined ? {} : { region: locality.region }),
    ...(locality === undefined ? {} : { zones: locality.zones }),
    ...(inventory?.objects === undefined ? {} : { objects: inventory.objects }),
    ...(inventory?.commit === undefined ? {} : { commit: inventory.commit }),
  };
}
