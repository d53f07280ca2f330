import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { SERVICE_ACCOUNT_TOKEN, tokenSecretManifest } from './join-manifests.ts';
import { asMemberError, type OpenMember } from './join-member.ts';
import { JOINED_AS_ANNOTATION, type JoinNames } from './join-names.ts';
import {
  createLive,
  deleteLive,
  isForbidden,
  type LiveManifest,
  labelOf,
  missingRight,
  readLive,
  rightText,
} from './join-objects.ts';
import type { JoinOptions } from './join-options.ts';

/** A token, with the authority that its cluster is known by. Never printed. */
export interface Credential {
  readonly token: string;
  /** PEM. */
  readonly ca?: string;
}

/** A Secret in the member that a token of ours hangs on. */
export interface TokenSecret {
  readonly name: string;
  readonly manifest: JsonObject;
  readonly live: LiveManifest;
  /** The tokens that hang on it expire. */
  readonly expires: boolean;
}

const WAIT_MS = 30_000;
const PAUSE_MS = 100;

/** Secrets of tokens that are there. @throws {GitfedError} */
export async function readTokenSecrets(
  member: OpenMember,
  names: JoinNames,
  namespace: string,
): Promise<readonly TokenSecret[]> {
  const found: TokenSecret[] = [];
  for (const name of names.tokenSecrets) {
    const manifest = tokenSecretManifest(names, namespace, { name, expires: false });
    const live = await readSecret(member, manifest);
    if (live === undefined) continue;
    if (live.metadata.annotations?.[JOINED_AS_ANNOTATION] !== names.mark) {
      throw new GitfedError(
        'USAGE',
        `${member.name}: ${labelOf(manifest)} is there already, and not of a join of this repository. Nothing was written: have other names with --host-cluster-name.`,
      );
    }
    if (live.metadata.deletionTimestamp !== undefined) continue;
    found.push({ name, manifest, live, expires: live['type'] !== SERVICE_ACCOUNT_TOKEN });
  }
  return found;
}

async function readSecret(member: OpenMember, manifest: JsonObject): Promise<LiveManifest | undefined> {
  try {
    return await readLive(member.client, manifest);
  } catch (error) {
    if (!isForbidden(error)) throw asMemberError(member, error, `${labelOf(manifest)} cannot be read`);
    const right = rightText(await missingRight(member.client, manifest, 'get'));
    throw new GitfedError(
      'CLUSTER',
      `${member.name}: its user may not ${right}, and so not read the token. Nothing was written: run it as somebody who may.`,
    );
  }
}

/** How a token is to be got. */
export interface TokenRequest {
  readonly names: JoinNames;
  readonly namespace: string;
  /** Of the Secret. */
  readonly name: string;
  /** It was there before. One that appeared meanwhile is of somebody else, who may end it. */
  readonly isThere: boolean;
  readonly options: Pick<JoinOptions, 'tokenSeconds' | 'tokenWaitMs' | 'signal'>;
  /** Absent: one that lasts. */
  readonly seconds: number | undefined;
  /** Is told of a Secret that was made. */
  readonly onMade: (secret: TokenSecret) => void;
}

/** Gets a token of the account, and makes the Secret that it hangs on. @throws {GitfedError} `CLUSTER` */
export async function getToken(member: OpenMember, request: TokenRequest): Promise<string> {
  const { names, namespace, name, seconds } = request;
  const manifest = tokenSecretManifest(names, namespace, { name, expires: seconds !== undefined });
  try {
    const known = request.isThere ? await readLive(member.client, manifest) : undefined;
    const live = known ?? (await makeSecret(member, manifest, request));
    if (seconds === undefined) return await waitForToken(member, manifest, request);
    return await requestToken(member, live, { ...request, seconds });
  } catch (error) {
    const refused = isForbidden(error)
      ? `: its user may not ${rightText(await missingRight(member.client, manifest, 'create'))}`
      : '';
    const what = `a token for ${names.account} cannot be got${refused}`;
    throw asMemberError(member, error, what, '');
  }
}

async function makeSecret(
  { client }: OpenMember,
  manifest: JsonObject,
  { name, seconds, onMade }: TokenRequest,
): Promise<LiveManifest> {
  const live = await createLive(client, manifest);
  onMade({ name, manifest, live, expires: seconds !== undefined });
  return live;
}

/** The cluster's own controller puts it there. */
async function waitForToken(member: OpenMember, manifest: JsonObject, { options }: TokenRequest): Promise<string> {
  const found = await until(options, async () => {
    const live = await readLive(member.client, manifest);
    const data = (live?.['data'] ?? {}) as Readonly<Record<string, string>>;
    const token = Buffer.from(data['token'] ?? '', 'base64').toString('utf8');
    return token === '' ? undefined : token;
  });
  if (found !== undefined) return found;
  throw new GitfedError(
    'CLUSTER',
    `${member.name}: no token came into ${labelOf(manifest)}: does its kube-controller-manager run? A token that expires does without it: ask for one with --token-duration.`,
  );
}

async function requestToken(
  member: OpenMember,
  { metadata }: LiveManifest,
  { names, namespace, seconds }: TokenRequest & { readonly seconds: number },
): Promise<string> {
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: metadata.name, uid: metadata.uid };
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: seconds, boundObjectRef },
  };
  const account = `${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(names.account)}`;
  const path = `/api/v1/namespaces/${account}/token`;
  const answer = await member.client.json({ method: 'POST', path, body: JSON.stringify(body) });
  const { status } = answer as { readonly status?: { readonly token?: string } };
  return status?.token ?? '';
}

/** Looks again and again, until there is something or the time is over. */
export async function until<T>(
  { tokenWaitMs = WAIT_MS, signal }: TokenRequest['options'],
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const end = performance.now() + tokenWaitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() >= end) return found;
    await sleep(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/** Deletes Secrets of tokens, which ends these. @throws {GitfedError} `CLUSTER` */
export async function endTokens(member: OpenMember, secrets: readonly TokenSecret[]): Promise<void> {
  for (const { manifest, live } of secrets) {
    try {
      await deleteLive(member.client, manifest, live);
    } catch (error) {
      const what = `the old token of ${labelOf(manifest)} cannot be ended`;
      throw asMemberError(member, error, what, 'The new one is in its place: run it again to go on.');
    }
  }
}

/** As a Secret has it. */
export function dataOf({ token, ca }: Credential): { readonly token: string; readonly 'ca.crt'?: string } {
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return { token: encode(token), ...(ca === undefined ? {} : { 'ca.crt': encode(ca) }) };
}
