import type { KubeFedCluster } from '../api/index.ts';
import { type ApiClient, ConfigMalformedError, findEndpoint, isApiError } from '../cluster/index.ts';
import { readTokenClaims } from '../cluster/token-claims.ts';
import { GitfedError } from '../errors.ts';
import type { OpenMember } from './join-member.ts';
import type { JoinNames } from './join-names.ts';
import type { JoinOptions } from './join-options.ts';
import { type Credential, dataOf, until } from './join-token.ts';
import { openClient, type RequestSettings } from './open-client.ts';

/** What an API server says of a credential, as gitfed will use it. */
export type Identity =
  | { readonly kind: 'user'; readonly name: string }
  /** It is not accepted. */
  | { readonly kind: 'refused' }
  /** The server was not reached, or not trusted. */
  | { readonly kind: 'problem'; readonly message: string };

/** Asks a member who one is with a credential, on the way that a sync takes. */
export async function whoIs(
  cluster: KubeFedCluster,
  credential: Credential,
  options: RequestSettings,
): Promise<Identity> {
  // Nothing that an API server would be asked with.
  if (!/^\s*[\x21-\x7e]+\s*$/.test(credential.token)) return { kind: 'refused' };
  let client: ApiClient;
  try {
    const secret = { namespace: cluster.namespace, name: cluster.secretName, object: { data: dataOf(credential) } };
    const endpoint = await findEndpoint(cluster, { repositorySecrets: [secret] });
    client = openClient(endpoint, options);
  } catch (error) {
    if (!(error instanceof ConfigMalformedError)) throw error;
    return { kind: 'problem', message: error.message };
  }
  try {
    return await ask(client, credential);
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted') throw error;
    return error.status === 401 ? { kind: 'refused' } : { kind: 'problem', message: error.message };
  } finally {
    client.close();
  }
}

async function ask(client: ApiClient, { token }: Credential): Promise<Identity> {
  const user = await readUserName(client);
  if (user !== undefined) return { kind: 'user', name: user };
  // Servers before 1.28 do not say. Whoever may read this is known at least.
  await client.json({ method: 'GET', path: '/apis' });
  return { kind: 'user', name: readTokenClaims(token)?.subject ?? '' };
}

/** Whom an API server takes us for; `undefined` where it does not say. @throws {ApiError} */
export async function readUserName(client: ApiClient): Promise<string | undefined> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  try {
    const answer = await client.json({ method: 'POST', path, body });
    const { status } = answer as { readonly status?: { readonly userInfo?: { readonly username?: unknown } } };
    const name = status?.userInfo?.username;
    return typeof name === 'string' ? name : undefined;
  } catch (error) {
    if (isApiError(error) && (error.status === 404 || error.status === 403)) return undefined;
    throw error;
  }
}

/**
 * Waits until a new token works: API servers learn of it a moment after it was made. What comes of it is for the caller to say.
 *
 * @throws {GitfedError} `CLUSTER`
 */
export async function proveToken(
  member: OpenMember,
  cluster: KubeFedCluster,
  credential: Credential,
  { names, options }: { readonly names: JoinNames; readonly options: JoinOptions },
): Promise<void> {
  let last: Identity = { kind: 'refused' };
  await until(options, async () => {
    last = await whoIs(cluster, credential, options);
    return last.kind === 'refused' ? undefined : last;
  });
  const identity = last as Identity;
  if (identity.kind === 'user' && identity.name === names.user) return;
  const reason =
    identity.kind === 'user'
      ? `the API server takes it for ${identity.name || 'nobody'}`
      : identity.kind === 'refused'
        ? 'the API server does not accept it'
        : identity.message.replace(/\.$/, '');
  throw new GitfedError(
    'CLUSTER',
    `${member.name}: the new token for ${names.account} does not work at ${cluster.apiEndpoint}: ${reason}.`,
  );
}
