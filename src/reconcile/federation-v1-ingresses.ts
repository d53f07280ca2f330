import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { annotationField, FIRST_CLUSTER, STATIC_IP } from './federation-v1-annotations.ts';
import { federatedObject, fileOf, templateFor, type V1Context } from './federation-v1-context.ts';
import { annotationOf, fieldAt, listAt, mappingAt } from './federation-v1-fields.ts';
import { placementOf, selectorOf } from './federation-v1-placement.ts';
import type { V1File, V1Object } from './federation-v1-types.ts';

const TARGET = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };

/** An Ingress. The name of its static address stays as an annotation like any other. */
export function convertIngress(object: V1Object, context: V1Context): V1File {
  const placement = placementOf(selectorOf(object, context.clusters, context.losses));
  reportFirstCluster(object, context);
  const template = templateFor(object, TARGET, rewriteIngress(object));
  return fileOf(object, TARGET, [federatedObject(object, TARGET, { template, placement }, context)]);
}

function reportFirstCluster(object: V1Object, { losses }: V1Context): void {
  const keys = [FIRST_CLUSTER, STATIC_IP].filter((key) => annotationOf(object, key) !== undefined);
  if (keys.length === 0) return;
  losses.add(object, {
    field: keys.map(annotationField).join(', '),
    reason:
      'Federation v1 made the Ingress in one cluster first, and let the others wait for its static address. gitfed makes it everywhere at once.',
    action:
      'Reserve the address, and name it in the annotation kubernetes.io/ingress.global-static-ip-name of the template.',
  });
}

/** What an Ingress of the older APIs is in `networking.k8s.io/v1`. */
function rewriteIngress({ group, version, object }: V1Object): JsonObject {
  if (group === 'networking.k8s.io' && version === 'v1') return object;
  const { backend, rules, ...rest } = mappingAt(object, 'spec');
  const spec = {
    ...rest,
    ...(isJsonObject(backend) ? { defaultBackend: rewriteBackend(backend) } : {}),
    ...(Array.isArray(rules) ? { rules: (rules as readonly JsonValue[]).map(rewriteRule) } : {}),
  };
  return { ...object, apiVersion: 'networking.k8s.io/v1', spec };
}

function rewriteRule(rule: JsonValue): JsonValue {
  if (!isJsonObject(rule) || fieldAt(rule, 'http', 'paths') === undefined) return rule;
  const paths = listAt(rule, 'http', 'paths').map((item) => {
    if (!isJsonObject(item)) return item;
    const backend = isJsonObject(item['backend']) ? { backend: rewriteBackend(item['backend']) } : {};
    return { pathType: 'ImplementationSpecific', ...item, ...backend };
  });
  return { ...rule, http: { ...mappingAt(rule, 'http'), paths } };
}

function rewriteBackend(backend: JsonObject): JsonObject {
  const { serviceName, servicePort, ...rest } = backend;
  if (serviceName === undefined) return backend;
  return { ...rest, service: { name: serviceName, port: portOf(servicePort ?? null) } };
}

/** A number may be written as text. */
function portOf(port: JsonValue): JsonObject {
  if (typeof port === 'string' && !/^\d+$/.test(port)) return { name: port };
  return { number: typeof port === 'string' ? Number(port) : port };
}
