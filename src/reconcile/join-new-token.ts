import { isApiError } from '../cluster/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { proveToken } from './join-identity.ts';
import { asMemberError, type OpenMember } from './join-member.ts';
import { deleteLive, isForbidden, labelOf, missingRight, rightText } from './join-objects.ts';
import { type Credential, getToken, type TokenSecret } from './join-token.ts';
import type { Joining, WantedToken } from './join-token-plan.ts';
import { openClient } from './open-client.ts';

/** A token that works, and is not written anywhere yet. */
export interface NewToken {
  readonly credential: Credential;
  /** The Secret, where it was made for this. */
  readonly made: TokenSecret | undefined;
}

/** Gets a token and tries it. Where a rotation fails in this, what it made is deleted again. @throws {GitfedError} `CLUSTER` */
export async function makeToken(joining: Joining, wanted: WantedToken): Promise<NewToken> {
  const { options, member, membership, cluster, context } = joining;
  const { names, systemNamespace: namespace } = membership;
  const { secret: name, isThere, seconds, replaced } = wanted;
  if (replaced !== undefined) await removeReplaced(member, replaced.secret);
  let made: TokenSecret | undefined;
  const onMade = (secret: TokenSecret): void => {
    made = secret;
  };
  try {
    const token = await getToken(member, { names, namespace, name, isThere, options, seconds, onMade });
    const authority = context.isInsecure ? undefined : context.caBundle;
    const ca = authority === undefined ? {} : { ca: Buffer.from(authority, 'base64').toString('utf8') };
    const credential = { token, ...ca };
    await proveToken(member, cluster, credential, { names, options });
    return { credential, made };
  } catch (error) {
    const outcome = await takeBack(joining, made);
    if (!(error instanceof GitfedError)) throw error;
    const so = outcome ?? `No file was written; what was made in ${member.name} stays: correct it and run it again.`;
    throw new GitfedError(error.code, `${error.message.trimEnd()} ${so}`, { cause: error });
  }
}

async function removeReplaced(member: OpenMember, { manifest, live }: TokenSecret): Promise<void> {
  try {
    await deleteLive(member.client, manifest, live);
  } catch (error) {
    const refused = isForbidden(error)
      ? `: its user may not ${rightText(await missingRight(member.client, manifest, 'delete'))}`
      : '';
    throw asMemberError(member, error, `${labelOf(manifest)} cannot be replaced${refused}`);
  }
}

/** Says what comes of a join whose files could not be written. A rotation takes back what it made, unless it may be in use by now. */
export async function afterUnwritten(joining: Joining, token: NewToken | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof GitfedError)) return error;
  const { member, options, keeping } = joining;
  const message = error.message.replace(/ ?Nothing was written\.?$/i, '');
  const withOutcome = (so: string): GitfedError => new GitfedError(error.code, `${message} ${so}`, { cause: error });
  if (options.rotate && token?.made !== undefined && keeping.kind === 'store') {
    if (await mayBeKept(joining, token.credential, error)) {
      const place = plainText(keeping.store.what);
      return withOutcome(
        `The new token may be in ${place} all the same, so that ${labelOf(token.made.manifest)} stays, as the token before does: correct it and run it again.`,
      );
    }
  }
  const outcome = await takeBack(joining, token?.made);
  return withOutcome(
    outcome ?? `What was done in ${member.name} stays, and no file was written: correct it and run it again.`,
  );
}

/** Files are written whole or not at all. What was sent to a host may arrive all the same, unless the host said no. */
async function mayBeKept({ keeping }: Joining, { token }: Credential, { cause }: GitfedError): Promise<boolean> {
  if (keeping.kind !== 'store' || !isApiError(cause)) return false;
  if (cause.failure !== 'Status' || cause.status < 400 || cause.status >= 500) return true;
  try {
    return (await keeping.store.read())?.token === token;
  } catch {
    return true;
  }
}

const LONGEST_MS = 5000;

/**
 * Deletes the Secret that a rotation made, so that its name is free again. What a first join made stays: the next one goes on with it.
 *
 * @returns what came of it, for people; `undefined` where there was nothing to be done.
 */
async function takeBack(
  { options, member, context }: Joining,
  made: TokenSecret | undefined,
): Promise<string | undefined> {
  if (made === undefined || !options.rotate) return undefined;
  const what = `${labelOf(made.manifest)}, which was made for it, is`;
  // A client of its own: an interruption ends the requests of the other.
  const requestTimeoutMs = Math.min(options.requestTimeoutMs ?? LONGEST_MS, LONGEST_MS);
  const client: OpenMember['client'] = openClient(context.endpoint, { requestTimeoutMs });
  try {
    await deleteLive(client, made.manifest, made.live);
    return `No file was written, and ${what} deleted again: the token before stays in use. Correct it and run it again.`;
  } catch (error) {
    const reason = isApiError(error) ? error.message.replace(/\.$/, '') : `${member.name} was not asked`;
    return `No file was written. ${what} not in use, and cannot be deleted: ${plainText(reason)}. Correct it and run it again, which does without it.`;
  } finally {
    client.close();
  }
}
