import { describe, expect, it } from 'vitest';
import {
  convert,
  lossesOf,
  manifestOf,
  manifestsOf,
  rendered,
  specOf,
  v1,
  v1Cluster,
  v1Workload,
} from '../../test/helpers/federation-v1.ts';
import type { JsonObject } from '../core/index.ts';
import type { MemberAutoscalers } from './federation-v1-types.ts';

const [A, B, C] = [v1Cluster('a'), v1Cluster('b'), v1Cluster('c')];
const NAMESPACE = v1('v1', 'Namespace', { name: 'shop' });
const WORLD = [A, B, C, NAMESPACE];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The Secret of a Cluster, as kubefed left it in the host. */
function secret(data: Readonly<Record<string, string>>): JsonObject {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)]));
  return v1('v1', 'Secret', { name: 'a-secret', namespace: 'federation-system', content: { data: encoded } });
}

function kubeconfig(user: string, cluster = 'server: https://elsewhere.example'): string {
  return `apiVersion: v1
kind: Config
current-context: it
contexts: [{name: it, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`;
}

describe('a Cluster', () => {
  it('becomes a KubeFedCluster with its labels, and with the authority of its Secret', () => {
    const status = { region: 'r1', zones: ['z1'], conditions: [{ type: 'Ready', status: 'True' }] };
    const cluster = v1Cluster('a', { labels: { tier: 'gold' }, content: { status } });
    const conversion = convert([cluster, secret({ token: 'tok', 'ca.crt': 'PEM' })]);
    expect(manifestOf(conversion, 'KubeFedCluster')).toEqual({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: {
        name: 'a',
        namespace: 'kube-federation-system',
        labels: { tier: 'gold', 'topology.kubernetes.io/region': 'r1', 'topology.kubernetes.io/zone': 'z1' },
      },
      spec: { apiEndpoint: 'https://a.example', caBundle: base64('PEM'), secretRef: { name: 'a-secret' } },
    });
    expect(conversion.credentials).toEqual([
      { cluster: 'a', secretName: 'a-secret', token: 'tok', certificateAuthority: 'PEM' },
    ]);
    expect(conversion.losses).toEqual([]);
    expect(manifestsOf(conversion, 'FederatedSecret')).toEqual([]);
  });

  it.each([
    ['a host', '192.0.2.1:6443', 'https://192.0.2.1:6443'],
    ['an https URL', 'https://a.example', 'https://a.example'],
    ['an http URL', 'http://a.example', 'http://a.example'],
  ])('with the address of %s is reached there', (_, serverAddress, apiEndpoint) => {
    const spec = { serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }], secretRef: { name: 'x' } };
    expect(specOf(convert([v1Cluster('a', { content: { spec } })]), 'KubeFedCluster')).toMatchObject({ apiEndpoint });
  });

  it('keeps a label of its own for the region', () => {
    const labels = { 'topology.kubernetes.io/region': 'mine' };
    const conversion = convert([v1Cluster('a', { labels, content: { status: { region: 'r1' } } })]);
    expect(manifestOf(conversion, 'KubeFedCluster')['metadata']).toMatchObject({ labels });
  });

  const TWO_ADDRESSES = {
    serverAddressByClientCIDRs: [
      { clientCIDR: '10.0.0.0/8', serverAddress: '10.0.0.1' },
      { clientCIDR: '0.0.0.0/0', serverAddress: '192.0.2.1' },
    ],
    secretRef: { name: 'a-secret' },
  };
  const PLAIN = {
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'http://a.example' }],
    secretRef: { name: 'a-secret' },
  };
  const TOKEN = secret({ token: 'tok', 'ca.crt': 'PEM' });

  it.each([
    ['several addresses', { spec: TWO_ADDRESSES }, TOKEN, 'spec.serverAddressByClientCIDRs', '192.0.2.1 for 0.0.0.0/0'],
    ['http', { spec: PLAIN }, TOKEN, 'spec.serverAddressByClientCIDRs', 'is http'],
    ['no Secret', { spec: { ...PLAIN, secretRef: undefined } }, TOKEN, 'spec.secretRef', 'without a credential'],
    ['a Secret that was not read', {}, undefined, 'spec.secretRef', 'was not read'],
    ['a token without an authority', {}, secret({ token: 'tok' }), 'spec.secretRef', 'has no ca.crt'],
    ['an authority without a token', {}, secret({ 'ca.crt': 'PEM' }), 'spec.secretRef', 'has no token'],
    [
      'a client certificate',
      {},
      secret({ kubeconfig: kubeconfig('client-certificate-data: eA==') }),
      'spec.secretRef',
      'a client certificate',
    ],
    [
      'a password',
      {},
      secret({ kubeconfig: kubeconfig('username: me, password: hunter2') }),
      'spec.secretRef',
      'a password',
    ],
    ['a program', {}, secret({ kubeconfig: kubeconfig('exec: {command: login}') }), 'spec.secretRef', 'a program'],
    [
      'a kubeconfig that checks no certificate',
      {},
      secret({ kubeconfig: kubeconfig('token: tok', 'insecure-skip-tls-verify: true') }),
      'spec.secretRef',
      'does not check',
    ],
    ['a kubeconfig that is none', {}, secret({ kubeconfig: '{' }), 'spec.secretRef', 'nothing that can be read'],
    ['several zones', { status: { zones: ['z1', 'z2'] } }, TOKEN, 'status.zones', 'z2'],
    ['a region that is no label', { status: { region: 'a b' } }, TOKEN, 'status.region', 'a b'],
  ])('with %s is told of', (_, content, credential, field, reason) => {
    const objects = [
      v1Cluster('a', { content: content as JsonObject }),
      ...(credential === undefined ? [] : [credential]),
    ];
    const losses = lossesOf(convert(objects), 'Cluster.federation/a');
    expect(losses.filter((loss) => loss.field === field && loss.reason.includes(reason))).toHaveLength(1);
    expect(JSON.stringify(losses)).not.toMatch(/hunter2|"tok"/);
  });

  it('with an old Secret has authority and token out of its kubeconfig', () => {
    const text = kubeconfig('token: tok', `certificate-authority-data: ${base64('PEM')}`);
    const conversion = convert([A, secret({ kubeconfig: text })]);
    expect(specOf(conversion, 'KubeFedCluster')).toMatchObject({ caBundle: base64('PEM') });
    expect(conversion.credentials).toMatchObject([{ token: 'tok', certificateAuthority: 'PEM' }]);
  });

  it('does not take for its credential what is another Secret of that name', () => {
    const other = v1('v1', 'Secret', { name: 'a-secret', content: { data: { password: 'eA==' } } });
    const conversion = convert([A, NAMESPACE, other]);
    expect(conversion.credentials).toEqual([]);
    expect(manifestsOf(conversion, 'FederatedSecret')).toHaveLength(1);
  });
});

