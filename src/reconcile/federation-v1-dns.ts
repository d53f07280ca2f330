import { textAt } from './federation-v1-fields.ts';
import type { ConversionOptions, V1Cluster, V1Object } from './federation-v1-types.ts';

/** What stands for the parts of a name that no object says. */
const UNKNOWN = { federation: '<federation>', zone: '<dns-zone>' };

/**
 * The names that Federation v1 kept for a Service: one for all, one for each region, and one for the first zone of each cluster.
 *
 * @param clusters those that have a load balancer for it.
 */
export function dnsNames(
  { object, namespace, name }: V1Object,
  clusters: readonly V1Cluster[],
  { federationName, dnsZone }: Pick<ConversionOptions, 'federationName' | 'dnsZone'>,
): readonly string[] {
  if (textAt(object, 'spec', 'type') !== 'LoadBalancer') return [];
  const prefix = `${name}.${namespace}.${federationName ?? UNKNOWN.federation}.svc`;
  const suffix = (dnsZone ?? UNKNOWN.zone).replace(/\.$/, '');
  const levels = clusters.flatMap(({ region, zones: [zone] }) => {
    if (region === '') return [];
    return [`${prefix}.${region}.${suffix}`, ...(zone === undefined ? [] : [`${prefix}.${zone}.${region}.${suffix}`])];
  });
  return [...new Set([`${prefix}.${suffix}`, ...levels])];
}
