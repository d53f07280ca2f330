import { type ApiClient, ConfigMalformedError, isApiError } from '../cluster/index.ts';
import { type JsonObject, jsonEquals } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { JOINED_AS_ANNOTATION } from './join-names.ts';
import {
  createLive,
  deleteLive,
  isBadRequest,
  isForbidden,
  isMissing,
  type LiveManifest,
  labelOf,
  type MissingRight,
  missingRight,
  readLive,
  rightText,
  updateLive,
} from './join-objects.ts';
import type { JoinOptions, PlannedStep } from './join-options.ts';

/** What becomes of one object in the member. */
export interface MemberStep {
  readonly manifest: JsonObject;
  readonly action: 'create' | 'update' | 'recreate' | 'delete' | 'keep';
  readonly live?: LiveManifest;
}

/** A member that is worked on. */
export interface OpenMember {
  /** For people: the context. */
  readonly name: string;
  readonly client: ApiClient;
}

/**
 * Compares what is to be in a member with what is there. Writes nothing; the server is asked whether it would let it be written.
 *
 * @throws {GitfedError} `CLUSTER` where it does not answer, or rights are missing; `USAGE` for what is there and was not made by a join.
 */
export async function planMember(
  member: OpenMember,
  manifests: readonly JsonObject[],
  { errorOnExisting }: Pick<JoinOptions, 'errorOnExisting'>,
): Promise<readonly MemberStep[]> {
  const { client } = member;
  const missing: MissingRight[] = [];
  const steps: MemberStep[] = [];
  for (const manifest of manifests) {
    try {
      const live = await readLive(client, manifest);
      steps.push(judge(member, manifest, live, errorOnExisting));
    } catch (error) {
      if (!isForbidden(error)) throw asMemberError(member, error, `${labelOf(manifest)} cannot be read`);
      missing.push(await missingRight(client, manifest, 'get'));
    }
  }
  for (const step of steps) missing.push(...(await tryStep(member, step)));
  if (missing.length > 0) throw lackingRights(member, missing);
  return steps;
}

function judge(
  member: OpenMember,
  manifest: JsonObject,
  live: LiveManifest | undefined,
  errorOnExisting: boolean | undefined,
): MemberStep {
  if (live === undefined) return { manifest, action: 'create' };
  const what = plainText(labelOf(manifest));
  if (live.metadata.deletionTimestamp !== undefined) {
    throw new GitfedError(
      'CLUSTER',
      `${member.name}: ${what} is being deleted. Nothing was written: run it again when it is gone.`,
    );
  }
  // A namespace belongs to nobody.
  if (manifest['kind'] === 'Namespace') return { manifest, action: 'keep', live };
  if (errorOnExisting === true) {
    throw new GitfedError('USAGE', `${member.name}: ${what} is there already. Nothing was written.`);
  }
  const isOurs = live.metadata.annotations?.[JOINED_AS_ANNOTATION] === markOf(manifest);
  if (!isOurs && errorOnExisting === undefined) {
    throw new GitfedError(
      'USAGE',
      `${member.name}: ${what} is there already, and not of a join of this repository. Nothing was written: take it over with --error-on-existing=false, or have other names with --host-cluster-name.`,
    );
  }
  if (!jsonEquals(live['roleRef'] ?? null, manifest['roleRef'] ?? null)) return { manifest, action: 'recreate', live };
  return { manifest, action: isAsWanted(manifest, live) ? 'keep' : 'update', live };
}

function markOf({ metadata }: JsonObject): string | undefined {
  return (metadata as { readonly annotations?: Readonly<Record<string, string>> }).annotations?.[JOINED_AS_ANNOTATION];
}

/** Every field of the manifest has its value; of annotations others may be there too. */
function isAsWanted(manifest: JsonObject, live: LiveManifest): boolean {
  const { metadata, ...rest } = manifest;
  const { annotations = {} } = metadata as { readonly annotations?: Readonly<Record<string, string>> };
  const known = live.metadata.annotations ?? {};
  return (
    Object.entries(annotations).every(([key, value]) => known[key] === value) &&
    Object.entries(rest).every(([key, value]) => jsonEquals(live[key] ?? null, value))
  );
}

/**
 * Of what an earlier join of this repository may have made, and is not wanted any more, what is there: roles would reach further than they are
 * to. Who may not look at it could not have made it.
 */
export async function planObsolete(
  member: OpenMember,
  manifests: readonly JsonObject[],
): Promise<readonly MemberStep[]> {
  const steps: MemberStep[] = [];
  const missing: MissingRight[] = [];
  for (const manifest of manifests) {
    const step = await obsoleteStep(member, manifest);
    if (step === undefined) continue;
    steps.push(step);
    missing.push(...(await tryStep(member, step)));
  }
  if (missing.length > 0) throw lackingRights(member, missing);
  return steps;
}