describe('a credential', () => {
  const named = (name: string, namespace: string, keys: readonly string[]): JsonObject => {
    const data = Object.fromEntries(keys.map((key) => [key, base64(`${key} of ${namespace}`)]));
    return v1('v1', 'Secret', { name, namespace, content: { data } });
  };

  it.each([
    [
      'beside the controllers, before any other',
      ['token', 'ca.crt'],
      ['token', 'ca.crt'],
      'token of federation-system',
    ],
    ['in another namespace, if it looks like one', [], ['token', 'ca.crt'], 'token of shop'],
    ['not in a Secret of an application with a token', [], ['token', 'user'], undefined],
  ])('is found %s', (_, host, own, token) => {
    const objects = [A, NAMESPACE, named('a-secret', 'shop', own)];
    const all = host.length === 0 ? objects : [...objects, named('a-secret', 'federation-system', host)];
    expect(convert(all).credentials[0]?.token).toBe(token);
  });

  it('does not leave its folder, whatever its name is', () => {
    const name = '../../.ssh';
    const spec = { ...specOfCluster(), secretRef: { name } };
    const cluster = v1Cluster('a', { content: { spec } });
    const conversion = convert([cluster, named(name, 'federation-system', ['token', 'ca.crt'])]);
    expect(conversion.credentials).toEqual([]);
  });

  function specOfCluster(): JsonObject {
    return { serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '192.0.2.1' }] };
  }
});

