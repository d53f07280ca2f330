import { type ApiResource, isFederationGroup } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** What a cluster makes for itself, by kind and group. */
const OWN_KINDS: ReadonlySet<string> = new Set([
  'Event',
  'Event.events.k8s.io',
  'Endpoints',
  'EndpointSlice.discovery.k8s.io',
  'Lease.coordination.k8s.io',
  'ControllerRevision.apps',
  'Node',
  'ComponentStatus',
  'CSINode.storage.k8s.io',
  'CSIStorageCapacity.storage.k8s.io',
  'VolumeAttachment.storage.k8s.io',
]);

type Kind = Pick<ApiResource, 'group' | 'kind'>;

/** `Kind.group`, as people name a kind that has no plural here. */
export function kindText({ group, kind }: Kind): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** Why no object of a kind is federated: continues a sentence that begins with the kind. */
export function whyKindLeftOut(type: Kind): string | undefined {
  if (isFederationGroup(type.group)) return 'is a kind of the federation itself';
  return OWN_KINDS.has(kindText(type)) ? 'is made by each cluster for itself' : undefined;
}

/** Why an object is not federated, since each cluster makes its own: continues a sentence that begins with it. */
export function whyLeftOut(object: JsonObject, type: Kind): string | undefined {
  const byKind = whyKindLeftOut(type);
  if (byKind !== undefined) return byKind;
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  if (typeof metadata['deletionTimestamp'] === 'string') return 'is being deleted';
  const controller = controllerOf(metadata['ownerReferences']);
  if (controller !== undefined) return `is made by ${controller}`;
  const annotations = isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
  if (Object.hasOwn(annotations, 'kubernetes.io/config.mirror')) return 'is made by a node from a file of its own';
  return whyBuiltInLeftOut(object, type, metadata);
}

function controllerOf(references: JsonValue | undefined): string | undefined {
  if (!Array.isArray(references)) return undefined;
  const controller = (references as readonly JsonValue[]).find(
    (reference) => isJsonObject(reference) && reference['controller'] === true,
  );
  if (!isJsonObject(controller)) return undefined;
  return `${String(controller['kind'])} ${String(controller['name'])}`;
}

/** ConfigMaps in kube-system that API servers write. Those of one cluster would let its clients into all others. */
const OF_API_SERVER: ReadonlySet<string> = new Set([
  'extension-apiserver-authentication',
  'kube-apiserver-legacy-service-account-token-tracking',
]);

function whyBuiltInLeftOut(object: JsonObject, { group, kind }: Kind, metadata: JsonObject): string | undefined {
  if (group !== '') return undefined;
  const { name, namespace } = metadata;
  if (kind === 'ServiceAccount' && name === 'default') return 'is made in every namespace';
  if (kind === 'ConfigMap' && (name === 'kube-root-ca.crt' || name === 'openshift-service-ca.crt'))
    return 'holds the certificate authority of its cluster';
  if (kind === 'ConfigMap' && namespace === 'kube-system' && typeof name === 'string' && OF_API_SERVER.has(name))
    return 'is made by the API server of its cluster';
  if (kind === 'Secret' && object['type'] === 'kubernetes.io/service-account-token')
    return 'is a token of a service account in its cluster';
  if (kind === 'Secret' && object['type'] === 'bootstrap.kubernetes.io/token')
    return 'is a token with which nodes join its cluster';
  if (kind === 'Service' && name === 'kubernetes' && namespace === 'default') return 'is the API server of its cluster';
  return undefined;
}
