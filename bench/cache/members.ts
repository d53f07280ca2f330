import { createHash } from 'node:crypto';
import { type Desired, desiredObject } from '../../src/apply/desired.ts';
import { appliedHash } from '../../src/apply/digest.ts';
import { type InventoryIdentity, inventoryId, parentName } from '../../src/apply/inventory.ts';
import type { LiveObject } from '../../src/cluster/index.ts';
import { isJsonObject, type JsonValue } from '../../src/core/index.ts';
import type { FieldSet } from '../../src/drift/index.ts';
import type { ClusterRendering } from '../../src/render/index.ts';

/** Of the inventory of a member. */
function keyOf(member: string): Buffer {
  return createHash('sha256').update(member).digest();
}

/** The field set of a manifest, as a server records an apply of it. */
function fieldsOf(value: JsonValue): FieldSet {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      (value as readonly JsonValue[]).map((item) => {
        const name = isJsonObject(item) ? { name: item.name ?? null } : item;
        return [
          isJsonObject(item) ? `k:${JSON.stringify(name)}` : `v:${JSON.stringify(item)}`,
          { '.': {}, ...fieldsOf(item) },
        ];
      }),
    );
  }
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [`f:${key}`, fieldsOf(item)]));
}

function ownFields({ manifest }: Desired): FieldSet {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = manifest;
  const { name: _name, namespace: _namespace, ...own } = isJsonObject(metadata) ? metadata : {};
  const annotations = {
    ...(isJsonObject(own.annotations) ? own.annotations : {}),
    'gitfed.io/applied': '',
    'gitfed.io/path': '',
  };
  return { ...fieldsOf(rest), 'f:metadata': fieldsOf({ ...own, annotations }) };
}

/** The text of an object as its API server sends it, metadata alone unless `isWhole`, after gitfed applied it and a controller wrote its status. */
function liveText(desired: Desired, index: number, { member, isWhole }: { member: string; isWhole: boolean }): string {
  const { apiVersion, manifest } = desired;
  const metadata = isJsonObject(manifest.metadata) ? manifest.metadata : {};
  // A thousand objects are applied in some seconds, which are others in each member.
  const own = createHash('sha256').update(member).digest('hex');
  const at = new Date(
    Date.UTC(2026, 0, 1) + Number.parseInt(own.slice(0, 6), 16) * 1000 + Math.floor(index / 300) * 1000,
  );
  const time = at.toISOString().replace('.000', '');
  return JSON.stringify({
    apiVersion,
    kind: manifest.kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: createHash('sha256').update(`${member}/${index}`).digest('hex').slice(0, 36),
      resourceVersion: String(100_000 + index),
      generation: 1,
      creationTimestamp: time,
      labels: metadata.labels,
      annotations: {
        ...(isJsonObject(metadata.annotations) ? metadata.annotations : {}),
        'gitfed.io/applied': appliedHash(manifest, keyOf(member)),
        'gitfed.io/path': desired.file,
        ...(manifest.kind === 'Deployment' ? { 'deployment.kubernetes.io/revision': '1' } : {}),
      },
      managedFields: [
        {
          manager: 'gitfed',
          operation: 'Apply',
          apiVersion,
          time,
          fieldsType: 'FieldsV1',
          fieldsV1: ownFields(desired),
        },
        ...(manifest.kind === 'Deployment'
          ? [
              {
                manager: 'kube-controller-manager',
                operation: 'Update',
                apiVersion,
                time,
                fieldsType: 'FieldsV1',
                subresource: 'status',
                fieldsV1: STATUS_FIELDS,
              },
            ]
          : []),
      ],
    },
    ...(isWhole ? { spec: manifest.spec, data: manifest.data } : {}),
    ...(isWhole && manifest.kind === 'Deployment' ? { status: statusAt(time) } : {}),
  });
}

function statusAt(time: string): object {
  const condition = { status: 'True', lastUpdateTime: time, lastTransitionTime: time };
  return {
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    conditions: [
      {
        ...condition,
        type: 'Available',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      },
      {
        ...condition,
        type: 'Progressing',
        reason: 'NewReplicaSetAvailable',
        message: 'ReplicaSet has successfully progressed.',
      },
    ],
  };
}

const CONDITION = {
  '.': {},
  'f:lastTransitionTime': {},
  'f:lastUpdateTime': {},
  'f:message': {},
  'f:reason': {},
  'f:status': {},
  'f:type': {},
};
const STATUS_FIELDS = {
  'f:metadata': { 'f:annotations': { 'f:deployment.kubernetes.io/revision': {} } },
  'f:status': {
    'f:availableReplicas': {},
    'f:conditions': { '.': {}, 'k:{"type":"Available"}': CONDITION, 'k:{"type":"Progressing"}': CONDITION },
    'f:observedGeneration': {},
    'f:readyReplicas': {},
    'f:replicas': {},
    'f:updatedReplicas': {},
  },
};

/** What a member has of its rendering when all of it is applied. */
export function liveTexts(
  { objects, cluster }: ClusterRendering,
  identity: InventoryIdentity,
  isWhole: boolean,
): readonly string[] {
  const prepared = new WeakMap();
  return objects.map((rendered, index) =>
    liveText(desiredObject(rendered, cluster, inventoryId(identity), prepared), index, { member: cluster, isWhole }),
  );
}

export function parentObject(
  identity: InventoryIdentity,
  member: string,
  groupKinds: string,
  namespaces: string,
): LiveObject {
  const secret = {
    metadata: {
      name: parentName(identity),
      namespace: identity.namespace,
      uid: 'u',
      resourceVersion: '1',
      labels: { 'applyset.kubernetes.io/id': inventoryId(identity) },
      annotations: {
        'applyset.kubernetes.io/tooling': 'gitfed/0',
        'applyset.kubernetes.io/contains-group-kinds': groupKinds,
        'applyset.kubernetes.io/additional-namespaces': namespaces,
      },
    },
    data: { key: keyOf(member).toString('base64') },
  };
  return secret;
}
