import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { annotationOf, textsAt } from './federation-v1-fields.ts';
import type { LossList } from './federation-v1-losses.ts';
import type { V1Object } from './federation-v1-types.ts';

export const SELECTOR = 'federation.alpha.kubernetes.io/cluster-selector';
export const REPLICA_SET_PREFERENCES = 'federation.kubernetes.io/replica-set-preferences';
export const DEPLOYMENT_PREFERENCES = 'federation.kubernetes.io/deployment-preferences';
export const JOB_PREFERENCES = 'federation.kubernetes.io/job-preferences';
export const AUTOSCALED_CLUSTERS = 'federation.kubernetes.io/hpa-target-cluster-list';
export const SERVICE_INGRESSES = 'federation.kubernetes.io/service-ingresses';
export const FIRST_CLUSTER = 'ingress.federation.kubernetes.io/first-cluster';
export const STATIC_IP = 'ingress.kubernetes.io/static-ip';
export const INGRESS_UID = 'kubernetes.io/ingress.uid';

/** Labels and annotations that Federation v1 kept for itself. */
const PREFIXES = [
  'federation.kubernetes.io/',
  'federation.alpha.kubernetes.io/',
  'ingress.federation.kubernetes.io/',
] as const;

/** What else it, or a controller of one of its members, wrote on objects of the federation. */
const OTHERS: ReadonlySet<string> = new Set([STATIC_IP, INGRESS_UID]);

function isOfFederation(key: string): boolean {
  return OTHERS.has(key) || PREFIXES.some((prefix) => key.startsWith(prefix));
}

/** The object without the labels and annotations of Federation v1. */
export function withoutFederation(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata)) return object;
  const entries = Object.entries(metadata).map(([key, value]): [string, JsonValue] => {
    if ((key !== 'labels' && key !== 'annotations') || !isJsonObject(value)) return [key, value];
    return [key, Object.fromEntries(Object.entries(value).filter(([name]) => !isOfFederation(name)))];
  });
  return { ...object, metadata: Object.fromEntries(entries) };
}

/** Tells of annotations of Federation v1 that say nothing on this kind of object. @param read those that are read. */
export function reportUnread(object: V1Object, read: readonly string[], losses: LossList): void {
  const keys = Object.keys(textsAt(object.object, 'metadata', 'annotations'));
  for (const key of keys.filter((one) => isOfFederation(one) && !read.includes(one) && !SILENT.has(one))) {
    losses.add(object, {
      field: annotationField(key),
      reason: `Federation v1 read no such annotation on a ${object.kind}. It is left out.`,
      action: 'Nothing, unless a tool of yours reads it.',
    });
  }
}

/** Written by kubefed on what it made itself; it said nothing to the controllers. */
const SILENT: ReadonlySet<string> = new Set([
  'federation.alpha.kubernetes.io/federation-name',
  'federation.alpha.kubernetes.io/cluster-name',
]);

/** `metadata.annotations[federation.kubernetes.io/…]`. */
export function annotationField(key: string): string {
  return `metadata.annotations[${key}]`;
}

/** The name of the federation, where an object that kubefed made says it. */
export function federationNameIn(objects: readonly V1Object[]): string | undefined {
  for (const object of objects) {
    const name = annotationOf(object, 'federation.alpha.kubernetes.io/federation-name');
    if (name !== undefined && name !== '') return name;
  }
  return undefined;
}