async function obsoleteStep(member: OpenMember, manifest: JsonObject): Promise<MemberStep | undefined> {
  try {
    const live = await readLive(member.client, manifest);
    const isOurs = live?.metadata.annotations?.[JOINED_AS_ANNOTATION] === markOf(manifest);
    return live !== undefined && isOurs ? { manifest, action: 'delete', live } : undefined;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw asMemberError(member, error, `${labelOf(manifest)} cannot be read`);
  }
}

/** Whether the server would let it be done: nothing is begun that would stop half-way. */
async function tryStep(
  { client, name }: OpenMember,
  { manifest, action, live }: MemberStep,
): Promise<readonly MissingRight[]> {
  const dryRun = { dryRun: true };
  const attempts: (readonly [verb: string, attempt: () => Promise<unknown>])[] = [];
  if (action === 'create') attempts.push(['create', () => createLive(client, manifest, dryRun)]);
  if (action === 'update' && live !== undefined)
    attempts.push(['patch', () => updateLive(client, manifest, live, dryRun)]);
  if (action === 'delete' && live !== undefined)
    attempts.push(['delete', () => deleteLive(client, manifest, live, dryRun)]);
  if (action === 'recreate' && live !== undefined) {
    attempts.push(['delete', () => deleteLive(client, manifest, live, dryRun)]);
    // That it is there still is an answer of who may.
    attempts.push(['create', () => createLive(client, manifest, dryRun)]);
  }
  const missing: MissingRight[] = [];
  for (const [verb, attempt] of attempts) {
    try {
      await attempt();
    } catch (error) {
      if (isForbidden(error)) missing.push(await missingRight(client, manifest, verb));
      // Its namespace or its role is still to be made; or a webhook takes no part in trying.
      else if (
        !isMissing(error) &&
        !isBadRequest(error) &&
        !(action === 'recreate' && isApiError(error) && error.isConflict)
      )
        throw asMemberError({ name }, error, `${labelOf(manifest)} is refused`);
    }
  }
  return missing;
}

function lackingRights({ name }: OpenMember, missing: readonly MissingRight[]): GitfedError {
  const rights = [...new Set(missing.map(rightText))];
  return new GitfedError(
    'CLUSTER',
    `${name}: its user lacks these rights: ${rights.join('; ')}. Nothing was written. Run it as somebody who has them; or print what has to be there with -o yaml, let an administrator apply it, and run it again with --use-existing.`,
  );
}

/** Does what was planned, one object after the other. @throws {GitfedError} `CLUSTER`: what was done until then stays. */
export async function runMemberSteps(member: OpenMember, steps: readonly MemberStep[]): Promise<void> {
  let done = 0;
  for (const step of steps) {
    try {
      await runStep(member.client, step);
    } catch (error) {
      const [verb, participle] = step.action === 'delete' ? ['delete', 'deleted'] : ['create', 'made'];
      const refused = isForbidden(error)
        ? `: its user may not ${rightText(await missingRight(member.client, step.manifest, verb))}`
        : '';
      const so = done === 0 ? 'Nothing was written.' : 'What was made before it stays: run it again to go on.';
      throw asMemberError(member, error, `${labelOf(step.manifest)} cannot be ${participle}${refused}`, so);
    }
    if (step.action !== 'keep') done += 1;
  }
}

async function runStep(client: ApiClient, { manifest, action, live }: MemberStep): Promise<void> {
  if (action === 'keep') return;
  if (action === 'update' && live !== undefined) return await updateLive(client, manifest, live);
  if (action === 'delete' && live !== undefined) return await deleteLive(client, manifest, live);
  if (action === 'recreate' && live !== undefined) await deleteLive(client, manifest, live);
  try {
    await createLive(client, manifest);
  } catch (error) {
    // Somebody else may have been faster; for all else that is a conflict.
    if (manifest['kind'] === 'Namespace' && isApiError(error) && error.reason === 'AlreadyExists') return;
    throw error;
  }
}

/** For people. */
export function describeSteps(member: OpenMember, steps: readonly MemberStep[]): readonly PlannedStep[] {
  return steps.map(({ manifest, action }) => ({
    where: member.name,
    what: labelOf(manifest),
    action,
    ...(action === 'recreate' ? { note: 'it binds another role' } : {}),
    ...(action === 'delete' ? { note: 'it is not wanted any more' } : {}),
  }));
}

/** @returns what is thrown for something that went wrong with a member. */
export function asMemberError(
  { name }: Pick<OpenMember, 'name'>,
  error: unknown,
  what: string,
  so = 'Nothing was written.',
): unknown {
  if (error instanceof ConfigMalformedError) {
    return new GitfedError('CLUSTER', `${plainText(name)}: ${plainText(what)}: ${error.message}. ${so}`, {
      cause: error,
    });
  }
  if (!isApiError(error) || error.failure === 'Aborted') return error;
  const reason = error.message.replace(/\.$/, '');
  const hint =
    error.status === 401
      ? ': it does not accept the credential, which may have expired'
      : error.causes.includes('NamespaceTerminating')
        ? ': its namespace is being deleted'
        : '';
  return new GitfedError('CLUSTER', `${plainText(name)}: ${plainText(what)}: ${reason}${hint}. ${so}`, {
    cause: error,
  });
}
