import type { JsonObject } from '../core/index.ts';
import type { Member, MembersResult } from '../reconcile/members.ts';
import { plainText } from './plain-text.ts';
import { formatTable } from './table.ts';

/** The members as a table, and below it why those that are not ready are not. */
export function formatMembers({ members }: MembersResult): string {
  if (members.length === 0) return 'No cluster is registered.\n';
  const rows = members.map(({ name, health, kubernetesVersion, locality, inventory, credential }) => [
    plainText(name),
    health === 'Ready' ? 'yes' : `no: ${health}`,
    kubernetesVersion ?? '',
    locality?.region ?? '',
    inventory?.commit?.slice(0, 12) ?? '',
    plainText(credential?.subject ?? ''),
    credential?.expires === undefined ? '' : expiryText(credential.expires).slice(0, 10),
    inventory?.objects === undefined ? '' : `${inventory.objects}`,
  ]);
  const reasons = members.flatMap(({ name, message }) =>
    message === undefined ? [] : [`${plainText(name)}: ${plainText(message)}`],
  );
  const titles = ['name', 'ready', 'version', 'region', 'commit', 'as', 'expires', 'objects'];
  const lines = [...reasons, ...credentialWarnings({ members })];
  return `${[...formatTable(titles, rows, 7), ...(lines.length === 0 ? [] : ['', ...lines])].join('\n')}\n`;
}

function expiryText(expires: Date | 'never'): string {
  return expires === 'never' ? expires : expires.toISOString();
}

/** A sentence for each credential that has expired, or is about to. */
function credentialWarnings({ members }: Pick<MembersResult, 'members'>): readonly string[] {
  return members.flatMap(({ name, credential }) => {
    if (credential?.expires === undefined || credential.state === 'Valid') return [];
    const when = expiryText(credential.expires);
    const what = credential.state === 'Expired' ? `expired at ${when}` : `expires at ${when}`;
    return [`${plainText(name)}: its credential ${what}: renew it, with gitfed join ${plainText(name)} --rotate`];
  });
}

/** The members as `gitfed clusters -o json` prints them; see `docs/cli.md`. */
export function membersToJson({ commit, inventory, members }: MembersResult): JsonObject {
  return {
    commit,
    inventory,
    clusters: Object.fromEntries(members.map((member) => [member.name, memberToJson(member)])),
  };
}

function memberToJson(member: Member): JsonObject {
  const { endpoint, health, message, kubernetesVersion, locality, inventory, credential } = member;
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
    ...(credential === undefined ? {} : { credential: credentialToJson(credential) }),
  };
}

function credentialToJson({ subject, expires, state }: NonNullable<Member['credential']>): JsonObject {
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(expires === undefined ? {} : { expires: expiryText(expires) }),
    state,
  };
}
