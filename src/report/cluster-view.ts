import { isJsonObject, type JsonObject, objectIdKey } from '../core/index.ts';
import { HEALTH_STATUSES, type HealthStatus } from '../drift/index.ts';
import { parseObjectsFile } from './objects-file.ts';
import { isReadyDocument } from './status-cluster.ts';
import { previousCondition, timeOf } from './status-conditions.ts';
import { type DriftEntry, type DriftState, readDrift } from './status-drift.ts';
import type { StatusMemo } from './status-memo.ts';
import { type ObjectState, type ObjectsFile, readDocument, textOf } from './status-objects.ts';
import { truthPaths } from './status-truth.ts';

/** What the files of a cluster say of it. */
export interface ClusterView {
  readonly name: string;
  readonly isReady: boolean;
  readonly state: ClusterState;
  /** Why it is not ready, in KubeFed's word and sentence, and since when; absent where it was never asked. */
  readonly trouble?: { readonly reason: string; readonly message: string; readonly since?: string };
  readonly kubernetesVersion?: string;
  readonly region?: string;
  /** By `objectIdKey`, sorted by identity. */
  readonly objects: ReadonlyMap<string, ObjectState>;
  readonly hasObjects: boolean;
  readonly drift: readonly DriftEntry[];
  /** Objects that are neither in order nor wanted so. What is only told of drift is in `drift`. */
  readonly problems: readonly ObjectState[];
  /** Objects without a problem that their cluster does not say are well. */
  readonly unwell: readonly ObjectState[];
  readonly health: Readonly<Record<HealthStatus, number>>;
  readonly driftCounts: Readonly<Record<DriftState, number>>;
}

export type ClusterState = 'Synced' | 'Failed' | 'NotReady' | 'Suspended';

/** Reads what the files say of a cluster; each once as long as they stay the same. */
export function clusterView(
  name: string,
  isSuspended: boolean,
  truth: ReadonlyMap<string, string>,
  memo: StatusMemo,
): ClusterView {
  const texts = truthPaths(name).map((path) => truth.get(path));
  const inputs = [isSuspended, ...texts];
  const known = memo.views.get(name);
  if (known?.inputs.every((input, index) => input === inputs[index]) === true) return known.view;
  const view = readView(name, isSuspended, texts, memo);
  memo.views.set(name, { inputs, view });
  return view;
}

function readView(
  name: string,
  isSuspended: boolean,
  [clusterText, objectsText, driftText]: readonly (string | undefined)[],
  memo: StatusMemo,
): ClusterView {
  const [clusterPath = '', objectsPath = '', driftPath = ''] = truthPaths(name);
  const document = clusterText === undefined ? undefined : memo.documents.get(clusterPath, clusterText, readDocument);
  const file: ObjectsFile =
    objectsText === undefined
      ? { objects: [] }
      : memo.objectsFiles.get(objectsPath, objectsText, (path, text) => parseObjectsFile(path, text, memo.objects));
  const drift = readDrift(driftPath, driftText);
  const isReady = isReadyDocument(document);
  const problems = problemsOf(file.objects);
  const status = isJsonObject(document?.status) ? document.status : {};
  const [kubernetesVersion, region] = [textOf(status, 'kubernetesVersion'), textOf(status, 'region')];
  const trouble = isReady ? undefined : troubleOf(document);
  return {
    name,
    isReady,
    state: isSuspended ? 'Suspended' : isReady ? (file.state ?? stateOf(problems)) : 'NotReady',
    ...(trouble === undefined ? {} : { trouble }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(region === undefined ? {} : { region }),
    objects: new Map(file.objects.map((state) => [objectIdKey(state.id), state])),
    hasObjects: objectsText !== undefined,
    drift,
    problems,
    unwell: file.objects.filter(isUnwell),
    health: countHealth(file.objects),
    driftCounts: countDrift(drift),
  };
}

/** For files of earlier versions, which did not say so. */
function stateOf(problems: readonly ObjectState[]): ClusterState {
  const settles = new Set(['WaitingForRemoval', 'NamespaceShared']);
  return problems.some(({ status }) => !settles.has(status)) ? 'Failed' : 'Synced';
}

/** In order, wanted so by somebody, or told as drift. */
const NO_PROBLEM: ReadonlySet<string> = new Set(['', 'Suspended', 'KeptByAnnotation', 'KeptLive', 'Drifted']);

/** What is neither in order nor wanted so. */
export function problemsOf(objects: readonly ObjectState[]): readonly ObjectState[] {
  return objects.filter(({ status }) => !NO_PROBLEM.has(status));
}

function isUnwell({ status, health }: ObjectState): boolean {
  return status === '' && health !== undefined && health !== 'Current';
}

function countHealth(objects: readonly ObjectState[]): Readonly<Record<HealthStatus, number>> {
  const counts = new Map<HealthStatus, number>();
  for (const { health = 'Unknown' } of objects) counts.set(health, (counts.get(health) ?? 0) + 1);
  const entries = HEALTH_STATUSES.map((status) => [status, counts.get(status) ?? 0] as const);
  return Object.fromEntries(entries) as Record<HealthStatus, number>;
}

function countDrift(drift: readonly DriftEntry[]): Readonly<Record<DriftState, number>> {
  const count = (wanted: DriftState): number => drift.filter(({ state }) => state === wanted).length;
  return { corrected: count('corrected'), reported: count('reported'), fought: count('fought') };
}

const TROUBLES = ['ConfigMalformed', 'Offline', 'Ready'];

function troubleOf(document: JsonObject | undefined): ClusterView['trouble'] {
  const conditions = TROUBLES.map((type) => previousCondition(document, type)).filter((one) => one !== undefined);
  const [condition] = conditions.filter(({ type, status }) => status === (type === 'Ready' ? 'False' : 'True'));
  if (condition === undefined) return undefined;
  const since = timeOf(condition, 'lastTransitionTime');
  return {
    reason: textOf(condition, 'reason') ?? '',
    message: textOf(condition, 'message') ?? '',
    ...(since === undefined ? {} : { since }),
  };
}
