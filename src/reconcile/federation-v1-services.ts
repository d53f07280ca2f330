import type { JsonObject, JsonValue } from '../core/index.ts';
import { annotationField, SERVICE_INGRESSES } from './federation-v1-annotations.ts';
import { federatedObject, fileOf, templateFor, type V1Context } from './federation-v1-context.ts';
import { dnsNames } from './federation-v1-dns.ts';
import { annotationOf, listAt, textAt } from './federation-v1-fields.ts';
import { GoJsonError, goField, goList, goStruct, goText, parseGoJson } from './federation-v1-go-json.ts';
import { placementOf, selectorOf } from './federation-v1-placement.ts';
import { selects } from './federation-v1-selector.ts';
import type { V1File, V1Object } from './federation-v1-types.ts';

const TARGET = { group: '', version: 'v1', kind: 'Service' };

/** A Service: each member gives it an address of its own. */
export function convertService(object: V1Object, context: V1Context): V1File {
  const selector = selectorOf(object, context.clusters, context.losses);
  reportAddresses(object, context);
  reportStatus(object, context);
  const shards = shardsOf(object);
  const placed = context.clusters.filter((cluster) => selects(selector, cluster));
  const clusters = shards === undefined ? placed : placed.filter(({ name }) => shards.includes(name));
  reportNames(object, dnsNames(object, clusters, context.input), context);
  const spec = { template: templateFor(object, TARGET), placement: placementOf(selector) };
  return fileOf(object, TARGET, [federatedObject(object, TARGET, spec, context)]);
}

function reportAddresses(object: V1Object, { losses }: V1Context): void {
  const ip = textAt(object.object, 'spec', 'clusterIP');
  const ports = listAt(object.object, 'spec', 'ports').filter((port) => hasNodePort(port));
  const fields = [
    ...(ip === '' || ip === 'None' ? [] : ['spec.clusterIP']),
    ...(ports.length === 0 ? [] : ['spec.ports[].nodePort']),
  ];
  if (fields.length === 0) return;
  losses.add(object, {
    field: fields.join(', '),
    reason:
      'Each member gives its own, as with Federation v1. They are left out of the template; what the members have stays.',
    action: 'Nothing, unless a cluster must have a certain one: write an override for it.',
  });
}

function hasNodePort(port: JsonValue): boolean {
  return (
    typeof port === 'object' &&
    port !== null &&
    Object.hasOwn(port, 'nodePort') &&
    (port as JsonObject)['nodePort'] !== 0
  );
}

function reportStatus(object: V1Object, { losses }: V1Context): void {
  const hasStatus = listAt(object.object, 'status', 'loadBalancer', 'ingress').length > 0;
  const hasShards = annotationOf(object, SERVICE_INGRESSES) !== undefined;
  if (!hasStatus && !hasShards) return;
  const fields = [
    ...(hasStatus ? ['status.loadBalancer'] : []),
    ...(hasShards ? [annotationField(SERVICE_INGRESSES)] : []),
  ];
  losses.add(object, {
    field: fields.join(', '),
    reason:
      'The addresses of the load balancers of all clusters were gathered here. Nothing in gitfed reads them, and they are dropped.',
    action: 'Read them from the Services of the members.',
  });
}

/** Clusters that have a load balancer for it, `undefined` where nothing says so. */
function shardsOf(object: V1Object): readonly string[] | undefined {
  const text = annotationOf(object, SERVICE_INGRESSES);
  if (text === undefined) return undefined;
  try {
    const items = goField(goStruct(parseGoJson(text)), 'items').flatMap(goList);
    return items.flatMap((item) => goField(goStruct(item), 'cluster').map((name) => goText(name) ?? ''));
  } catch (error) {
    if (error instanceof GoJsonError) return undefined;
    throw error;
  }
}

function reportNames(object: V1Object, names: readonly string[], { losses }: V1Context): void {
  if (names.length === 0) return;
  losses.add(object, {
    field: 'DNS',
    reason: `gitfed makes no records in DNS. Federation v1 kept these, created the zone where it was missing, and was set up with a provider: ${names.join(', ')}.`,
    action:
      'Let something else keep these names, such as ExternalDNS in each member, before the controllers of Federation v1 are stopped.',
  });
}
