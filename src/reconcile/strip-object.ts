import type { ApiResource } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, LAST_APPLIED_ANNOTATION } from '../core/index.ts';

/**
 * The template that a live object makes: the object without what its cluster gave it, and without what a federated object says elsewhere.
 *
 * Nothing is left of the metadata but labels and annotations. What somebody may have chosen and what the cluster chose cannot be told apart
 * for node ports and addresses of Services: they are left out, since the next cluster may have given them to others.
 */
export function templateOf(object: JsonObject, { group, kind }: Pick<ApiResource, 'group' | 'kind'>): JsonObject {
  const bare = Object.fromEntries(
    Object.entries(object).filter(([key]) => !['apiVersion', 'kind', 'status', 'metadata'].includes(key)),
  );
  const metadata = metadataOf(object['metadata'], kind === 'Namespace' && group === '');
  const whole = Object.keys(metadata).length === 0 ? bare : { metadata, ...bare };
  const paths = [...EMBEDDED, ...(REMOVED.get(`${group}/${kind}`) ?? [])];
  const stripped = paths.reduce((value, path) => change(value, path.split('.'), () => undefined), whole);
  const special = SPECIAL.get(`${group}/${kind}`);
  return special === undefined ? stripped : special(stripped);
}

/** What the servers write into templates of pods and claims inside of other objects. */
const EMBEDDED = [
  'spec.template.metadata.creationTimestamp',
  'spec.jobTemplate.metadata.creationTimestamp',
  'spec.jobTemplate.spec.template.metadata.creationTimestamp',
  'spec.volumeClaimTemplates.*.metadata.creationTimestamp',
  'spec.volumeClaimTemplates.*.status',
];

/** By group and kind; `*` is every item of a list. */
const REMOVED: ReadonlyMap<string, readonly string[]> = new Map([
  ['/Namespace', ['spec.finalizers']],
  ['/Service', ['spec.clusterIPs', 'spec.healthCheckNodePort', 'spec.ports.*.nodePort']],
  ['/ServiceAccount', ['secrets']],
  ['/Pod', ['spec.nodeName']],
  ['/PersistentVolumeClaim', ['spec.volumeName']],
  ['/PersistentVolume', ['spec.claimRef.uid', 'spec.claimRef.resourceVersion']],
]);

const SPECIAL: ReadonlyMap<string, (template: JsonObject) => JsonObject> = new Map([
  ['/Namespace', (template) => change(template, ['spec'], (spec) => (isEmpty(spec) ? undefined : spec))],
  // "None" is a choice: a Service without an address of its own.
  ['/Service', (template) => change(template, ['spec', 'clusterIP'], (ip) => (ip === 'None' ? ip : undefined))],
  ['/Pod', withoutToken],
  ['batch/Job', withoutJobLabels],
  ['batch/CronJob', (template) => change(template, ['spec', 'jobTemplate'], withoutSelector)],
]);

function isEmpty(value: JsonValue): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

const JOB_LABELS: ReadonlySet<string> = new Set([
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
]);

/** The server makes the selector of a Job out of its uid, unless somebody said not to. */
function withoutJobLabels(template: JsonObject): JsonObject {
  const { spec } = template;
  if (isJsonObject(spec) && spec['manualSelector'] === true) return template;
  const labels = [
    ['metadata', 'labels'],
    ['spec', 'template', 'metadata', 'labels'],
  ];
  const bare = labels.reduce((value, path) => change(value, path, dropJobLabels), template);
  return change(dropEmptyMetadata(bare), ['spec', 'selector'], () => undefined);
}

function withoutSelector(template: JsonValue): JsonValue {
  return isJsonObject(template) ? withoutJobLabels(template) : template;
}

function dropJobLabels(labels: JsonValue): JsonValue | undefined {
  if (!isJsonObject(labels)) return labels;
  const kept = Object.entries(labels).filter(([key]) => !JOB_LABELS.has(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function dropEmptyMetadata(template: JsonObject): JsonObject {
  return change(template, ['metadata'], (metadata) => (isEmpty(metadata) ? undefined : metadata));
}

const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]{5}$/;

/** Admission mounts a token of the service account into every container of a pod. */
function withoutToken(template: JsonObject): JsonObject {
  const isToken = (item: JsonValue): boolean =>
    isJsonObject(item) && typeof item['name'] === 'string' && TOKEN_VOLUME.test(item['name']);
  const drop = (list: JsonValue): JsonValue | undefined => {
    if (!Array.isArray(list)) return list;
    const kept = (list as readonly JsonValue[]).filter((item) => !isToken(item));
    return kept.length === 0 ? undefined : kept;
  };
  const lists = ['spec.volumes', 'spec.containers.*.volumeMounts', 'spec.initContainers.*.volumeMounts'];
  return lists.reduce((value, path) => change(value, path.split('.'), drop), template);
}

function metadataOf(metadata: JsonValue | undefined, isNamespace: boolean): JsonObject {
  if (!isJsonObject(metadata)) return {};
  const labels = keptEntries(metadata['labels'], (key) => !isOwn(key) && !(isNamespace && key === NAMESPACE_LABEL));
  const annotations = keptEntries(metadata['annotations'], (key) => !isOwn(key) && !RUNTIME_ANNOTATIONS.has(key));
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function keptEntries(map: JsonValue | undefined, isKept: (key: string) => boolean): JsonObject | undefined {
  if (!isJsonObject(map)) return undefined;
  const kept = Object.entries(map).filter(([key]) => isKept(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/** Says who manages an object. */
function isOwn(key: string): boolean {
  return ['kubefed.io/', 'gitfed.io/', 'applyset.kubernetes.io/'].some((prefix) => key.startsWith(prefix));
}

/** What kubectl and controllers write down about an object as it runs in one cluster. */
const RUNTIME_ANNOTATIONS: ReadonlySet<string> = new Set([
  'autoscaling.alpha.kubernetes.io/conditions',
  'autoscaling.alpha.kubernetes.io/current-metrics',
  'batch.kubernetes.io/job-tracking',
  'control-plane.alpha.kubernetes.io/leader',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
  LAST_APPLIED_ANNOTATION,
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'pv.kubernetes.io/provisioned-by',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
  'volume.kubernetes.io/storage-provisioner',
]);

/** Changes what is at a path, in every item of a list for `*`; `undefined` removes it. What is not there is not made. */
function change(
  root: JsonObject,
  path: readonly string[],
  edit: (value: JsonValue) => JsonValue | undefined,
): JsonObject {
  return (changeAt(root, path, edit) ?? {}) as JsonObject;
}

function changeAt(
  value: JsonValue,
  [step, ...rest]: readonly string[],
  edit: (value: JsonValue) => JsonValue | undefined,
): JsonValue | undefined {
  if (step === undefined) return edit(value);
  if (step === '*') {
    if (!Array.isArray(value)) return value;
    return (value as readonly JsonValue[]).flatMap((item) => changeAt(item, rest, edit) ?? []);
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, step)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]): [string, JsonValue][] => {
      const changed = key === step ? changeAt(item, rest, edit) : item;
      return changed === undefined ? [] : [[key, changed]];
    }),
  );
}
