import { compareText } from '../core/index.ts';
import { INGRESS_UID } from './federation-v1-annotations.ts';
import { nameOfObject } from './federation-v1-fields.ts';
import { kindOf } from './federation-v1-kinds.ts';
import type { LossList } from './federation-v1-losses.ts';
import type { V1Object } from './federation-v1-types.ts';
import { whyLeftOut } from './left-out.ts';

/** Where v1 looked for policies. */
const POLICY_NAMESPACE = 'kube-federation-scheduling-policy';

/** Sorts out what is not imported, and tells why. */
export function importable(
  objects: readonly V1Object[],
  { omitSecrets, losses }: { readonly omitSecrets: boolean; readonly losses: LossList },
): readonly V1Object[] {
  const events = objects.filter(({ kind }) => kind === 'Event');
  if (events.length > 0) {
    losses.add('federation', {
      field: 'Events',
      reason: `Events tell what happened in the API server of Federation v1, and are dropped: ${events.length}.`,
      action: 'Nothing.',
    });
  }
  const policies = objects.filter((one) => isPolicy(one));
  if (policies.length > 0) {
    losses.add('federation', {
      field: `namespace ${POLICY_NAMESPACE}`,
      reason: `Scheduling policies cannot be mapped, and are not imported: ${policies.map(nameOfObject).toSorted(compareText).join(', ')}.`,
      action:
        'Hold pull requests against the same rules: run the policy engine over the output of gitfed render in CI.',
    });
  }
  return objects.filter((one) => {
    if (one.kind === 'Event' || isPolicy(one)) return false;
    const loss = whyNotImported(one, omitSecrets);
    if (loss !== undefined) losses.add(one, loss);
    return loss === undefined;
  });
}

function isPolicy({ group, kind, namespace, name }: V1Object): boolean {
  if (group !== '') return false;
  return kind === 'Namespace' ? name === POLICY_NAMESPACE : namespace === POLICY_NAMESPACE;
}

function whyNotImported(object: V1Object, omitSecrets: boolean): Parameters<LossList['add']>[1] | undefined {
  const { group, version, kind, namespace, name } = object;
  if (kindOf(object) === undefined) {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return {
      field: 'kind',
      reason: `Federation v1 did not federate ${kind} of ${apiVersion}. It is not imported.`,
      action: `Look at it in ${object.where}. What members should have of it is federated with gitfed federate.`,
    };
  }
  if (kind === 'ConfigMap' && namespace === 'kube-system' && name === 'ingress-uid') {
    return {
      field: INGRESS_UID,
      reason:
        'It holds the uid that load balancer controllers (GLBC) of all members shared. It cannot be mapped, and is not imported.',
      action: 'Leave the ConfigMaps of the members as they are.',
    };
  }
  const reason = whyLeftOut(object.object, object);
  if (reason !== undefined)
    return { field: 'metadata', reason: `It ${reason}: it is not imported.`, action: 'Nothing.' };
  if (!omitSecrets || kind !== 'Secret') return undefined;
  return {
    field: 'data',
    reason: 'It is a Secret (--secrets omit), and is not imported. The members keep what they have.',
    action: 'Let something else keep it, or import again with --secrets encrypt.',
  };
}