describe('a workload', () => {
  it('without annotations is shared evenly by a preference, as Federation v1 did without one', () => {
    const conversion = convert([...WORLD, v1Workload('Deployment', 10)]);
    expect(specOf(conversion, 'FederatedDeployment')['placement']).toEqual({ clusterSelector: {} });
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toEqual({
      targetKind: 'FederatedDeployment',
      totalReplicas: 10,
      clusters: { '*': { weight: 1 } },
    });
  });

  it('that names no number has one replica', () => {
    const conversion = convert([...WORLD, v1Workload('ReplicaSet', undefined)]);
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toMatchObject({ totalReplicas: 1 });
    expect(rendered(conversion).findings).toEqual([]);
  });

  it('that shares its name with one of the other kind gets the numbers of now, and both are told apart', () => {
    const both = [v1Workload('ReplicaSet', 4), v1Workload('Deployment', 10)];
    const conversion = convert([...WORLD, ...both]);
    expect(specOf(conversion, 'ReplicaSchedulingPreference')).toMatchObject({ targetKind: 'FederatedDeployment' });
    const { overrides } = specOf(conversion, 'FederatedReplicaSet');
    expect(overrides).toHaveLength(3);
    expect(lossesOf(conversion, 'ReplicaSet.extensions/shop/web')).toHaveLength(1);
    expect(rendered(conversion).findings).toEqual([]);
  });

  it('is moved to apps/v1, with the defaults that it had', () => {
    const spec = { selector: {}, rollbackTo: { revision: 1 }, templateGeneration: 3 };
    const conversion = convert([
      ...WORLD,
      v1Workload('Deployment', 1, { content: { spec } }),
      v1Workload('DaemonSet', undefined, { content: { spec: { ...spec, selector: { matchLabels: {} } } } }),
    ]);
    const deployment = specOf(conversion, 'FederatedDeployment')['template'] as JsonObject;
    const daemonSet = specOf(conversion, 'FederatedDaemonSet')['template'] as JsonObject;
    expect(deployment['spec']).toMatchObject({
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    expect(daemonSet['spec']).toMatchObject({
      selector: { matchLabels: { app: 'web' } },
      updateStrategy: { type: 'OnDelete' },
    });
    expect(deployment['spec']).not.toHaveProperty('rollbackTo');
    expect(daemonSet['spec']).not.toHaveProperty('templateGeneration');
    expect(deployment).not.toHaveProperty('apiVersion');
    for (const kind of ['Deployment', 'DaemonSet']) {
      expect(lossesOf(conversion, `${kind}.extensions/shop/web`)).toMatchObject([{ field: 'spec.selector' }]);
    }
  });

  it('keeps the selector and the strategy that it has', () => {
    const spec = {
      selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      strategy: { type: 'Recreate' },
    };
    const conversion = convert([...WORLD, v1Workload('Deployment', 1, { content: { spec } })]);
    expect((specOf(conversion, 'FederatedDeployment')['template'] as JsonObject)['spec']).toMatchObject(spec);
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')).toEqual([]);
  });

  it('whose selector takes clusters without its namespace is told of', () => {
    const key = 'federation.alpha.kubernetes.io/cluster-selector';
    const selector = (value: string): string =>
      JSON.stringify([{ key: 'tier', operator: 'in', values: value.split(' ') }]);
    const conversion = convert([
      v1Cluster('a', { labels: { tier: 'gold' } }),
      v1Cluster('b', { labels: { tier: 'tin' } }),
      v1('v1', 'Namespace', { name: 'shop', annotations: { [key]: selector('gold') } }),
      v1Workload('Deployment', 3, { annotations: { [key]: selector('gold tin') } }),
    ]);
    expect(lossesOf(conversion, 'Deployment.extensions/shop/web')[0]?.reason).toContain('(b)');
  });
});

describe('a HorizontalPodAutoscaler', () => {
  const HPA = v1('autoscaling/v1', 'HorizontalPodAutoscaler', {
    content: {
      spec: { maxReplicas: 10, scaleTargetRef: { apiVersion: 'extensions/v1beta1', kind: 'Deployment', name: 'web' } },
      status: { currentReplicas: 4 },
    },
  });
  const LIST = { 'federation.kubernetes.io/hpa-target-cluster-list': '{"Names":["a","b"]}' };
  const SCALED = v1Workload('Deployment', 9, { annotations: LIST });
  const known = (minReplicas: number, maxReplicas: number): MemberAutoscalers => {
    return { ok: true, ranges: new Map([['shop/web', { minReplicas, maxReplicas }]]) };
  };
  const MEMBERS = new Map<string, MemberAutoscalers>([
    ['a', known(2, 4)],
    ['b', known(1, 3)],
    ['c', { ok: true, ranges: new Map() }],
  ]);

  it('is frozen to what the members have', () => {
    const conversion = convert([...WORLD, HPA, SCALED], { members: MEMBERS });
    expect(specOf(conversion, 'FederatedHorizontalPodAutoscaler')).toEqual({
      template: {
        apiVersion: 'autoscaling/v1',
        spec: {
          minReplicas: 1,
          maxReplicas: 10,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        },
      },
      placement: { clusters: [{ name: 'a' }, { name: 'b' }] },
      overrides: [
        { clusterName: 'a', clusterOverrides: [entry('/spec/minReplicas', 2), entry('/spec/maxReplicas', 4)] },
        { clusterName: 'b', clusterOverrides: [entry('/spec/minReplicas', 1), entry('/spec/maxReplicas', 3)] },
      ],
    });
    expect(lossesOf(conversion, 'HorizontalPodAutoscaler.autoscaling/shop/web')).toMatchObject([
      { field: 'spec.maxReplicas' },
    ]);
    expect(rendered(conversion).findings).toEqual([]);
  });

  it('is left as it is in members of which nothing is known', () => {
    const members = new Map<string, MemberAutoscalers>([
      ['a', known(2, 4)],
      ['b', { ok: false, reason: 'it did not answer' }],
    ]);
    const conversion = convert([...WORLD, HPA, SCALED], { members });
    expect(specOf(conversion, 'FederatedHorizontalPodAutoscaler')['placement']).toEqual({ clusters: [{ name: 'a' }] });
    const losses = lossesOf(conversion, 'HorizontalPodAutoscaler.autoscaling/shop/web');
    // The target says that there is none in c.
    expect(losses.map(({ field }) => field)).toEqual(['placement of b', 'spec.maxReplicas']);
    expect(losses[0]?.reason).toContain('it did not answer');
  });

  it.each([
    ['is not there', [], 'There is no Deployment shop/web'],
    ['does not say that it is scaled', [v1Workload('Deployment', 9)], 'fights with the autoscaler'],
  ])('whose target %s is told of', (_, objects, reason) => {
    const conversion = convert([...WORLD, HPA, ...objects], { members: MEMBERS });
    const losses = lossesOf(conversion, 'HorizontalPodAutoscaler.autoscaling/shop/web');
    expect(losses.find(({ field }) => field === 'spec.scaleTargetRef')?.reason).toContain(reason);
  });
});

describe('a Job', () => {
  const job = (spec: JsonObject): JsonObject =>
    v1('batch/v1', 'Job', {
      name: 'app',
      namespace: 'ns',
      content: { spec: { template: {}, selector: { matchLabels: { 'controller-uid': 'x' } }, ...spec }, status: {} },
    });
  // The order of equal weights is that of a hash over name and key.
  const NAMED = ['A', 'B', 'C'].map((name) => v1Cluster(name));

  it('is split as the planner split it, and clusters without a share are left out', () => {
    const conversion = convert([...NAMED, job({ parallelism: 2, completions: 10 })]);
    expect(specOf(conversion, 'FederatedJob')).toEqual({
      template: {
        spec: {
          template: {},
          selector: { matchLabels: { 'controller-uid': 'x' } },
          manualSelector: true,
          parallelism: 2,
          completions: 10,
        },
      },
      placement: { clusters: [{ name: 'A' }, { name: 'B' }] },
      overrides: [
        { clusterName: 'A', clusterOverrides: [entry('/spec/parallelism', 1), entry('/spec/completions', 4)] },
        { clusterName: 'B', clusterOverrides: [entry('/spec/parallelism', 1), entry('/spec/completions', 4)] },
      ],
    });
    // The two of the third cluster had nobody to do them in Federation v1 either.
    expect(lossesOf(conversion, 'Job.batch/ns/app')).toMatchObject([{ field: 'spec.completions' }]);
    expect(rendered(conversion).findings).toEqual([]);
  });

  it('without completions has none anywhere', () => {
    const conversion = convert([...NAMED, job({ parallelism: 3 })]);
    expect(JSON.stringify(specOf(conversion, 'FederatedJob'))).not.toContain('completions');
  });

  it('that names no numbers runs once', () => {
    const conversion = convert([...NAMED, job({})]);
    expect(specOf(conversion, 'FederatedJob')['placement']).toEqual({ clusters: [{ name: 'B' }] });
  });

  it('gives clusters that are not ready nothing, and says so', () => {
    const unready = v1Cluster('B', { content: { status: { conditions: [{ type: 'Offline', status: 'True' }] } } });
    const conversion = convert([v1Cluster('A'), unready, job({ parallelism: 4, completions: 4 })]);
    expect(specOf(conversion, 'FederatedJob')['placement']).toEqual({ clusters: [{ name: 'A' }] });
    expect(lossesOf(conversion, 'Job.batch/ns/app')[0]?.reason).toContain('B');
  });

  it('without a selector is told of', () => {
    const conversion = convert([...NAMED, v1('batch/v1', 'Job', { content: { spec: { template: {} } } })]);
    expect(lossesOf(conversion, 'Job.batch/shop/web')).toMatchObject([{ field: 'spec.selector' }]);
    expect((specOf(conversion, 'FederatedJob')['template'] as JsonObject)['spec']).not.toHaveProperty('manualSelector');
  });
});

describe('a Service', () => {
  const spec = {
    type: 'LoadBalancer',
    clusterIP: '10.0.0.7',
    ports: [{ port: 80, protocol: 'TCP', nodePort: 30_080 }],
    selector: { app: 'web' },
  };
  const LOCATED = [
    v1Cluster('a', { content: { status: { region: 'r1', zones: ['z1', 'z2'] } } }),
    v1Cluster('b', { content: { status: { region: 'r1', zones: ['z3'] } } }),
    v1Cluster('c'),
    NAMESPACE,
  ];

  it('loses its address and its node ports', () => {
    const conversion = convert([...WORLD, v1('v1', 'Service', { content: { spec: { ...spec, type: 'NodePort' } } })]);
    expect(specOf(conversion, 'FederatedService')['template']).toEqual({
      spec: { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }], selector: { app: 'web' } },
    });
    expect(lossesOf(conversion, 'Service/shop/web')).toMatchObject([
      { field: 'spec.clusterIP, spec.ports[].nodePort' },
    ]);
  });

  it('without an address of its own keeps that', () => {
    const conversion = convert([...WORLD, v1('v1', 'Service', { content: { spec: { clusterIP: 'None' } } })]);
    expect(specOf(conversion, 'FederatedService')['template']).toEqual({ spec: { clusterIP: 'None' } });
    expect(conversion.losses.filter(({ object }) => object.startsWith('Service'))).toEqual([]);
  });

  it('of type LoadBalancer loses its names in DNS, which are listed', () => {
    const conversion = convert([...LOCATED, v1('v1', 'Service', { content: { spec } })], {
      federationName: 'fed',
      dnsZone: 'example.com.',
    });
    const loss = lossesOf(conversion, 'Service/shop/web').find(({ field }) => field === 'DNS');
    expect(loss?.reason).toMatch(
      /: web\.shop\.fed\.svc\.example\.com, web\.shop\.fed\.svc\.r1\.example\.com, web\.shop\.fed\.svc\.z1\.r1\.example\.com, web\.shop\.fed\.svc\.z3\.r1\.example\.com\.$/,
    );
  });

  it('has names only where it has a load balancer, and the name of the federation from what kubefed made', () => {
    const annotations = {
      'federation.kubernetes.io/service-ingresses': '{"items":[{"cluster":"b","items":[{"ip":"192.0.2.1"}]}]}',
      'federation.alpha.kubernetes.io/federation-name': 'fed',
    };
    const conversion = convert([...LOCATED, v1('v1', 'Service', { annotations, content: { spec } })]);
    const loss = lossesOf(conversion, 'Service/shop/web').find(({ field }) => field === 'DNS');
    expect(loss?.reason).toContain('web.shop.fed.svc.z3.r1.<dns-zone>');
    expect(loss?.reason).not.toContain('z1');
  });
});

