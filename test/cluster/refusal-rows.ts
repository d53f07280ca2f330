import { typeConfigYaml } from './acceptance-kinds.ts';
import { EVERYWHERE, federatedYaml } from './fleet.ts';
import { CANARY } from './refused-passes.ts';

const LABELS = { app: 'web' };

export function federated(namespace: string, kind: string, name: string, template: object, annotations = {}): string {
  const spec = { template, placement: EVERYWHERE };
  return federatedYaml(`Federated${kind}`, name, { namespace, spec, annotations });
}

/** A Deployment whose one container has so many variables of 100 kB. */
export function deployment(spec: object = {}, variables = 0): object {
  const env = Array.from({ length: variables }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(100_000) }));
  const template = { metadata: { labels: LABELS }, spec: { containers: [{ name: 'web', image: 'web:1', env }] } };
  return { spec: { selector: { matchLabels: LABELS }, template, ...spec } };
}

export function claim(storage: string): object {
  return { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } };
}

const SERVICE = { spec: { ports: [{ port: 80 }] } };
const SCALER = { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 } };

export function scalerType(version: string): string {
  const plural = 'horizontalpodautoscalers';
  return typeConfigYaml({
    kind: 'HorizontalPodAutoscaler',
    group: 'autoscaling',
    version,
    plural,
    scope: 'Namespaced',
  });
}

/** One object that the API server does not make: how it is told, and what makes it right. */
export interface Refusal {
  readonly kind: string;
  readonly name: string;
  readonly template: object;
  readonly told: RegExp;
  /** Without it the cluster is what has to be put right. */
  readonly right?: { readonly template: object; readonly name?: string };
}

const TOO_LARGE = /^CreationFailed: The API server answered 500: the object has more than 1 MB and is too large/;

export const REFUSALS: readonly Refusal[] = [
  {
    kind: 'Deployment',
    name: 'unknown-field',
    template: deployment({ replica: 3 }),
    told: /^CreationFailed: The API server answered 500 \(\.spec\.replica\): the kind has no such field/,
    right: { template: deployment({ replicas: 3 }) },
  },
  {
    kind: 'Deployment',
    name: 'wrong-type',
    template: deployment({ replicas: CANARY }),
    told: /^CreationFailed: The API server answered 500 \(\.spec\.replicas\): .* its value is of another type/,
    right: { template: deployment({ replicas: 3 }) },
  },
  {
    kind: 'Deployment',
    name: 'wrong-value',
    template: deployment({ replicas: -3 }),
    told: /^CreationFailed: The API server answered 422 Invalid \(\.spec\.replicas\): the kind does not allow this value/,
    right: { template: deployment({ replicas: 3 }) },
  },
  {
    kind: 'Deployment',
    name: 'too-large-to-store',
    template: deployment({}, 16),
    told: TOO_LARGE,
    right: { template: deployment({}, 13) },
  },
  {
    kind: 'Deployment',
    name: 'too-large-to-pass-on',
    template: deployment({}, 22),
    told: TOO_LARGE,
    right: { template: deployment() },
  },
  {
    kind: 'Deployment',
    name: 'too-large-to-send',
    template: deployment({}, 33),
    told: /^CreationFailed: The API server answered 413 RequestEntityTooLarge: .* Split it into several objects\.$/,
    right: { template: deployment() },
  },
  {
    kind: 'ConfigMap',
    name: 'too-large-map',
    template: { data: { a: 'x'.repeat(1_100_000) } },
    told: /^CreationFailed: The API server answered 422 Invalid: .* a ConfigMap or a Secret holds 1 MiB/,
    right: { template: { data: { a: 'x' } } },
  },
  {
    kind: 'ConfigMap',
    name: 'too-much-annotated',
    template: { metadata: { annotations: { note: 'x'.repeat(270_000) } }, data: { a: 'x' } },
    told: /^CreationFailed: The API server answered 422 Invalid \(\.metadata\.annotations\): /,
    right: { template: { data: { a: 'x' } } },
  },
  {
    kind: 'ConfigMap',
    name: 'refused-by-policy',
    template: { data: { refused: 'yes' } },
    told: /^CreationFailed: The API server answered 422 Invalid: .* or an admission policy of the cluster refuses it/,
    right: { template: { data: { a: 'x' } } },
  },
  {
    kind: 'PersistentVolumeClaim',
    name: 'beyond-the-limit-range',
    template: claim('5Gi'),
    told: /^CreationFailed: The API server answered 403 Forbidden: .* a quota, a LimitRange or an admission policy/,
    right: { template: claim('1Gi') },
  },
  {
    kind: 'Service',
    // Fine for most kinds.
    name: '1.name',
    template: SERVICE,
    told: /^CreationFailed: The API server answered 422 Invalid \(\.metadata\.name\): the kind does not allow/,
    right: { template: SERVICE, name: 'one-name' },
  },
  {
    kind: 'HorizontalPodAutoscaler',
    name: 'of-a-version-that-is-gone',
    template: SCALER,
    told: /^CreationFailed: The cluster does not serve autoscaling\/v2beta2 HorizontalPodAutoscaler: /,
  },
  {
    kind: 'Gadget',
    name: 'without-definition',
    template: { spec: { size: 1 } },
    told: /^CreationFailed: The cluster does not serve refused\.example\/v1 Gadget: its CustomResourceDefinition is missing/,
  },
  {
    kind: 'ServiceAccount',
    name: 'without-webhook',
    template: {},
    told: /^CreationFailed: The API server answered 500 InternalError: .* an admission webhook that does not answer/,
  },
];
