import { describe, expect, it } from 'vitest';
import { federatedOf, NAMESPACE_TYPE, typeOf } from '../../test/helpers/render-input.ts';
import { formatObjectId } from '../core/index.ts';
import { sortForApply } from './order.ts';

const DEFINITION = typeOf('CustomResourceDefinition', { group: 'apiextensions.k8s.io', scope: 'Cluster' });
const CLUSTER_ROLE = typeOf('ClusterRole', { group: 'rbac.authorization.k8s.io', scope: 'Cluster' });
const ROLE = typeOf('Role', { group: 'rbac.authorization.k8s.io' });
const CONFIG_MAP = typeOf('ConfigMap', { group: '' });
const JOB = typeOf('Job', { group: 'batch' });
const SERVICE = typeOf('Service', { group: '' });

function wave(text: string) {
  return { 'gitfed.io/wave': text };
}

describe('sortForApply', () => {
  it('puts what others need first', () => {
    const objects = [
      SERVICE,
      JOB,
      typeOf('Deployment'),
      CONFIG_MAP,
      ROLE,
      CLUSTER_ROLE,
      DEFINITION,
      NAMESPACE_TYPE,
    ].map((type) => federatedOf({ type, name: 'x' }));

    expect(sortForApply(objects).map(({ target }) => formatObjectId(target))).toEqual([
      'Namespace/x',
      'CustomResourceDefinition.apiextensions.k8s.io/x',
      'ClusterRole.rbac.authorization.k8s.io/x',
      'Role.rbac.authorization.k8s.io/shop/x',
      'ConfigMap/shop/x',
      'Deployment.apps/shop/x',
      'Job.batch/shop/x',
      'Service/shop/x',
    ]);
  });

  it('lets a wave win over the kind, 0 without one', () => {
    const objects = [
      federatedOf({ type: NAMESPACE_TYPE, name: 'late', annotations: wave('10') }),
      federatedOf({ type: NAMESPACE_TYPE, name: 'later', annotations: wave('9') }),
      federatedOf({ type: CONFIG_MAP, name: 'now' }),
      federatedOf({ type: SERVICE, name: 'early', annotations: wave('-1') }),
    ];

    expect(sortForApply(objects).map(({ target }) => target.name)).toEqual(['early', 'now', 'later', 'late']);
  });

  it('goes by namespace, then name, within a kind', () => {
    const objects = [
      federatedOf({ namespace: 'b', name: 'a' }),
      federatedOf({ namespace: 'a', name: 'b' }),
      federatedOf({ namespace: 'a', name: 'a' }),
    ];

    expect(sortForApply(objects).map(({ target }) => `${target.namespace}/${target.name}`)).toEqual([
      'a/a',
      'a/b',
      'b/a',
    ]);
  });
});