describe('an Ingress', () => {
  it('is moved to networking.k8s.io/v1', () => {
    const content = {
      spec: {
        backend: { serviceName: 'web', servicePort: 'http' },
        tls: [{ secretName: 'front' }],
        rules: [
          { host: 'a.example', http: { paths: [{ path: '/x', backend: { serviceName: 'web', servicePort: 80 } }] } },
          { host: 'b.example' },
        ],
      },
      status: { loadBalancer: {} },
    };
    const conversion = convert([...WORLD, v1('extensions/v1beta1', 'Ingress', { content })]);
    const paths = [
      {
        path: '/x',
        pathType: 'ImplementationSpecific',
        backend: { service: { name: 'web', port: { number: 80 } } },
      },
    ];
    expect(specOf(conversion, 'FederatedIngress')['template']).toEqual({
      spec: {
        defaultBackend: { service: { name: 'web', port: { name: 'http' } } },
        tls: [{ secretName: 'front' }],
        rules: [{ host: 'a.example', http: { paths } }, { host: 'b.example' }],
      },
    });
    expect(lossesOf(conversion, 'federation')).toMatchObject([{ field: 'Ingress' }]);
  });

  it('has no use for the uid that load balancer controllers shared', () => {
    const uid = v1('v1', 'ConfigMap', {
      name: 'ingress-uid',
      namespace: 'kube-system',
      content: { data: { uid: 'x' } },
    });
    const conversion = convert([...WORLD, uid]);
    expect(manifestsOf(conversion, 'FederatedConfigMap')).toEqual([]);
    expect(lossesOf(conversion, 'ConfigMap/kube-system/ingress-uid')).toHaveLength(1);
  });
});

