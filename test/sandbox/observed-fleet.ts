import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { DaemonOptions } from '../../src/daemon/daemon.ts';
import type { DaemonEvent } from '../../src/daemon/events.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { TestRepository, temporaryFolder } from '../helpers/git-repository.ts';
import { runDaemon } from './daemon-run.ts';

export type EventOf<Type extends DaemonEvent['type']> = Extract<DaemonEvent, { readonly type: Type }>;

/** Settings under which a test sees in seconds what takes minutes. */
export const QUICK = `inventory: shop
observation: {unschedulableAfter: 1s}
failback: {stabilization: 2s}
status: {minInterval: 1s}
`;

const KUBEFED_CONFIG = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed, namespace: kube-federation-system}
spec:
  scope: Cluster
  controllerDuration: {availableDelay: 1s, unavailableDelay: 2s}
  clusterHealthCheck: {period: 1s, timeout: 1s, failureThreshold: 1, successThreshold: 1}
`;

function cluster(name: string): string {
  return `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: ${name}, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: ${name}}}
`;
}

/** A FederatedDeployment `shop/web` everywhere, and what its preference says. */
export function webOf(total: number, { rebalance = false, image = 'web:1' } = {}): string {
  return `apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: {name: shop, namespace: shop}
spec: {placement: {clusterSelector: {}}}
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: "${image}"}]}
  placement: {clusterSelector: {}}
---
apiVersion: scheduling.kubefed.io/v1alpha1
kind: ReplicaSchedulingPreference
metadata: {name: web, namespace: shop}
spec: {targetKind: FederatedDeployment, totalReplicas: ${total}, rebalance: ${rebalance}}
`;
}

/** Sandbox clusters, a repository that places a workload in all of them, and daemons that follow it. */
export class ObservedFleet {
  readonly repository = new TestRepository();
  readonly sandboxes: ReadonlyMap<string, Sandbox>;
  readonly kubeconfig = path.join(temporaryFolder(), 'kubeconfig');

  private constructor(sandboxes: ReadonlyMap<string, Sandbox>) {
    this.sandboxes = sandboxes;
    const all = [...sandboxes.values()].map((sandbox) => JSON.parse(sandbox.kubeconfig()));
    const joined = (key: string): unknown[] => all.flatMap((config) => config[key]);
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({ ...all[0], clusters: joined('clusters'), users: joined('users'), contexts: joined('contexts') }),
    );
  }

  /** @param capacities pods that fit, by cluster. */
  static async start(
    capacities: Readonly<Record<string, number>>,
    files: Readonly<Record<string, string>>,
    options: Partial<SandboxOptions> = {},
  ): Promise<ObservedFleet> {
    const started = await Promise.all(
      Object.entries(capacities).map(async ([name, capacity]): Promise<[string, Sandbox]> => {
        const sandbox = await startSandbox({ ...options, name, capacity, namespaces: ['kube-federation-system'] });
        onTestFinished(() => sandbox.stop());
        return [name, sandbox];
      }),
    );
    const fleet = new ObservedFleet(new Map(started));
    const clusters = Object.fromEntries(
      Object.keys(capacities).map((name) => [`clusters/${name}.yaml`, cluster(name)]),
    );
    fleet.repository
      .write({ 'gitfed.yaml': QUICK, 'kubefed.yaml': KUBEFED_CONFIG, ...clusters, ...files })
      .commit('A fleet');
    return fleet;
  }

  member(name: string): Sandbox {
    const sandbox = this.sandboxes.get(name);
    if (sandbox === undefined) throw new Error(`there is no cluster ${name}`);
    return sandbox;
  }

  /** How many replicas each cluster is asked for; `undefined` where the workload is not there. */
  replicas(): Readonly<Record<string, number | undefined>> {
    return Object.fromEntries(
      [...this.sandboxes].map(([name, sandbox]) => {
        const { status, body } = sandbox.request({
          method: 'GET',
          path: '/apis/apps/v1/namespaces/shop/deployments/web',
        });
        const { spec } = body as { readonly spec?: { readonly replicas?: number } };
        return [name, status === 200 ? spec?.replicas : undefined];
      }),
    );
  }

  async untilReplicas(wanted: Readonly<Record<string, number | undefined>>): Promise<void> {
    await expect.poll(() => this.replicas(), { timeout: 30_000 }).toEqual(wanted);
  }

  /** Until these replicas run, and the status branch says so. */
  async untilObserved(wanted: Readonly<Record<string, number>>): Promise<void> {
    await this.untilReplicas(wanted);
    for (const [name, count] of Object.entries(wanted)) {
      const running = `runningAndReadyPods: ${count}`;
      await expect.poll(() => this.status(`observations/${name}.yaml`), { timeout: 20_000 }).toContain(running);
    }
  }

  /** A file of the status branch; `undefined` where it is not there. */
  status(file: string): string | undefined {
    try {
      return this.repository.git('show', `gitfed/status:${file}`);
    } catch {
      return undefined;
    }
  }

  async daemon(options: Partial<DaemonOptions> = {}): Promise<RunningDaemon> {
    const members = { source: this.repository.folder, kubeconfig: this.kubeconfig };
    const { events, stop } = await runDaemon({ ...members, ...options });
    return new RunningDaemon(events, stop);
  }
}

export class RunningDaemon {
  readonly events: readonly DaemonEvent[];
  readonly stop: () => Promise<void>;

  constructor(events: readonly DaemonEvent[], stop: () => Promise<void>) {
    this.events = events;
    this.stop = stop;
  }

  of<Type extends DaemonEvent['type']>(type: Type): readonly EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** What each plan that was made from observations moved, as `CLUSTER FROM>TO`. */
  moves(): readonly string[] {
    return this.of('observed').map(({ moves }) =>
      moves.map(({ cluster, from, to }) => `${cluster} ${from ?? '-'}>${to ?? '-'}`).join(' '),
    );
  }

  async until<Type extends DaemonEvent['type']>(type: Type, count = 1): Promise<void> {
    await expect.poll(() => this.of(type).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
  }
}
