import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { jsonText } from './json-text.ts';
import { listOf, mappingOf, metadataOf, valueAt } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import { qualifiedKind, type StatusCause } from './status-error.ts';

const SET_FIELDS =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const CHANGEABLE_OF_SETS = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);
const CHANGEABLE_OF_CLAIMS = new Set(['resources', 'volumeAttributesClassName', 'volumeName']);

interface Immutable {
  readonly path: string;
  readonly why: string;
  /** `Forbidden`, without the value. */
  readonly isForbidden?: boolean;
}

const FIXED = 'field is immutable';

function fixed(...paths: readonly string[]): readonly Immutable[] {
  return paths.map((path) => ({ path, why: FIXED }));
}

const IMMUTABLE: Readonly<Record<string, readonly Immutable[]>> = {
  'Deployment.apps': fixed('spec.selector'),
  'ReplicaSet.apps': fixed('spec.selector'),
  'DaemonSet.apps': fixed('spec.selector'),
  'Job.batch': fixed(
    'spec.completions',
    'spec.selector',
    'spec.template.metadata',
    'spec.template.spec',
    'spec.completionMode',
  ),
  Secret: fixed('type'),
  'IngressClass.networking.k8s.io': fixed('spec.controller'),
  'RoleBinding.rbac.authorization.k8s.io': [{ path: 'roleRef', why: 'cannot change roleRef' }],
  'ClusterRoleBinding.rbac.authorization.k8s.io': [{ path: 'roleRef', why: 'cannot change roleRef' }],
  'PriorityClass.scheduling.k8s.io': [
    { path: 'value', why: 'may not be changed in an update.', isForbidden: true },
    { path: 'preemptionPolicy', why: FIXED },
  ],
  'StorageClass.storage.k8s.io': [
    { path: 'parameters', why: 'updates to parameters are forbidden.', isForbidden: true },
    { path: 'provisioner', why: 'updates to provisioner are forbidden.', isForbidden: true },
    { path: 'reclaimPolicy', why: FIXED },
    { path: 'volumeBindingMode', why: FIXED },
  ],
  'CustomResourceDefinition.apiextensions.k8s.io': fixed(
    'spec.group',
    'spec.scope',
    'spec.names.plural',
    'spec.names.kind',
  ),
};

/** Changes of an object that exists which an API server refuses. */
export function immutableProblems(
  resource: SandboxResource,
  before: JsonObject,
  after: JsonObject,
): readonly StatusCause[] {
  if (resource.isCustom) return [];
  const kind = qualifiedKind(resource);
  const causes: StatusCause[] = (IMMUTABLE[kind] ?? []).flatMap((rule) => problemOf(rule, before, after));
  if (kind === 'ConfigMap' || kind === 'Secret') causes.push(...sealedProblems(before, after));
  if (kind === 'Service') causes.push(...addressProblems(before, after));
  if (kind === 'StatefulSet.apps') causes.push(...specProblems(before, after, CHANGEABLE_OF_SETS, SET_FIELDS));
  if (kind === 'PersistentVolumeClaim') causes.push(...specProblems(before, after, CHANGEABLE_OF_CLAIMS, CLAIM_FIELDS));
  return causes;
}

const CLAIM_FIELDS =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function problemOf(
  { path, why, isForbidden }: Immutable,
  before: JsonObject,
  after: JsonObject,
): readonly StatusCause[] {
  const steps = path.split('.');
  const value = valueAt(after, steps);
  if (jsonEquals(valueAt(before, steps) ?? null, value ?? null)) return [];
  if (isForbidden === true) return [{ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field: path }];
  return [{ reason: 'FieldValueInvalid', message: `Invalid value: ${jsonText(value ?? null)}: ${why}`, field: path }];
}

function sealedProblems(before: JsonObject, after: JsonObject): readonly StatusCause[] {
  if (before.immutable !== true) return [];
  const message = 'Forbidden: field is immutable when `immutable` is set';
  return ['immutable', 'data', 'binaryData']
    .filter((field) => !jsonEquals(orNothing(before[field]), orNothing(after[field])))
    .map((field) => ({ reason: 'FieldValueForbidden', message, field }));
}

function orNothing(value: JsonValue | undefined): JsonValue {
  return isJsonObject(value) && Object.keys(value).length === 0 ? null : (value ?? null);
}

function addressProblems(before: JsonObject, after: JsonObject): readonly StatusCause[] {
  const was = mappingOf(before.spec);
  const is = mappingOf(after.spec);
  if (was.type === 'ExternalName' || is.type === 'ExternalName' || was.clusterIP === undefined) return [];
  if (was.clusterIP === is.clusterIP) return [];
  const value = jsonText(listOf(is.clusterIPs).length > 0 ? listOf(is.clusterIPs) : [is.clusterIP ?? '']);
  const message = `Invalid value: ${value}: may not change once set`;
  return [{ reason: 'FieldValueInvalid', message, field: 'spec.clusterIPs[0]' }];
}

function specProblems(
  before: JsonObject,
  after: JsonObject,
  changeable: ReadonlySet<string>,
  why: string,
): readonly StatusCause[] {
  const rest = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(mappingOf(object.spec)).filter(([key]) => !changeable.has(key)));
  if (jsonEquals(rest(before), rest(after))) return [];
  return [{ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field: 'spec' }];
}

/** The little that is checked of new objects of built-in kinds. */
export function builtinProblems(resource: SandboxResource, object: JsonObject): readonly StatusCause[] {
  const kind = qualifiedKind(resource);
  if (!['Deployment.apps', 'ReplicaSet.apps', 'StatefulSet.apps', 'DaemonSet.apps'].includes(kind)) return [];
  const spec = mappingOf(object.spec);
  const selector = mappingOf(spec.selector);
  const labels = mappingOf(metadataOf(mappingOf(spec.template)).labels);
  const causes: StatusCause[] = [];
  if (spec.selector === undefined) {
    causes.push({ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' });
  }
  const wanted = Object.entries(mappingOf(selector.matchLabels));
  if (spec.selector === undefined || wanted.some(([key, value]) => labels[key] !== value)) {
    const message = `Invalid value: ${jsonText(labels)}: \`selector\` does not match template \`labels\``;
    causes.push({ reason: 'FieldValueInvalid', message, field: 'spec.template.metadata.labels' });
  }
  if (listOf(valueAt(spec, ['template', 'spec', 'containers'])).length === 0) {
    const field = 'spec.template.spec.containers';
    causes.push({ reason: 'FieldValueRequired', message: 'Required value', field });
  }
  return causes;
}
