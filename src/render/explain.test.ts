import { describe, expect, it } from 'vitest';
import {
  cluster,
  documents,
  federated,
  federatedNamespace,
  fileEntry,
  modelOf,
  preference,
} from '../../test/helpers/model-of.ts';
import { type Model, readConfiguration } from '../api/index.ts';
import { explainObject, traceObject } from './explain.ts';
import { findSubject, withAskedClusters } from './explain-subject.ts';
import type { ClusterExplanation, Explanation } from './explain-types.ts';
import { parseObservations } from './observations.ts';
import type { Observations } from './types.ts';

const FLEET = documents(
  cluster('eu-1', { region: 'eu' }),
  cluster('eu-2', { region: 'eu', tier: 'spare' }),
  cluster('us-1', { region: 'us' }),
);

function modelWith(...texts: readonly string[]): Model {
  return modelOf({ 'fleet.yaml': FLEET, 'all.yaml': documents(...texts) });
}

function explain(model: Model, observations?: Observations, asked: readonly string[] = []): Explanation {
  const found = findSubject(model, { kind: 'deployment', namespace: 'shop', name: 'web' });
  if (found.type === 'leftOut') return withAskedClusters(model, found.explanation, asked);
  if (found.type !== 'object') throw new Error(found.type);
  const trace = traceObject(model, found.object, observations === undefined ? {} : { observations });
  return withAskedClusters(model, explainObject(trace), asked);
}

/** `NotPlaced: Placement Excludes ClusterNotListed, Namespace Selects SelectorMatches` */
function sentence({ state, rules }: ClusterExplanation): string {
  return `${state}: ${rules.map(({ by, effect, code }) => `${by} ${effect} ${code}`).join(', ')}`;
}

function reasonIn(explanation: Explanation, name: string): string {
  const found = explanation.clusters.find((entry) => entry.cluster === name);
  return found === undefined ? 'nothing is said' : sentence(found);
}

const NAMESPACE = federatedNamespace('shop');
const web = (spec: string) => federated('FederatedDeployment', spec);

/** Why `us-1` gets what is placed everywhere, with these settings. */
function reasonWith(settings: string): string {
  const { configuration } = readConfiguration(fileEntry('gitfed.yaml', settings));
  return reasonIn(explain({ ...modelWith(NAMESPACE, web(`{${EVERYWHERE}}`)), configuration }), 'us-1');
}
const EVERYWHERE = 'placement: {clusterSelector: {}}';

const TYPE_DISABLED = `
apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: deployments.apps, namespace: kube-federation-system}
spec:
  propagation: Disabled
  targetType: {group: apps, version: v1, kind: Deployment, pluralName: deployments, scope: Namespaced}
  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}
`;

