import type { JsonObject, JsonValue } from '../core/index.ts';
import { mappingOf, metadataOf, stringOf, valueAt, withValueAt } from './object-fields.ts';
import type { SandboxResource, ScalePaths } from './served-resource.ts';
import { invalid } from './status-error.ts';

/** How the `scale` subresource shows an object. */
export function scaleOf(resource: SandboxResource, object: JsonObject, paths: ScalePaths): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadataOf(object);
  const selector = resource.isCustom
    ? stringOf(paths.selector === undefined ? '' : valueAt(object, paths.selector))
    : selectorText(mappingOf(valueAt(object, ['spec', 'selector'])));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name: name ?? '',
      namespace: namespace ?? '',
      uid: uid ?? '',
      resourceVersion: resourceVersion ?? '',
      creationTimestamp: creationTimestamp ?? null,
    },
    spec: replicas(valueAt(object, paths.spec)),
    status: { replicas: valueAt(object, paths.status) ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}

function replicas(value: JsonValue | undefined): JsonObject {
  return value === undefined || value === 0 ? {} : { replicas: value };
}

/** The object with the replicas that a Scale says. @throws {StatusError} 422. */
export function withScale(
  resource: SandboxResource,
  object: JsonObject,
  scale: JsonObject,
  paths: ScalePaths,
): JsonObject {
  const wanted = mappingOf(scale.spec).replicas ?? 0;
  if (typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 0) {
    const message = `Invalid value: ${String(wanted)}: must be greater than or equal to 0`;
    throw invalid(resource, stringOf(metadataOf(object).name), [
      { reason: 'FieldValueInvalid', message, field: 'spec.replicas' },
    ]);
  }
  return withValueAt(object, paths.spec, wanted);
}

function selectorText(selector: JsonObject): string {
  return Object.entries(mappingOf(selector.matchLabels ?? selector))
    .map(([key, value]) => `${key}=${stringOf(value)}`)
    .join(',');
}
