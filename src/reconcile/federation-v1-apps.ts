import type { JsonObject } from '../core/index.ts';
import type { V1Target } from './federation-v1-context.ts';
import { fieldAt, mappingAt, textAt, withField } from './federation-v1-fields.ts';
import type { LossList } from './federation-v1-losses.ts';
import type { V1Object } from './federation-v1-types.ts';

/** The kind of `apps/v1` that took the place of one of `extensions/v1beta1`. */
export function appsTarget(kind: string): V1Target {
  return { group: 'apps', version: 'v1', kind };
}

/**
 * What a workload of `extensions/v1beta1` is in `apps/v1`. What the older API filled in and the newer one fills in otherwise, or demands, is
 * written down.
 */
export function rewriteToApps(object: V1Object, losses: LossList): JsonObject {
  if (object.group === 'apps' && object.version === 'v1') return object.object;
  const rewritten = { ...object.object, apiVersion: 'apps/v1' };
  const selected = withSelector(object, rewritten, losses);
  const spec = Object.entries(mappingAt(selected, 'spec')).filter(([key]) => !DROPPED.has(key));
  const bare = { ...selected, spec: Object.fromEntries(spec) };
  const old = OLD_DEFAULTS.get(object.kind);
  if (old === undefined || fieldAt(bare, 'spec', old.field) !== undefined) return bare;
  return withField(bare, ['spec', old.field], old.value);
}

/** Fields that `apps/v1` does not have. */
const DROPPED: ReadonlySet<string> = new Set(['rollbackTo', 'templateGeneration']);

const OLD_DEFAULTS: ReadonlyMap<string, { readonly field: string; readonly value: JsonObject }> = new Map([
  [
    'Deployment',
    {
      field: 'strategy',
      value: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } as JsonObject,
    },
  ],
  ['DaemonSet', { field: 'updateStrategy', value: { type: 'OnDelete' } as JsonObject }],
]);

function withSelector(object: V1Object, rewritten: JsonObject, losses: LossList): JsonObject {
  const selector = mappingAt(rewritten, 'spec', 'selector');
  const isEmpty = ['matchLabels', 'matchExpressions'].every((key) => {
    const value = fieldAt(selector, key) ?? {};
    return Object.keys(value).length === 0;
  });
  if (!isEmpty) return rewritten;
  const labels = mappingAt(rewritten, 'spec', 'template', 'metadata', 'labels');
  const isLabelled = Object.keys(labels).length > 0;
  losses.add(object, {
    field: 'spec.selector',
    reason: isLabelled
      ? 'The selector is empty, which apps/v1 does not allow. It is filled with all labels of the template of the pods, as extensions/v1beta1 did.'
      : 'The selector is empty, which apps/v1 does not allow, and the template of the pods has no labels to fill it with.',
    action: 'Compare it with the selector of the object in the members: it cannot be changed there.',
  });
  return isLabelled ? withField(rewritten, ['spec', 'selector'], { matchLabels: labels }) : rewritten;
}

/** What an autoscaler names as its target, in the group where that is today. */
export function targetReference(reference: JsonObject): JsonObject {
  const isMoved = ['Deployment', 'ReplicaSet'].includes(textAt(reference, 'kind'));
  return isMoved ? { ...reference, apiVersion: 'apps/v1' } : reference;
}