describe('what was left in members at a deletion', () => {
  const CONFIG = v1('v1', 'ConfigMap', { finalizers: ['orphan'], content: { data: {} } });

  it('is deleted from now on, which is told once', () => {
    const conversion = convert([...WORLD, CONFIG]);
    expect(manifestOf(conversion, 'FederatedConfigMap')['metadata']).not.toHaveProperty('annotations');
    expect(lossesOf(conversion, 'federation')).toMatchObject([{ field: 'metadata.finalizers' }]);
  });

  it('is kept with --keep-orphan-default, and only what was', () => {
    const other = v1('v1', 'ConfigMap', { name: 'other', content: { data: {} } });
    const conversion = convert([...WORLD, CONFIG, other], { keepOrphanDefault: true });
    const [kept, plain] = ['other', 'web'].map((name) => {
      return manifestsOf(conversion, 'FederatedConfigMap').find(
        ({ metadata }) => (metadata as JsonObject)['name'] === name,
      );
    });
    expect(plain?.['metadata']).toMatchObject({ annotations: { 'kubefed.io/orphan': 'true' } });
    expect(kept?.['metadata']).not.toHaveProperty('annotations');
    expect(lossesOf(conversion, 'federation')).toEqual([]);
  });
});

describe('what is not imported', () => {
  it.each([
    [
      'a policy',
      v1('v1', 'ConfigMap', { namespace: 'kube-federation-scheduling-policy' }),
      'federation',
      'kube-federation-scheduling-policy',
    ],
    ['an Event', v1('v1', 'Event'), 'federation', 'Events'],
    ['a StatefulSet', v1('apps/v1', 'StatefulSet'), 'StatefulSet.apps/shop/web', 'kind'],
    ['a custom resource', v1('example.com/v1', 'Widget'), 'Widget.example.com/shop/web', 'kind'],
    [
      'a kind in a version that it never had',
      v1('autoscaling/v2beta1', 'HorizontalPodAutoscaler'),
      'HorizontalPodAutoscaler.autoscaling/shop/web',
      'kind',
    ],
    [
      'the default ServiceAccount',
      v1('v1', 'ServiceAccount', { name: 'default' }),
      'ServiceAccount/shop/default',
      'metadata',
    ],
    [
      'what an API server knows its clients by',
      v1('v1', 'ConfigMap', { name: 'extension-apiserver-authentication', namespace: 'kube-system' }),
      'ConfigMap/kube-system/extension-apiserver-authentication',
      'metadata',
    ],
    [
      'a token of a ServiceAccount',
      v1('v1', 'Secret', { content: { type: 'kubernetes.io/service-account-token' } }),
      'Secret/shop/web',
      'metadata',
    ],
  ])('of %s is told', (_, object, name, field) => {
    const conversion = convert([...WORLD, object]);
    expect(conversion.files.map(({ file }) => file)).toEqual([
      'clusters/a.yaml',
      'clusters/b.yaml',
      'clusters/c.yaml',
      'shop/Namespace-shop.yaml',
    ]);
    expect(lossesOf(conversion, name).filter((loss) => loss.field.includes(field))).toHaveLength(1);
  });

  it('is every Secret where that is wanted', () => {
    const conversion = convert([...WORLD, v1('v1', 'Secret', { content: { data: { a: 'eA==' } } })], {
      omitSecrets: true,
    });
    expect(manifestsOf(conversion, 'FederatedSecret')).toEqual([]);
    expect(lossesOf(conversion, 'Secret/shop/web')).toMatchObject([{ field: 'data' }]);
  });
});

