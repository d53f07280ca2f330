import { appsTarget, rewriteToApps } from './federation-v1-apps.ts';
import { federatedObject, fileOf, templateFor, type V1Context } from './federation-v1-context.ts';
import { placementOf, selectorOf } from './federation-v1-placement.ts';
import type { V1File, V1Object } from './federation-v1-types.ts';

/** A ConfigMap or Secret: the same in every cluster that is selected. */
export function convertPlain(object: V1Object, context: V1Context): V1File {
  const target = { group: object.group, version: object.version, kind: object.kind };
  const template = templateFor(object, target);
  const placement = placementOf(selectorOf(object, context.clusters, context.losses));
  return fileOf(object, target, [federatedObject(object, target, { template, placement }, context)]);
}

/** Federation v1 had no controller for it. */
export function convertServiceAccount(object: V1Object, context: V1Context): V1File {
  context.losses.add(object, {
    field: 'kind',
    reason: 'No controller of Federation v1 put ServiceAccounts into members. gitfed will.',
    action: 'Remove the file if the members are not to have it.',
  });
  return convertPlain(object, context);
}

/** A DaemonSet, which `apps` has now. */
export function convertDaemonSet(object: V1Object, context: V1Context): V1File {
  const target = appsTarget(object.kind);
  const template = templateFor(object, target, rewriteToApps(object, context.losses));
  const placement = placementOf(selectorOf(object, context.clusters, context.losses));
  return fileOf(object, target, [federatedObject(object, target, { template, placement }, context)]);
}

/** A Namespace, and the FederatedNamespace that carries it to the members. */
export function convertNamespace(object: V1Object, context: V1Context): V1File {
  const target = { group: '', version: 'v1', kind: 'Namespace' };
  const template = templateFor(object, target);
  const placement = placementOf(selectorOf(object, context.clusters, context.losses));
  const federated = federatedObject(object, target, { template, placement }, context);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: object.name } };
  return fileOf(object, target, [namespace, federated]);
}
