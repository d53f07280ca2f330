import { isClusterName } from '../api/index.ts';
import { compareText, isJsonObject, type JsonObject, readYaml } from '../core/index.ts';
import { listAt, mappingAt, nameOfObject, textAt, textsAt } from './federation-v1-fields.ts';
import type { LossList } from './federation-v1-losses.ts';
import type { V1Credential, V1Object } from './federation-v1-types.ts';

/** What a KubeFedCluster has of a credential, and the credential. */
export interface ReadCredential {
  /** Base64 of PEM, as a KubeFedCluster has it. */
  readonly caBundle?: string;
  /** The kubeconfig of the Secret does not check certificates. */
  readonly isInsecure: boolean;
  readonly credential?: V1Credential;
}

/** Where kubefed put what it made. */
const FEDERATION_NAMESPACE = 'federation-system';

/**
 * The Secret with the credential of a cluster, if it was read: it lies in the host cluster, beside the controllers. Where these are in another
 * namespace, it must have just what a credential has: a Secret of an application may have the same name.
 */
export function secretOf(cluster: V1Object, objects: readonly V1Object[]): V1Object | undefined {
  const name = textAt(cluster.object, 'spec', 'secretRef', 'name');
  // It becomes the name of a folder.
  if (!isClusterName(name)) return undefined;
  const named = objects.filter((one) => one.kind === 'Secret' && one.group === '' && one.name === name);
  return (
    named.find((one) => one.namespace === FEDERATION_NAMESPACE && keysOf(one).some((key) => KEYS.has(key))) ??
    named.find((one) => ['kubeconfig', 'ca.crt token'].includes(keysOf(one).toSorted(compareText).join(' ')))
  );
}

const KEYS: ReadonlySet<string> = new Set(['kubeconfig', 'token', 'ca.crt']);

function keysOf({ object }: V1Object): readonly string[] {
  return Object.keys(mappingAt(object, 'data'));
}

/** Reads the credential of a cluster. */
export function readCredential(cluster: V1Object, secret: V1Object | undefined, losses: LossList): ReadCredential {
  const name = textAt(cluster.object, 'spec', 'secretRef', 'name');
  if (name === '') {
    losses.add(cluster, {
      field: 'spec.secretRef',
      reason: 'It names no Secret: Federation v1 went to this cluster without a credential. gitfed does not.',
      action: `Make a service account for gitfed with gitfed join, and put its token into DIR/${cluster.name}-credentials/token.`,
    });
    return { isInsecure: false };
  }
  if (secret === undefined) {
    losses.add(cluster, {
      field: 'spec.secretRef',
      reason: `The Secret "${name}" was not read. It lies in the host cluster of Federation v1, in the namespace of its controllers (${FEDERATION_NAMESPACE}, as kubefed had it).`,
      action: `Add it to the dump, or put its token into DIR/${name}/token and its ca.crt into spec.caBundle of the KubeFedCluster.`,
    });
    return { isInsecure: false };
  }
  const data = decode(secret.object);
  const kubeconfig = data.get('kubeconfig');
  if (kubeconfig !== undefined) return fromKubeconfig(cluster, name, { kubeconfig, losses });
  return fromToken(cluster, secret, { data, losses });
}

function decode(secret: JsonObject): ReadonlyMap<string, string> {
  const entries = Object.entries(textsAt(secret, 'data'));
  return new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

function fromToken(
  cluster: V1Object,
  secret: V1Object,
  { data, losses }: { readonly data: ReadonlyMap<string, string>; readonly losses: LossList },
): ReadCredential {
  const [token = '', ca = ''] = [data.get('token')?.trim(), data.get('ca.crt')];
  if (token === '' || ca === '') {
    losses.add(cluster, {
      field: 'spec.secretRef',
      reason: `${nameOfObject(secret)} has no ${token === '' ? 'token' : 'ca.crt'}, for which Federation v1 refused the cluster.`,
      action: 'Make a service account for gitfed with gitfed join.',
    });
  }
  return {
    isInsecure: false,
    ...(ca === '' ? {} : { caBundle: Buffer.from(ca).toString('base64') }),
    ...(token === '' ? {} : { credential: credentialOf(cluster, secret.name, { token, ca }) }),
  };
}

function credentialOf(
  { name }: V1Object,
  secretName: string,
  { token, ca }: { readonly token: string; readonly ca: string },
): V1Credential {
  return { cluster: name, secretName, token, ...(ca === '' ? {} : { certificateAuthority: ca }) };
}

const LIMITS = { documentNodes: 1_000_000, depth: 100 };

function fromKubeconfig(
  cluster: V1Object,
  secretName: string,
  { kubeconfig, losses }: { readonly kubeconfig: string; readonly losses: LossList },
): ReadCredential {
  const [read] = readYaml('kubeconfig', kubeconfig, LIMITS);
  const value = read?.ok === true && isJsonObject(read.document.value) ? read.document.value : {};
  const context = entryOf(value, 'contexts', 'context', textAt(value, 'current-context'));
  const server = entryOf(value, 'clusters', 'cluster', textAt(context, 'cluster'));
  const user = entryOf(value, 'users', 'user', textAt(context, 'user'));
  const token = textAt(user, 'token').trim();
  if (token === '') {
    losses.add(cluster, {
      field: 'spec.secretRef',
      reason: `The kubeconfig in the Secret "${secretName}" identifies by ${kindOfUser(user)}. A KubeFedCluster takes a token.`,
      action: `Make a service account for gitfed with gitfed join, or put the kubeconfig into DIR/${secretName}/kubeconfig.`,
    });
  }
  const caBundle = textAt(server, 'certificate-authority-data');
  const ca = Buffer.from(caBundle, 'base64').toString('utf8');
  return {
    isInsecure: server['insecure-skip-tls-verify'] === true,
    ...(caBundle === '' ? {} : { caBundle }),
    ...(token === '' ? {} : { credential: credentialOf(cluster, secretName, { token, ca }) }),
  };
}

function entryOf(kubeconfig: JsonObject, list: string, field: string, name: string): JsonObject {
  const found = listAt(kubeconfig, list).find((item) => isJsonObject(item) && item['name'] === name);
  return isJsonObject(found) ? mappingAt(found, field) : {};
}

/** What a user of a kubeconfig has in place of a token. Says nothing of its values. */
function kindOfUser(user: JsonObject): string {
  if (Object.keys(user).some((key) => key.startsWith('client-'))) return 'a client certificate';
  if (Object.hasOwn(user, 'exec') || Object.hasOwn(user, 'auth-provider')) return 'a program';
  if (Object.hasOwn(user, 'username')) return 'a password';
  if (Object.hasOwn(user, 'tokenFile')) return 'a file with a token';
  return 'nothing that can be read';
}