describe('what the federation did not do', () => {
  it('is told of a ServiceAccount, which it brought to no member', () => {
    const conversion = convert([...WORLD, v1('v1', 'ServiceAccount', { name: 'robot' })]);
    expect(manifestsOf(conversion, 'FederatedServiceAccount')).toHaveLength(1);
    expect(lossesOf(conversion, 'ServiceAccount/shop/robot')).toHaveLength(1);
  });

  it('is told of a namespace that was not read', () => {
    const conversion = convert([A, v1('v1', 'ConfigMap', { content: { data: {} } })]);
    expect(specOf(conversion, 'FederatedNamespace')['placement']).toEqual({ clusterSelector: {} });
    expect(lossesOf(conversion, 'Namespace/shop')).toMatchObject([{ field: 'placement' }]);
  });

  it('is no namespace that is being deleted', () => {
    const going = v1('v1', 'Namespace', { name: 'shop' });
    const metadata = { ...(going['metadata'] as JsonObject), deletionTimestamp: '2018-04-05T10:00:00Z' };
    const conversion = convert([A, { ...going, metadata }, v1('v1', 'ConfigMap', { content: { data: {} } })]);
    expect(manifestsOf(conversion, 'FederatedNamespace')).toEqual([]);
    expect(lossesOf(conversion, 'Namespace/shop')[0]?.reason).toContain('is being deleted');
    expect(rendered(conversion).clusters.flatMap(({ objects }) => objects)).toEqual([]);
  });

  it('is no namespace for nothing: those of every cluster come along only with what is in them', () => {
    const own = ['default', 'kube-system', 'kube-public'].map((name) => v1('v1', 'Namespace', { name }));
    const conversion = convert([A, ...own, v1('v1', 'ConfigMap', { namespace: 'default', content: { data: {} } })]);
    expect(manifestOf(conversion, 'FederatedNamespace')['metadata']).toMatchObject({ name: 'default' });
  });
});

function entry(path: string, value: number): object {
  return { path, value };
}