const PREFERENCES_DISABLED = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec: {scope: Cluster, featureGates: [{name: SchedulerPreferences, configuration: Disabled}]}
`;

describe('why an object is in us-1, or is not', () => {
  it.each<[title: string, texts: readonly string[], reason: string]>([
    [
      'its list names the cluster',
      [NAMESPACE, web('{placement: {clusters: [{name: us-1}]}}')],
      'Placed: Placement Selects ClusterListed, Namespace Selects SelectorMatches',
    ],
    [
      'its list names others, whatever its selector says',
      [NAMESPACE, web('{placement: {clusters: [{name: eu-1}], clusterSelector: {}}}')],
      'NotPlaced: Placement Excludes ClusterNotListed, Namespace Selects SelectorMatches',
    ],
    [
      'its list is empty',
      [NAMESPACE, web('{placement: {clusters: []}}')],
      'NotPlaced: Placement Excludes ClusterNotListed, Namespace Selects SelectorMatches',
    ],
    [
      'its selector wants another label',
      [NAMESPACE, web('{placement: {clusterSelector: {matchLabels: {region: eu}}}}')],
      'NotPlaced: Placement Excludes SelectorDoesNotMatch, Namespace Selects SelectorMatches',
    ],
    [
      'it has no placement',
      [NAMESPACE, web('{}')],
      'NotPlaced: Placement Excludes NoPlacement, Namespace Selects SelectorMatches',
    ],
    [
      'its namespace goes elsewhere',
      [federatedNamespace('shop', '{clusters: [{name: eu-1}]}'), web(`{${EVERYWHERE}}`)],
      'NotPlaced: Placement Selects SelectorMatches, Namespace Excludes ClusterNotListed',
    ],
    [
      'its namespace is not federated',
      [web(`{${EVERYWHERE}}`)],
      'NotPlaced: Placement Selects SelectorMatches, Namespace Excludes NamespaceNotFederated',
    ],
    [
      'its kind is switched off',
      [NAMESPACE, TYPE_DISABLED, web(`{${EVERYWHERE}}`)],
      'Held: Object Holds PropagationDisabled',
    ],
    [
      'its placement is in error',
      [NAMESPACE, web('{placement: {clusters: us-1}}')],
      'Held: Object Holds InvalidPlacement',
    ],
    [
      'its template is in error',
      [NAMESPACE, web(`{template: 1, ${EVERYWHERE}}`)],
      'Held: Object Holds InvalidTemplate',
    ],
    [
      'its wave is no number',
      [
        NAMESPACE,
        federated(
          'FederatedDeployment',
          `{${EVERYWHERE}}`,
          '{name: web, namespace: shop, annotations: {gitfed.io/wave: x}}',
        ),
      ],
      'Held: Object Holds InvalidWave',
    ],
    [
      'its overrides are in error',
      [NAMESPACE, web(`{${EVERYWHERE}, overrides: [{clusterName: eu-1, clusterOverrides: [{op: ad, path: /a}]}]}`)],
      'Held: Placement Selects SelectorMatches, Namespace Selects SelectorMatches, Object Holds InvalidOverrides',
    ],
    [
      'an override for it does not fit',
      [NAMESPACE, web(`{${EVERYWHERE}, overrides: [{clusterName: us-1, clusterOverrides: [{op: remove, path: /a}]}]}`)],
      'Held: Placement Selects SelectorMatches, Namespace Selects SelectorMatches, Object Holds OverrideFailed',
    ],
    [
      'what the template makes may not be applied',
      [NAMESPACE, web(`{${EVERYWHERE}, template: {metadata: 1}}`)],
      'Held: Placement Selects SelectorMatches, Namespace Selects SelectorMatches, Object Holds InvalidTemplate',
    ],
    [
      'its namespace is in error',
      [federatedNamespace('shop', '{clusters: 1}'), web(`{${EVERYWHERE}}`)],
      'Held: Namespace Holds NamespaceInError',
    ],
    ['it is there twice', [NAMESPACE, web(`{${EVERYWHERE}}`), web('{}')], 'Held: Object Holds InError'],
    [
      'its preference is in error',
      [NAMESPACE, web(`{${EVERYWHERE}}`), preference('{targetKind: FederatedDeployment, totalReplicas: many}')],
      'Held: Object Holds InError',
    ],
    [
      'its preference plans it, whatever its placement says',
      [NAMESPACE, web('{template: {spec: {}}}'), preference('{targetKind: FederatedDeployment, totalReplicas: 3}')],
      'Placed: Preference Selects ReplicasPlanned, Namespace Selects SelectorMatches',
    ],
    [
      'its preference gives it nothing',
      [
        NAMESPACE,
        web('{template: {spec: {}}}'),
        preference('{targetKind: FederatedDeployment, totalReplicas: 3, clusters: {eu-1: {weight: 1}}}'),
      ],
      'Placed: Preference Selects NoReplicasPlanned, Namespace Selects SelectorMatches',
    ],
    [
      'the intersection leaves it out',
      [
        NAMESPACE,
        web('{placement: {clusterSelector: {matchLabels: {region: eu}}}}'),
        preference('{targetKind: FederatedDeployment, totalReplicas: 3, intersectWithClusterSelector: true}'),
      ],
      'NotPlaced: Placement Excludes SelectorDoesNotMatch, Preference Excludes OutsideIntersection, Namespace Selects SelectorMatches',
    ],
    [
      'the intersection with its namespace leaves it out',
      [
        federatedNamespace('shop', '{clusterSelector: {matchLabels: {region: eu}}}'),
        web(`{${EVERYWHERE}}`),
        preference('{targetKind: FederatedDeployment, totalReplicas: 3, intersectWithClusterSelector: true}'),
      ],
      'NotPlaced: Namespace Excludes SelectorDoesNotMatch, Preference Excludes OutsideIntersection',
    ],
  ])('%s', (_title, texts, reason) => {
    expect(reasonIn(explain(modelWith(...texts)), 'us-1')).toBe(reason);
  });

  it.each([
    ['{clusters: [us-1]}', 'Cluster Notes Suspended'],
    ['{namespaces: [shop]}', 'Object Notes Suspended'],
    ['{kinds: [Deployment.apps]}', 'Object Notes Suspended'],
    ['true', 'Cluster Notes Suspended'],
  ])('nothing is written there with suspend: %s', (suspend, note) => {
    expect(reasonWith(`suspend: ${suspend}`)).toBe(
      `Placed: Placement Selects SelectorMatches, Namespace Selects SelectorMatches, ${note}`,
    );
  });

  it('nothing is written of what keepLive keeps', () => {
    expect(reasonWith('keepLive: [{kind: Deployment, namespace: shop}]')).toBe(
      'Placed: Placement Selects SelectorMatches, Namespace Selects SelectorMatches, Object Notes KeptLive',
    );
    expect(reasonWith('keepLive: [{kind: Secret}]')).toBe(
      'Placed: Placement Selects SelectorMatches, Namespace Selects SelectorMatches',
    );
  });

  it('it is observed not to be ready, which counts for a preference alone', () => {
    const observed = parseObservations({
      apiVersion: 'gitfed.io/v1alpha1',
      kind: 'Observations',
      clusters: { 'us-1': { ready: false } },
    });
    const planned = [
      NAMESPACE,
      web(`{${EVERYWHERE}}`),
      preference('{targetKind: FederatedDeployment, totalReplicas: 3}'),
    ];
    expect(reasonIn(explain(modelWith(...planned), observed), 'us-1')).toBe(
      'NotPlaced: Preference Excludes ClusterNotReady, Namespace Selects SelectorMatches',
    );
    expect(reasonIn(explain(modelWith(NAMESPACE, web(`{${EVERYWHERE}}`)), observed), 'us-1')).toBe(
      'Placed: Placement Selects SelectorMatches, Namespace Selects SelectorMatches, Cluster Notes ClusterNotReady',
    );
  });

  it('it is not ready, and the intersection leaves it out as well', () => {
    const observed = parseObservations({
      apiVersion: 'gitfed.io/v1alpha1',
      kind: 'Observations',
      clusters: { 'eu-1': { ready: false }, 'us-1': { ready: false } },
    });
    const model = modelWith(
      NAMESPACE,
      web('{placement: {clusterSelector: {matchLabels: {region: eu}}}}'),
      preference('{targetKind: FederatedDeployment, totalReplicas: 3, intersectWithClusterSelector: true}'),
    );
    expect(reasonIn(explain(model, observed), 'us-1')).toBe(
      'NotPlaced: Preference Excludes ClusterNotReady, Placement Excludes SelectorDoesNotMatch, Preference Excludes OutsideIntersection, Namespace Selects SelectorMatches',
    );
    expect(reasonIn(explain(model, observed), 'eu-1')).toBe(
      'NotPlaced: Preference Excludes ClusterNotReady, Namespace Selects SelectorMatches',
    );
  });

  it.each([
    ['remove', '{op: remove, path: /spec/replicas}', 'its overrides leave no spec.replicas'],
    [
      'replace all around',
      '{path: /spec/replicas, value: 1}, {path: /spec, value: {replicas: 9}}',
      'its overrides set another spec.replicas',
    ],
  ])('it is planned there, and overrides %s the number', (_title, operations, text) => {
    const model = modelWith(
      NAMESPACE,
      web(`{template: {spec: {replicas: 1}}, overrides: [{clusterName: us-1, clusterOverrides: [${operations}]}]}`),
      preference('{targetKind: FederatedDeployment, totalReplicas: 3}'),
    );
    const explanation = explain(model);
    expect(reasonIn(explanation, 'us-1')).toBe(
      'Placed: Preference Selects ReplicasPlanned, Namespace Selects SelectorMatches, Preference Notes ReplicasOverridden',
    );
    expect(explanation.clusters.find((entry) => entry.cluster === 'us-1')?.rules.at(-1)?.text).toContain(text);
    expect(reasonIn(explanation, 'eu-1')).not.toContain('Notes');
  });

  it.each<[title: string, texts: readonly string[], text: string]>([
    [
      'is switched off',
      [web(`{${EVERYWHERE}}`), preference('{targetKind: FederatedDeployment, totalReplicas: 3}'), PREFERENCES_DISABLED],
      'has no effect: the KubeFedConfig has SchedulerPreferences: Disabled',
    ],
    [
      'is for another kind',
      [web(`{${EVERYWHERE}}`), preference('{targetKind: FederatedReplicaSet, totalReplicas: 3}')],
      'has no effect on it: its targetKind is FederatedReplicaSet',
    ],
  ])('a preference of its name %s, which is said', (_title, texts, text) => {
    const explanation = explain(modelWith(NAMESPACE, ...texts));
    expect(reasonIn(explanation, 'us-1')).toBe(
      'Placed: Preference Notes PreferenceNotUsed, Placement Selects SelectorMatches, Namespace Selects SelectorMatches',
    );
    expect(explanation.clusters[0]?.rules[0]).toMatchObject({
      text: `ReplicaSchedulingPreference/shop/web ${text}`,
      place: { file: 'all.yaml' },
    });
    expect(explanation.plan).toBeUndefined();
  });

  it('a preference of its name plans for a kind with replicas, which it is not', () => {
    const config = federated('FederatedConfigMap', `{${EVERYWHERE}}`);
    const planned = preference('{targetKind: FederatedDeployment, totalReplicas: 3}');
    const model = modelWith(NAMESPACE, config, web(`{${EVERYWHERE}}`), planned);
    const object = model.objects.find(({ id }) => id.kind === 'FederatedConfigMap');
    if (object === undefined) throw new Error('the test is wrong');
    const explanation = explainObject(traceObject(model, object));
    expect(reasonIn(explanation, 'us-1')).toBe(
      'Placed: Placement Selects SelectorMatches, Namespace Selects SelectorMatches',
    );
  });

  it('no cluster has this name, which the placement may not know', () => {
    const model = modelWith(NAMESPACE, web('{placement: {clusters: [{name: eu-1}, {name: gone}]}}'));
    const [known] = explain(model).clusters.filter((entry) => entry.cluster === 'gone');
    expect(known?.rules).toEqual([
      expect.objectContaining({
        code: 'ClusterNotRegistered',
        text: expect.stringContaining('FederatedDeployment/shop/web names it'),
      }),
    ]);
    expect(reasonIn(explain(model), 'us-9')).toBe('nothing is said');
    expect(reasonIn(explain(model, undefined, ['us-9']), 'us-9')).toBe(
      'NotPlaced: Cluster Excludes ClusterNotRegistered',
    );
  });

  it('its KubeFedCluster is in error', () => {
    const broken = cluster('us-2').replace('https://us-2.example', 'ftp://us-2.example');
    const { clusters } = explain(modelWith(NAMESPACE, web(`{${EVERYWHERE}}`), broken), undefined, ['us-2']);
    expect(clusters.at(-1)?.rules[0]?.text).toBe('its KubeFedCluster is in error: InvalidCluster');
  });

  it('nothing bounds a cluster-scoped object, nor a namespace', () => {
    const model = modelWith(federated('FederatedClusterRole', `{${EVERYWHERE}}`, '{name: reader}'), NAMESPACE);
    for (const object of model.objects) {
      const explanation = explainObject(traceObject(model, object));
      expect(reasonIn(explanation, 'us-1')).toBe('Placed: Placement Selects SelectorMatches');
    }
  });
});

describe('the words of a rule', () => {
  const textIn = (texts: readonly string[]): string | undefined =>
    explain(modelWith(NAMESPACE, ...texts)).clusters.find((entry) => entry.cluster === 'us-1')?.rules[0]?.text;

  it.each<[selector: string, text: string]>([
    ['{matchLabels: {region: eu}}', 'clusterSelector wants region=eu, and the cluster has region=us'],
    ['{matchLabels: {tier: spare}}', 'clusterSelector wants tier=spare, and the cluster has no label tier'],
    [
      '{matchExpressions: [{key: region, operator: In, values: [eu, ap]}]}',
      'clusterSelector wants region In [eu, ap], and the cluster has region=us',
    ],
    [
      '{matchExpressions: [{key: region, operator: Exists}, {key: region, operator: DoesNotExist}]}',
      'clusterSelector wants region DoesNotExist, and the cluster has region=us',
    ],
  ])('of %s', (selector, text) => {
    expect(textIn([web(`{placement: {clusterSelector: ${selector}}}`)])).toBe(text);
  });

  it('say where it stands', () => {
    const spec = '{placement: {clusters: [{name: eu-1}, {name: us-1}]}}';
    const model = modelOf({ 'fleet.yaml': documents(FLEET, NAMESPACE), 'web.yaml': web(spec) });
    const rule = explain(model).clusters.find((entry) => entry.cluster === 'us-1')?.rules[0];
    expect(rule?.place).toEqual({
      file: 'web.yaml',
      line: 5,
      column: spec.indexOf('{name: us-1}') + 'spec: '.length + 1,
    });
  });
});

describe('the plan of a preference that is not used', () => {
  const outcome = (texts: readonly string[], observations?: Observations) =>
    explain(modelWith(...texts), observations).plan?.outcome;
  const planned = preference('{targetKind: FederatedDeployment, totalReplicas: 3}');
  const intersected = preference(
    '{targetKind: FederatedDeployment, totalReplicas: 3, intersectWithClusterSelector: true}',
  );

  it.each<[outcome: string, texts: readonly string[]]>([
    ['Planned', [NAMESPACE, web('{}'), planned]],
    [
      'ObjectInError',
      [NAMESPACE, web('{overrides: [{clusterName: a, clusterOverrides: [{op: x, path: /a}]}]}'), planned],
    ],
    ['EmptyIntersection', [NAMESPACE, web('{}'), intersected]],
    ['PreferenceFailed', [web(`{${EVERYWHERE}}`), intersected]],
  ])('is %s', (expected, texts) => {
    expect(outcome(texts)).toBe(expected);
  });

  it('is NoReadyCluster where none is', () => {
    const clusters = Object.fromEntries(['eu-1', 'eu-2', 'us-1'].map((name) => [name, { ready: false }]));
    const observed = parseObservations({ apiVersion: 'gitfed.io/v1alpha1', kind: 'Observations', clusters });
    expect(outcome([NAMESPACE, web('{}'), planned], observed)).toBe('NoReadyCluster');
  });

  it('is not there without a preference, or with one for another kind', () => {
    expect(explain(modelWith(NAMESPACE, web('{}'))).plan).toBeUndefined();
    const other = preference('{targetKind: FederatedReplicaSet, totalReplicas: 3}');
    expect(explain(modelWith(NAMESPACE, web('{}'), other)).plan).toBeUndefined();
  });
});
