import { parseLabelSelector } from '../api/index.ts';
import { isJsonObject, type JsonObject, LAST_APPLIED_ANNOTATION } from '../core/index.ts';
import { annotationField, INGRESS_UID, withoutFederation } from './federation-v1-annotations.ts';
import { type ReadCredential, readCredential, secretOf } from './federation-v1-credentials.ts';
import { annotationOf, listAt, nameOfObject, textAt, textsAt } from './federation-v1-fields.ts';
import type { LossList } from './federation-v1-losses.ts';
import type { V1Cluster, V1Credential, V1File, V1Object } from './federation-v1-types.ts';
import { fileName } from './import-files.ts';

/** Where KubeFed, and gitfed without other words, keep clusters. */
export const SYSTEM_NAMESPACE = 'kube-federation-system';

const REGION_LABEL = 'topology.kubernetes.io/region';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** What v1 knew of a member. */
export function readV1Cluster({ name, object }: V1Object): V1Cluster {
  const conditions = listAt(object, 'status', 'conditions').filter(isJsonObject);
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return {
    name,
    labels: textsAt(withoutFederation(object), 'metadata', 'labels'),
    region: textAt(object, 'status', 'region'),
    zones: listAt(object, 'status', 'zones').filter((zone): zone is string => typeof zone === 'string' && zone !== ''),
    isReady: conditions.length === 0 || isReady,
  };
}

export interface ConvertedCluster {
  readonly file: V1File;
  readonly credential?: V1Credential;
}

/** A KubeFedCluster for a Cluster. */
export function convertCluster(cluster: V1Object, objects: readonly V1Object[], losses: LossList): ConvertedCluster {
  const known = readV1Cluster(cluster);
  const apiEndpoint = endpointOf(cluster, losses);
  const read = readCredential(cluster, secretOf(cluster, objects), losses);
  reportInsecure(cluster, apiEndpoint, { read, losses });
  reportAnnotations(cluster, losses);
  const secretName = textAt(cluster.object, 'spec', 'secretRef', 'name');
  const annotations = textsAt(withoutFederation(cluster.object), 'metadata', 'annotations');
  const kept = Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED_ANNOTATION);
  const labels = { ...localityOf(cluster, known, losses), ...known.labels };
  const manifest: JsonObject = {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: {
      name: known.name,
      namespace: SYSTEM_NAMESPACE,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
    },
    spec: {
      apiEndpoint,
      ...(read.caBundle === undefined ? {} : { caBundle: read.caBundle }),
      ...(read.isInsecure ? { disabledTLSValidations: ['*'] } : {}),
      secretRef: { name: secretName === '' ? `${known.name}-credentials` : secretName },
    },
  };
  return {
    file: {
      file: `clusters/${fileName(known.name)}.yaml`,
      manifests: [manifest],
      object: nameOfObject(cluster),
      isSecret: false,
    },
    ...(read.credential === undefined ? {} : { credential: read.credential }),
  };
}

/** v1 took the first entry that holds its own address, which nobody knows here. */
function endpointOf(cluster: V1Object, losses: LossList): string {
  const entries = listAt(cluster.object, 'spec', 'serverAddressByClientCIDRs').filter(isJsonObject);
  const [first, ...others] = entries.map((entry) => ({
    cidr: textAt(entry, 'clientCIDR'),
    address: textAt(entry, 'serverAddress'),
  }));
  if (others.length > 0) {
    const rest = others.map(({ cidr, address }) => `${address} for ${cidr}`).join(', ');
    losses.add(cluster, {
      field: 'spec.serverAddressByClientCIDRs',
      reason: `It has several addresses, of which a KubeFedCluster takes one. The first is kept (${first?.address ?? ''} for ${first?.cidr ?? ''}); left out: ${rest}.`,
      action: 'Write the address that gitfed reaches into spec.apiEndpoint.',
    });
  }
  const address = first?.address ?? '';
  return address === '' || /^[a-z]+:\/\//i.test(address) ? address : `https://${address}`;
}

function reportInsecure(
  cluster: V1Object,
  apiEndpoint: string,
  { read, losses }: { readonly read: ReadCredential; readonly losses: LossList },
): void {
  const isPlain = /^http:/i.test(apiEndpoint);
  if (!isPlain && !read.isInsecure) return;
  losses.add(cluster, {
    field: isPlain ? 'spec.serverAddressByClientCIDRs' : 'spec.secretRef',
    reason: isPlain
      ? 'The address is http: credentials go over the network as they are.'
      : 'The kubeconfig does not check the certificate of the server: the KubeFedCluster has disabledTLSValidations: ["*"].',
    action: 'Write an address with https and the certificate authority into the KubeFedCluster.',
  });
}

function reportAnnotations(cluster: V1Object, losses: LossList): void {
  const uid = annotationOf(cluster, INGRESS_UID);
  if (uid !== undefined) {
    losses.add(cluster, {
      field: annotationField(INGRESS_UID),
      reason:
        'Federation v1 gave all members one uid for their load balancer controllers (GLBC), in the ConfigMap kube-system/ingress-uid. gitfed does not.',
      action: 'Leave the ConfigMaps of the members as they are.',
    });
  }
  for (const key of JOINED) {
    const value = annotationOf(cluster, key);
    if (value === undefined) continue;
    losses.add(cluster, {
      field: annotationField(key),
      reason: `kubefed made "${value}" in the member for its own access.`,
      action: 'Remove it there when gitfed has a credential of its own, and Federation v1 is gone.',
    });
  }
}

/** The first is written so. */
const JOINED = ['federation.kubernetes.io/servive-account-name', 'federation.kubernetes.io/cluster-role-name'];

/** What v1 read from the nodes, as labels by which placements may select. */
function localityOf(cluster: V1Object, { region, zones, labels }: V1Cluster, losses: LossList): JsonObject {
  const [zone = '', ...others] = zones;
  const wanted = [
    [REGION_LABEL, region, 'status.region'],
    [ZONE_LABEL, zone, 'status.zones'],
  ] as const;
  if (others.length > 0 && !Object.hasOwn(labels, ZONE_LABEL)) {
    losses.add(cluster, {
      field: 'status.zones',
      reason: `It is in several zones, and a label holds one: ${zone}. Left out: ${others.join(', ')}.`,
      action: 'Change the label if placements are to select by zone.',
    });
  }
  const entries = wanted.flatMap(([key, value, field]): [string, string][] => {
    if (value === '') return [];
    if (parseLabelSelector({ matchLabels: { [key]: value } }).ok) return [[key, value]];
    losses.add(cluster, {
      field,
      reason: `${JSON.stringify(value)} is no valid value of a label, and is left out.`,
      action: 'Label the cluster by hand.',
    });
    return [];
  });
  return Object.fromEntries(entries);
}
