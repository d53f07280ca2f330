import { compareFindings } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import { plainText } from '../report/plain-text.ts';

/** Another number of replicas for one cluster. */
export interface ReplicaMove {
  /** `FederatedDeployment/ns/name`. */
  readonly workload: string;
  readonly cluster: string;
  /** `undefined`: it was not planned there. */
  readonly from: bigint | undefined;
  /** `undefined`: it is not planned there any more. */
  readonly to: bigint | undefined;
}

const NONE: ReadonlyMap<string, bigint> = new Map();

/** What another plan plans otherwise, in order of workloads and clusters. */
export function replicaMoves(before: Rendering['replicas'], after: Rendering['replicas']): readonly ReplicaMove[] {
  const workloads = [...new Set([...before.keys(), ...after.keys()])];
  return workloads.flatMap((workload) => {
    const [old, now] = [before.get(workload) ?? NONE, after.get(workload) ?? NONE];
    if (old === now) return [];
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((cluster) => {
      const [from, to] = [old.get(cluster), now.get(cluster)];
      return from === to ? [] : [{ workload, cluster, from, to }];
    });
  });
}

/** What moved, for the first line of a commit. */
export function movesSubject(moves: readonly ReplicaMove[]): string {
  const [first = '', ...others] = new Set(moves.map(({ workload }) => workload));
  if (first === '') return 'replicas planned anew';
  return `replicas of ${others.length === 0 ? plainText(first) : `${others.length + 1} workloads`} moved`;
}

/** Whether two renderings of one model are the same: observations count for nothing but numbers of replicas, and what is said of them. */
export function isSamePlan(a: Rendering, b: Rendering): boolean {
  return replicaMoves(a.replicas, b.replicas).length === 0 && isSameFindings(a.findings, b.findings);
}

function isSameFindings(a: Rendering['findings'], b: Rendering['findings']): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index];
      return other !== undefined && (one === other || compareFindings(one, other) === 0);
    })
  );
}
