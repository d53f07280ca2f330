import { compareText, isPlainYaml, Memo, quoteYaml, SharedMap } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { readObservations, workloadKey } from './observations.ts';
import type { ClusterObservation, Observations, WorkloadObservation } from './types.ts';

const HEAD = 'apiVersion: gitfed.io/v1alpha1\nkind: Observations\nclusters:\n';

/**
 * The text of `observations/NAME.yaml` on the status branch: a document of kind Observations with one cluster, a line for each workload,
 * sorted by kind, namespace and name. Pure: the same observation gives the same bytes.
 */
export function formatObservation(cluster: string, { ready, workloads }: ClusterObservation): string {
  const lines = [...workloads]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, workload]) => workloadLines.get(workload, key));
  const list = lines.length === 0 ? ' []\n' : `\n${lines.join('')}`;
  return `${HEAD}  ${flowText(cluster)}:\n    ready: ${ready}\n    workloads:${list}`;
}

/** Observations stay for long, and a file holds thousands of them. */
const workloadLines = new Memo(formatWorkload);

function formatWorkload(workload: WorkloadObservation, key: string): string {
  const [kind = '', namespace = '', name = ''] = key.split('\n').map(flowText);
  const { specReplicas, readyReplicas, runningAndReadyPods, unschedulablePods, capacity, demand } = workload;
  const counts = `specReplicas: ${specReplicas}, readyReplicas: ${readyReplicas}, runningAndReadyPods: ${runningAndReadyPods}, unschedulablePods: ${unschedulablePods}`;
  const limit = capacity === undefined ? '' : `, capacity: ${capacity}`;
  const forWhat = demand === undefined ? '' : `, demand: ${flowText(demand)}`;
  return `    - {kind: ${kind}, namespace: ${namespace}, name: ${name}, ${counts}${limit}${forWhat}}\n`;
}

function flowText(text: string): string {
  return isPlainYaml(text) && FLOW.test(text) ? text : quoteYaml(text);
}

const FLOW = /^[A-Za-z][A-Za-z0-9.-]*$/;

/**
 * Reads the files of the folder `observations/` of a status branch.
 *
 * @param files path below that folder → text. What does not end in `.yaml` is left alone.
 * @throws {GitfedError} `CONFIG` naming the file, where one cannot be read or a cluster has two.
 */
export function readObservationFiles(files: ReadonlyMap<string, string>): Observations {
  const clusters = new Map<string, ClusterObservation>();
  for (const [path, text] of [...files].sort(([a], [b]) => compareText(a, b))) {
    if (!path.endsWith('.yaml')) continue;
    const file = `observations/${path}`;
    for (const [name, observation] of (readWritten(text) ?? readObservations(text, file)).clusters) {
      if (clusters.has(name)) {
        throw new GitfedError(
          'CONFIG',
          `${file}: cluster ${name} stands in another file of this folder too: remove one`,
        );
      }
      clusters.set(name, observation);
    }
  }
  return { clusters };
}

const TEXT = '([A-Za-z][A-Za-z0-9.-]*)';
const INTEGER = '(-?(?:0|[1-9]\\d{0,17}))';
const HEAD_LINES = new RegExp(
  `^${HEAD.replaceAll('.', '\\.')} {2}${TEXT}:\\n {4}ready: (true|false)\\n {4}workloads:( \\[\\])?\\n`,
);
const WORKLOAD_LINE = new RegExp(
  `^ {4}- \\{kind: ${TEXT}, namespace: ${TEXT}, name: ${TEXT}, specReplicas: ${INTEGER}, readyReplicas: ${INTEGER}, runningAndReadyPods: ${INTEGER}, unschedulablePods: ${INTEGER}(?:, capacity: ${INTEGER})?(?:, demand: ${TEXT})?\\}$`,
);

/** Reads a file that is as it was written, many times faster than a YAML parser; `undefined` for any other. */
function readWritten(text: string): Observations | undefined {
  const [head, name = '', ready, nothing] = HEAD_LINES.exec(text) ?? [];
  if (head === undefined || !text.endsWith('\n') || !isPlainYaml(name)) return undefined;
  if (nothing !== undefined && text.length > head.length) return undefined;
  const entries = new Map<string, WorkloadObservation>();
  const lines = text.slice(head.length).split('\n').slice(0, -1);
  for (const line of lines) {
    const match = WORKLOAD_LINE.exec(line);
    if (match === null) return undefined;
    const [, kind = '', namespace = '', workload = '', spec = '', current = '', running = '', pending = ''] = match;
    const [capacity, demand] = [match[8], match[9]];
    const key = workloadKey(kind, namespace, workload);
    if (![kind, namespace, workload, demand ?? 'd'].every(isPlainYaml) || entries.has(key)) return undefined;
    entries.set(key, {
      specReplicas: BigInt(spec),
      readyReplicas: BigInt(current),
      runningAndReadyPods: BigInt(running),
      unschedulablePods: BigInt(pending),
      ...(capacity === undefined ? {} : { capacity: BigInt(capacity) }),
      ...(demand === undefined ? {} : { demand }),
    });
  }
  return { clusters: new Map([[name, { ready: ready === 'true', workloads: SharedMap.of(entries) }]]) };
}
