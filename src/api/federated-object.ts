import { isJsonObject, type JsonObject, type JsonValue, type NodePath, type ObjectId } from '../core/index.ts';
import { NOT_TRIED, type RawObject } from './documents.ts';
import { field, foldedField, readBoolean } from './fields.ts';
import type { FindingCollector, Subject } from './finding-collector.ts';
import {
  checkName,
  checkNamespace,
  type Metadata,
  readMetadata,
  readSpec,
  reportRoundedIntegers,
  subjectOf,
} from './metadata.ts';
import type { FederatedObject, FederatedType, Parsed } from './model.ts';
import { isDns1123Subdomain, isPathSegmentName } from './names.ts';
import { readOverrides } from './overrides.ts';
import { readPlacement } from './placement.ts';
import { isSecretType } from './secrets.ts';
import { describeType } from './wording.ts';

/** `FederatedDeployment/shop/web`, `FederatedClusterRole/reader`: as findings, `replicas` and commands name it. */
export function federatedObjectName(object: { readonly id: ObjectId }): string {
  const { kind, namespace, name } = object.id;
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Whether a federated type stands for namespaces, whose placement bounds that of everything inside them. */
export function isNamespaceType(type: FederatedType): boolean {
  return type.target.group === '' && type.target.kind === 'Namespace';
}

/**
 * Reads one federated object.
 *
 * @param isPlanned whether a ReplicaSchedulingPreference chooses its clusters.
 * @returns `undefined` where not even its identity can be read. What else is wrong with it shows in `template`, `placement`
 * and `overrides`: where all of it is in doubt, `placement` is not ok, which holds the object back in every cluster.
 */
export function readFederatedObject(
  raw: RawObject,
  type: FederatedType,
  isPlanned: boolean,
  collector: FindingCollector,
): FederatedObject | undefined {
  const isNamespace = isNamespaceType(type);
  const subject = subjectOf(raw, collector, 'InvalidObject', isNamespace);
  const metadata = readMetadata(raw.object, subject.report);
  const identity = readIdentity(raw, type, metadata, subject);
  if (identity === undefined) return undefined;
  const obstacle = obstacleOf(raw, type);
  if (obstacle !== undefined) {
    const isUntried = raw.encryption === 'Encrypted' && raw.obstacle === undefined && isSecretType(type);
    const code = isUntried ? 'NotDecrypted' : 'EncryptedObject';
    subject.say(code, [], `it is encrypted, and ${obstacle}: it stays as it was last applied`);
    return {
      ...identity,
      ...UNREADABLE,
      type,
      labels: metadata.labels,
      annotations: metadata.annotations,
      source: raw.source,
    };
  }

  const spec = readSpec(raw.object, subject.report) ?? {};
  const retainReplicas =
    readBoolean(field(spec, 'retainReplicas'), ['spec', 'retainReplicas'], subject.report) ?? false;
  const isDoubtful = subject.errors > 0;
  const rounded = reportRoundedIntegers(raw, subject);
  const inTemplate = rounded.some((path) => path[1] === 'template');
  const inOverrides = rounded.some((path) => String(path[1]).toLowerCase() === 'overrides');
  const elsewhere = rounded.some((path) => path[0] !== 'status') && !inTemplate && !inOverrides;

  const template = readTemplate(spec, subject);
  const [placementField, placementValue] = foldedField(spec, 'placement');
  const placement = readPlacement(placementValue, ['spec', placementField], isPlanned, subject.report);
  const [overridesField, overridesValue] = foldedField(spec, 'overrides');
  const overrides = readOverrides(overridesValue, ['spec', overridesField], subject.report);
  return {
    ...identity,
    type,
    labels: metadata.labels,
    annotations: metadata.annotations,
    template: inTemplate ? { ok: false } : template,
    placement: isDoubtful || elsewhere ? { ok: false } : placement,
    overrides: inOverrides ? { ok: false } : overrides,
    retainReplicas,
    source: raw.source,
  };
}

/** Why the values of an encrypted object are not used. What was encrypted goes into Secrets only, whose values are never shown. */
function obstacleOf({ encryption, obstacle }: RawObject, type: FederatedType): string | undefined {
  if (encryption === 'Encrypted') return obstacle ?? NOT_TRIED;
  return encryption === 'Decrypted' && !isSecretType(type) ? 'it does not make a Secret' : undefined;
}

/** Every part in doubt: the object is held back in every cluster. */
const UNREADABLE = {
  template: { ok: false },
  placement: { ok: false },
  overrides: { ok: false },
  retainReplicas: false,
} as const;

type Identity = Pick<FederatedObject, 'id' | 'target'>;

function readIdentity(raw: RawObject, type: FederatedType, metadata: Metadata, subject: Subject): Identity | undefined {
  const isValid = type.target.group === 'rbac.authorization.k8s.io' ? isPathSegmentName : isDns1123Subdomain;
  const name = checkName(metadata.name, subject.reportHolding, isValid);
  const namespace = readNamespace(type, metadata.namespace, subject);
  if (name === undefined || namespace === undefined) return undefined;
  const target = {
    group: type.target.group,
    kind: type.target.kind,
    namespace: type.target.scope === 'Namespaced' ? namespace : '',
    name,
  };
  return { id: { group: raw.group, kind: raw.kind, namespace, name }, target };
}

function readNamespace(type: FederatedType, namespace: JsonValue | undefined, subject: Subject): string | undefined {
  if (type.federated.scope === 'Namespaced') return checkNamespace(namespace, subject.reportHolding);
  if (namespace !== undefined && namespace !== '') {
    const problem = `must be absent: ${type.federated.kind} is cluster-scoped`;
    subject.report(['metadata', 'namespace'], problem, 'InvalidName');
  }
  return '';
}

function readTemplate(spec: JsonObject, subject: Subject): Parsed<JsonObject> {
  const path: NodePath = ['spec', 'template'];
  if (!Object.hasOwn(spec, 'template')) return { ok: true, value: {} };
  const template = spec.template ?? null;
  if (!isJsonObject(template)) {
    subject.report(path, `must be a mapping, not ${describeType(template)}`, 'InvalidTemplate');
    return { ok: false };
  }
  const metadata = field(template, 'metadata');
  if (!isJsonObject(metadata)) return { ok: true, value: template };
  const planted = [...membershipKeys(metadata, 'labels'), ...membershipKeys(metadata, 'annotations')];
  for (const [group, key] of planted) {
    const problem = 'is set by gitfed itself, to remember what it applied: remove it from the template';
    subject.report([...path, 'metadata', group, key], problem, 'InvalidTemplate');
  }
  return planted.length > 0 ? { ok: false } : { ok: true, value: template };
}

function membershipKeys(metadata: JsonObject, group: string): (readonly [string, string])[] {
  const mapping = field(metadata, group);
  if (!isJsonObject(mapping)) return [];
  return Object.keys(mapping).flatMap((key) =>
    key.startsWith('applyset.kubernetes.io/') ? [[group, key] as const] : [],
  );
}
