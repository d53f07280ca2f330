import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, modelOf } from '../../test/helpers/model-of.ts';
import { render } from '../render/index.ts';
import { compareRenderings } from './change-set.ts';
import type { ReplicaTotals } from './replica-totals.ts';

const ORPHANED = '{name: web, namespace: shop, annotations: {kubefed.io/orphan: "true"}}';

function web(spec: string, metadata?: string): string {
  return documents(FLEET, federated('FederatedDeployment', `{${spec}, placement: {clusterSelector: {}}}`, metadata));
}

function totals(before: string, after: string): readonly ReplicaTotals[] {
  const [old, fresh] = [before, after].map((text) => modelOf({ 'fleet.yaml': text }));
  if (old === undefined || fresh === undefined) return [];
  return [...(compareRenderings(render(old), render(fresh), fresh).replicas ?? new Map()).values()];
}

describe('the replicas of a cluster', () => {
  const nine = 'template: {spec: {replicas: 9}}';
  const ten = 'template: {spec: {replicas: 10}}';

  it.each<[title: string, before: string, after: string, totals: ReplicaTotals]>([
    ['change with their number', web(ten), web(nine), { before: 10, after: 9 }],
    ['go with their workload', web(ten), FLEET, { before: 10, after: 0 }],
    ['run on where their workload is only released', web(ten, ORPHANED), FLEET, { before: 10, after: 10 }],
    [
      'run on where the cluster takes their number over',
      web(ten),
      web(`retainReplicas: true, ${nine}`),
      { before: 10, after: 10 },
    ],
    [
      'run on where the repository takes it back',
      web(`retainReplicas: true, ${ten}`),
      web(nine),
      { before: 0, after: 0 },
    ],
  ])('%s', (_title, before, after, expected) => {
    expect(totals(before, after)).toEqual([expected, expected]);
  });
});
