import { type JsonObject, jsonEquals, LAST_APPLIED_ANNOTATION } from '../core/index.ts';
import type { WorkloadChange } from './types.ts';
import { deploymentStatus } from './workload-deployment-status.ts';
import {
  compareAge,
  controllerReference,
  countAt,
  hashOf,
  isDeleted,
  listAt,
  mappingAt,
  textAt,
  valueAt,
  wantedReplicas,
} from './workload-objects.ts';
import { DESIRED_ANNOTATION, firstReplicas, nextReplicas, type Rollout, rolloutLimits } from './workload-rollouts.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
const MAX_ANNOTATION = 'deployment.kubernetes.io/max-replicas';
const HISTORY = 10;

/** What becomes of a Deployment and its ReplicaSets. */
export function planDeployment(
  deployment: JsonObject,
  replicaSets: readonly JsonObject[],
  { takenNames, now }: { readonly takenNames: ReadonlySet<string>; readonly now: string },
): readonly WorkloadChange[] {
  const hash = templateHash(deployment, replicaSets, takenNames);
  const owned = replicaSets.filter((replicaSet) => !isDeleted(replicaSet)).sort(compareAge);
  const current = owned.find((replicaSet) => hashOfReplicaSet(replicaSet) === hash);
  const rollout: Rollout = { deployment, current, former: owned.filter((replicaSet) => replicaSet !== current) };
  const changes = isDeleted(deployment) ? [] : [...planReplicaSets(rollout, hash), ...planHistory(rollout)];
  const status = deploymentStatus(rollout, now);
  if (jsonEquals(mappingAt(deployment, 'status'), status)) return changes;
  return [...changes, { type: 'updateStatus', object: { ...deployment, status } }];
}

function hashOfReplicaSet(replicaSet: JsonObject): string {
  return textAt(replicaSet, 'metadata', 'labels', HASH_LABEL);
}

/** Another one where somebody else's ReplicaSet has the name already. */
function templateHash(
  deployment: JsonObject,
  replicaSets: readonly JsonObject[],
  takenNames: ReadonlySet<string>,
): string {
  const own = new Set(replicaSets.map((replicaSet) => textAt(replicaSet, 'metadata', 'name')));
  const namespace = textAt(deployment, 'metadata', 'namespace');
  const template = mappingAt(deployment, 'spec', 'template');
  for (let attempt = 0; ; attempt += 1) {
    const hash = attempt === 0 ? knownHash(template) : hashOf([template, attempt]);
    const name = `${textAt(deployment, 'metadata', 'name')}-${hash}`;
    if (own.has(name) || !takenNames.has(`${namespace}/${name}`)) return hash;
  }
}

const hashes = new WeakMap<JsonObject, string>();

/** Most templates are the same ones as the last time. */
function knownHash(template: JsonObject): string {
  const known = hashes.get(template);
  if (known !== undefined) return known;
  const hash = hashOf(template);
  hashes.set(template, hash);
  return hash;
}

function planReplicaSets(rollout: Rollout, hash: string): readonly WorkloadChange[] {
  const { deployment, current, former } = rollout;
  const isPaused = valueAt(deployment, 'spec', 'paused') === true;
  const revision = revisionFor(rollout);
  const next = nextReplicas(rollout);
  const scaled = [...former, ...(current === undefined ? [] : [current])].flatMap(
    (replicaSet): readonly WorkloadChange[] => {
      const replicas = next.get(textAt(replicaSet, 'metadata', 'name')) ?? wantedReplicas(replicaSet);
      const annotations = replicaSet === current ? { [REVISION_ANNOTATION]: `${revision}` } : {};
      const changed = scaledReplicaSet(replicaSet, replicas, { ...scaleAnnotations(deployment), ...annotations });
      return jsonEquals(changed, replicaSet) ? [] : [{ type: 'update', object: changed }];
    },
  );
  if (current !== undefined) return [...scaled, ...planRevision(deployment, revision)];
  return isPaused ? scaled : [{ type: 'create', object: newReplicaSet(rollout, hash, revision) }, ...scaled];
}

function revisionOf(object: JsonObject): number {
  return Number(textAt(object, 'metadata', 'annotations', REVISION_ANNOTATION)) || 0;
}

/** One more than any former one, unless it is the highest already. */
function revisionFor({ current, former }: Rollout): number {
  const highest = Math.max(0, ...former.map(revisionOf));
  const own = current === undefined ? 0 : revisionOf(current);
  return own > highest ? own : highest + 1;
}

function planRevision(deployment: JsonObject, revision: number): readonly WorkloadChange[] {
  if (revisionOf(deployment) === revision) return [];
  return [{ type: 'update', object: withAnnotations(deployment, { [REVISION_ANNOTATION]: `${revision}` }) }];
}

function withAnnotations(object: JsonObject, annotations: JsonObject): JsonObject {
  const metadata = mappingAt(object, 'metadata');
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...mappingAt(metadata, 'annotations'), ...annotations } },
  };
}

function scaleAnnotations(deployment: JsonObject): JsonObject {
  const wanted = wantedReplicas(deployment);
  const { maxSurge } = rolloutLimits(deployment);
  return { [DESIRED_ANNOTATION]: `${wanted}`, [MAX_ANNOTATION]: `${wanted + maxSurge}` };
}

function scaledReplicaSet(replicaSet: JsonObject, replicas: number, annotations: JsonObject): JsonObject {
  const annotated = withAnnotations(replicaSet, annotations);
  return { ...annotated, spec: { ...mappingAt(replicaSet, 'spec'), replicas } };
}

function newReplicaSet(rollout: Rollout, hash: string, revision: number): JsonObject {
  const { deployment } = rollout;
  const { selector = {}, minReadySeconds } = mappingAt(deployment, 'spec');
  const template = mappingAt(deployment, 'spec', 'template');
  const labels = { ...mappingAt(template, 'metadata', 'labels'), [HASH_LABEL]: hash };
  const annotations = { ...mappingAt(deployment, 'metadata', 'annotations'), ...scaleAnnotations(deployment) };
  const { [LAST_APPLIED_ANNOTATION]: _lastApplied, ...copied } = annotations as JsonObject;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${textAt(deployment, 'metadata', 'name')}-${hash}`,
      namespace: textAt(deployment, 'metadata', 'namespace'),
      labels,
      annotations: { ...copied, [REVISION_ANNOTATION]: `${revision}` },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: firstReplicas(rollout),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: {
        ...mappingAt(selector),
        matchLabels: { ...mappingAt(selector, 'matchLabels'), [HASH_LABEL]: hash },
      },
      template: { ...template, metadata: { ...mappingAt(template, 'metadata'), labels } },
    },
  };
}

/** Of former ReplicaSets without Pods, the oldest go when there are too many. */
function planHistory({ deployment, former }: Rollout): readonly WorkloadChange[] {
  const limit = valueAt(deployment, 'spec', 'revisionHistoryLimit');
  const idle = former.filter(
    (replicaSet) =>
      wantedReplicas(replicaSet) === 0 &&
      countAt(replicaSet, 'status', 'replicas') === 0 &&
      listAt(replicaSet, 'metadata', 'finalizers').length === 0,
  );
  const surplus = idle.length - (typeof limit === 'number' ? limit : HISTORY);
  return idle
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, surplus))
    .map((object) => ({ type: 'delete', object }));
}
