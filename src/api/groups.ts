export const CORE_GROUP = 'core.kubefed.io';
export const TYPES_GROUP = 'types.kubefed.io';
export const SCHEDULING_GROUP = 'scheduling.kubefed.io';
export const DNS_GROUP = 'multiclusterdns.kubefed.io';
export const GITFED_GROUP = 'gitfed.io';

const FEDERATION_GROUPS: ReadonlySet<string> = new Set([
  CORE_GROUP,
  TYPES_GROUP,
  SCHEDULING_GROUP,
  DNS_GROUP,
  GITFED_GROUP,
]);

/** Whether objects of an API group are meant for KubeFed or gitfed, whatever their kind. */
export function isFederationGroup(group: string): boolean {
  return FEDERATION_GROUPS.has(group);
}
