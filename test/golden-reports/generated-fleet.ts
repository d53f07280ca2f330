import { cluster, documents, federated, federatedNamespace } from '../helpers/model-of.ts';
import type { Files } from './pull-request.ts';

export interface FleetOptions {
  readonly clusters?: number;
  readonly objects?: number;
  readonly tag?: string;
  /** More below `spec` of an object, by its number; YAML in flow style. */
  readonly more?: (index: number) => string;
  /** The data of its ConfigMaps. */
  readonly data?: (index: number) => string;
}

export function clusterName(index: number): string {
  return `c${String(index).padStart(3, '0')}`;
}

/** 100 clusters × 500 objects, unless something else is said: four of five are Deployments, the others ConfigMaps. */
export function generatedFleet(options: FleetOptions = {}): Files {
  const { clusters = 100, objects = 500, tag = '1.0', more = () => '', data = () => '{mode: plain}' } = options;
  const names = Array.from({ length: clusters }, (_, index) => cluster(clusterName(index), { ring: `r${index % 4}` }));
  const files = Array.from({ length: objects }, (_, index): [string, string] => {
    const name = `app-${String(index).padStart(3, '0')}`;
    const everywhere = `placement: {clusterSelector: {}}${more(index)}`;
    const metadata = `{name: ${name}, namespace: fleet}`;
    const isWorkload = index % 5 !== 0;
    const spec = `{replicas: 4, selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: app, image: 'registry.example/${name}:${tag}'}]}}}`;
    const text = isWorkload
      ? federated('FederatedDeployment', `{template: {spec: ${spec}}, ${everywhere}}`, metadata)
      : federated('FederatedConfigMap', `{template: {data: ${data(index)}}, ${everywhere}}`, metadata);
    return [`apps/${name}.yaml`, text];
  });
  return {
    'fleet.yaml': documents(...names, federatedNamespace('fleet')),
    ...Object.fromEntries(files),
  };
}
