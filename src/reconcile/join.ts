import path from 'node:path';
import type { KubeFedCluster } from '../api/index.ts';
import { ApiClient } from '../cluster/index.ts';
import { readTokenClaims } from '../cluster/token-claims.ts';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { unreadFile } from './enable-type.ts';
import { type ContextCluster, checkExpressible, openContext } from './join-context.ts';
import { memberManifests, tokenSecretManifest } from './join-manifests.ts';
import {
  asMemberError,
  describeSteps,
  type MemberStep,
  type OpenMember,
  planMember,
  runMemberSteps,
} from './join-member.ts';
import { isForbidden, labelOf, readLive } from './join-objects.ts';
import type { JoinOptions, MembershipPlan, MembershipResult, PlannedStep, PreparedMembership } from './join-options.ts';
import { chooseSecretName, draftRegistration } from './join-registration.ts';
import { type Membership, openMembership, proveDrafts } from './join-repository.ts';
import { joinRole, readMemberContent } from './join-role.ts';
import { draftSecretFile } from './join-secret-file.ts';
import { closeKeeping, type Keeping, openKeeping, readKept } from './join-store.ts';
import {
  type Credential,
  endTokens,
  freeName,
  getToken,
  proveToken,
  readTokenSecrets,
  type TokenSecret,
  whoIs,
} from './join-token.ts';
import { FileDrafts } from './type-repository.ts';
import { writeTogether } from './write-together.ts';

/** A token that is to be made. */
export interface WantedToken {
  /** Of the Secret that it hangs on. */
  readonly secret: string;
  /** That Secret is there. */
  readonly isThere: boolean;
  /** Absent: it lasts. */
  readonly seconds: number | undefined;
  /** What ends when it works. */
  readonly ending: readonly TokenSecret[];
}

/** Everything that a join knows before it begins. */
export interface Joining {
  readonly options: JoinOptions;
  readonly membership: Membership;
  readonly context: ContextCluster;
  readonly member: OpenMember;
  readonly secretName: string;
  readonly keeping: Keeping;
  /** As it will be registered. */
  readonly cluster: KubeFedCluster;
  readonly steps: readonly MemberStep[];
  /** Absent: what is kept works. */
  readonly token: WantedToken | undefined;
}

/**
 * Finds out what it takes to join a cluster, or to give a joined one a new token. Writes nothing.
 *
 * @throws {GitfedError} `USAGE`, `CONFIG`, `GIT` or `CLUSTER`
 */
export async function prepareJoin(options: JoinOptions): Promise<PreparedMembership> {
  const membership = await openMembership(options);
  const { existing, names, systemNamespace } = membership;
  if (options.rotate && existing === undefined) throw unregistered(options.cluster);
  const secretName = chooseSecretName(membership, options);
  const context = await openContext(options.kubeconfigs, options.clusterContext ?? options.cluster);
  checkExpressible(context);
  const outputDir = options.outputDir ?? path.join(options.folder, 'clusters');
  const drafts = new FileDrafts(membership.repository);
  draftRegistration(membership, drafts, context, { secretName, outputDir, options });
  const { model, findings } = proveDrafts(membership, drafts);
  const cluster = model.clusters.find(({ name }) => name === options.cluster);
  if (cluster === undefined) throw new TypeError('the cluster is registered by now');
  const keeping = await openKeeping(membership, secretName, options);
  const client = openClient(context, options);
  const member: OpenMember = { name: plainText(context.name), client };
  try {
    const { contents, notes } = await readMemberContent(member, membership, options.cluster);
    const role = joinRole(membership, contents, options);
    const isWritten = !options.useExisting && !options.rotate;
    const manifests = isWritten ? memberManifests(names, systemNamespace, role.roles) : [];
    const steps = await planMember(member, manifests, options);
    if (!isWritten) await requireAccount(member, memberManifests(names, systemNamespace, []));
    const found = await readTokenSecrets(member, names, systemNamespace);
    const kept = await readKept(membership, keeping, secretName);
    const about = { options, membership, context, member, secretName, keeping, cluster, steps };
    const { token, notes: tokenNotes } = await planToken(about, found, kept);
    const joining: Joining = { ...about, token };
    const plan: MembershipPlan = {
      cluster: options.cluster,
      steps: [...describeSteps(member, steps), ...tokenSteps(joining, kept)],
      files: drafts.changes,
      secretFiles: new Set(),
      findings,
      notes: [...(isWritten ? role.notes : []), ...notes, ...tokenNotes],
    };
    const close = (): void => {
      client.close();
      closeKeeping(keeping);
    };
    return { plan, run: () => runJoin(joining, drafts, outputDir), close };
  } catch (error) {
    client.close();
    closeKeeping(keeping);
    throw error;
  }
}

/** A token for an account that is not there never comes. @throws {GitfedError} */
async function requireAccount(member: OpenMember, manifests: readonly JsonObject[]): Promise<void> {
  for (const manifest of manifests.filter(({ kind }) => kind === 'ServiceAccount')) {
    try {
      if ((await readLive(member.client, manifest)) !== undefined) continue;
    } catch (error) {
      // Who may ask for its token need not be allowed to look at it.
      if (isForbidden(error)) continue;
      throw asMemberError(member, error, `${labelOf(manifest)} cannot be read`);
    }
    throw new GitfedError(
      'USAGE',
      `${member.name}: there is no ${labelOf(manifest)}. Nothing was written: join the cluster first, or have what -o yaml prints applied by an administrator.`,
    );
  }
}

export function openClient(
  { endpoint }: ContextCluster,
  { requestTimeoutMs, signal }: Pick<JoinOptions, 'requestTimeoutMs' | 'signal'>,
): ApiClient {
  return new ApiClient(endpoint, {
    ...(requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  });
}

export function unregistered(cluster: string): GitfedError {
  return new GitfedError(
    'USAGE',
    `There is no cluster ${JSON.stringify(plainText(cluster))} in this repository. Join it first: gitfed join ${plainText(cluster)}`,
  );
}

type Planned = Omit<Joining, 'token'>;

interface PlannedToken {
  readonly token: WantedToken | undefined;
  readonly notes: readonly string[];
}

async function planToken(
  joining: Planned,
  found: readonly TokenSecret[],
  kept: Credential | 'unreadable' | undefined,
): Promise<PlannedToken> {
  if (joining.options.rotate) return planRotation(joining, found, kept);
  if (kept === 'unreadable') {
    const note = 'The credential in the repository stays as it is: nobody said with --age-key-file how it is read.';
    return { token: undefined, notes: [note] };
  }
  if (kept !== undefined && (await isKept(joining, kept))) {
    const isMore = found.length > 1;
    const note = `More than one token is there. This ends those that are not in use: gitfed join ${plainText(joining.options.cluster)} --rotate`;
    return { token: undefined, notes: isMore ? [note] : [] };
  }
  const { names } = joining.membership;
  const seconds = joining.options.tokenSeconds;
  const fitting = found.find(({ expires }) => expires === (seconds !== undefined));
  const secret = fitting?.name ?? freeName(joining.member, names, found);
  return { token: { secret, isThere: fitting !== undefined, seconds, ending: [] }, notes: [] };
}

/** Whether what is kept works, as whom it should. @throws {GitfedError} for the credential of somebody else. */
async function isKept({ cluster, membership, options, keeping }: Planned, kept: Credential): Promise<boolean> {
  const identity = await whoIs(cluster, kept, options);
  if (identity.kind === 'refused') return false;
  const place = keeping.kind === 'store' ? keeping.store.what : 'the repository';
  if (identity.kind === 'problem') {
    throw new GitfedError(
      'CLUSTER',
      `${plainText(options.cluster)}: the credential in ${plainText(place)} cannot be tried at ${plainText(cluster.apiEndpoint)}: ${identity.message.replace(/\.$/, '')}. Nothing was written: correct the KubeFedCluster, or let it be written anew with --error-on-existing=false.`,
    );
  }
  if (identity.name === membership.names.user) return true;
  if (options.errorOnExisting === false) return false;
  throw new GitfedError(
    'USAGE',
    `${plainText(place)} has a credential that works, of ${plainText(identity.name) || 'somebody unknown'}. Nothing was written: replace it with --error-on-existing=false, or keep the new one elsewhere.`,
  );
}

function planRotation(
  { options, member, membership }: Planned,
  found: readonly TokenSecret[],
  kept: Credential | 'unreadable' | undefined,
): PlannedToken {
  const secret = freeName(member, membership.names, found);
  const claims = kept === undefined || kept === 'unreadable' ? undefined : readTokenClaims(kept.token);
  const { issuedAt, expiresAt } = claims ?? {};
  const lifetime = issuedAt !== undefined && expiresAt !== undefined ? Math.round(expiresAt - issuedAt) : undefined;
  const seconds = options.tokenSeconds ?? lifetime;
  if (seconds === undefined && found.length > 0 && found.every(({ expires }) => expires)) {
    throw new GitfedError(
      'USAGE',
      'The token that is there expires, and it is not known after how long: say it with --token-duration, or name --age-key-file.',
    );
  }
  return { token: { secret, isThere: false, seconds, ending: found }, notes: [] };
}

function tokenSteps(
  { member, membership, keeping, token, secretName, options }: Joining,
  kept: Credential | 'unreadable' | undefined,
): readonly PlannedStep[] {
  const { systemNamespace, names } = membership;
  const isStored = keeping.kind === 'store';
  const file = keeping.kind === 'repository' ? keeping.existing?.source.document.file : undefined;
  const place = isStored
    ? { where: keeping.store.where, what: keeping.store.what }
    : { where: 'repository', what: file ?? `Secret ${secretName}, encrypted` };
  if (token === undefined) return [{ ...place, action: 'keep', note: 'its token works' }];
  const lasts =
    token.seconds === undefined ? 'lasts until it is rotated' : `expires after ${durationText(token.seconds)}`;
  const label = (name: string): string => `Secret ${systemNamespace}/${name}`;
  return [
    {
      where: member.name,
      what: label(token.secret),
      action: token.isThere ? 'keep' : 'create',
      note: `a token for ${names.account} that ${lasts}`,
    },
    {
      ...place,
      action: kept === undefined ? 'create' : 'update',
      note: options.rotate ? 'the new token' : 'the token',
    },
    ...token.ending.map(
      ({ name }): PlannedStep => ({
        where: member.name,
        what: label(name),
        action: 'delete',
        note: 'the old token, once the new one works',
      }),
    ),
  ];
}

function durationText(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
  ] as const;
  const unit = units.find(([size]) => seconds >= size && seconds % size === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[0]}${unit[1]}`;
}

async function runJoin(joining: Joining, drafts: FileDrafts, outputDir: string): Promise<MembershipResult> {
  const { options, member, steps, token, membership } = joining;
  const isChanged = steps.some(({ action }) => action !== 'keep') || token !== undefined || drafts.files.length > 0;
  if (options.dryRun || !isChanged) return { isChanged: false, problems: [], notes: [] };
  await runMemberSteps(member, steps);
  const credential = token === undefined ? undefined : await makeToken(joining, token);
  try {
    await writeFiles(joining, drafts, { credential, outputDir });
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    throw new GitfedError(
      error.code,
      `${error.message.replace(/ ?Nothing was written\.?$/i, '')} What was done in ${member.name} stays, and no file was written: correct it and run it again.`,
      { cause: error },
    );
  }
  if (token !== undefined) await endTokens(member, token.ending);
  return { isChanged, problems: [], notes: tokenNotes(membership, token, credential) };
}

async function makeToken(joining: Joining, { secret, seconds }: WantedToken): Promise<Credential> {
  const { options, member, membership, cluster, context } = joining;
  const { names, systemNamespace: namespace } = membership;
  const request = { names, namespace, name: secret, options, seconds };
  const token = await getToken(member, request);
  const authority = context.isInsecure ? undefined : context.caBundle;
  const ca = authority === undefined ? {} : { ca: Buffer.from(authority, 'base64').toString('utf8') };
  const credential = { token, ...ca };
  await proveToken(member, cluster, credential, { names, options, access: options });
  return credential;
}

/** Those of the repository and the credential: all of them, or none. */
async function writeFiles(
  joining: Joining,
  drafts: FileDrafts,
  { credential, outputDir }: { readonly credential: Credential | undefined; readonly outputDir: string },
): Promise<void> {
  const { membership, keeping, secretName } = joining;
  const { repository } = membership;
  if (credential !== undefined && keeping.kind === 'repository') {
    await draftSecretFile(membership, drafts, { ...keeping, secretName, credential, outputDir });
    proveDrafts(membership, drafts);
  }
  await writeTogether(repository.root, drafts.files, async () => {
    const unread = await unreadFile(repository, drafts.files);
    if (unread !== undefined) return unread;
    if (credential !== undefined && keeping.kind === 'store') await keeping.store.write(credential);
    return undefined;
  });
}

/** A server may give a token less time than it was asked for. */
function tokenNotes(
  { names }: Membership,
  token: WantedToken | undefined,
  credential: Credential | undefined,
): readonly string[] {
  if (token?.seconds === undefined || credential === undefined) return [];
  const { issuedAt, expiresAt } = readTokenClaims(credential.token) ?? {};
  if (expiresAt === undefined) return [];
  const given = issuedAt === undefined ? token.seconds : expiresAt - issuedAt;
  const until = new Date(expiresAt * 1000).toISOString();
  return [
    `The token of ${names.account} expires on ${until}: rotate it before, with gitfed join --rotate.`,
    ...(given < token.seconds ? [`The cluster gives tokens no more than ${durationText(given)}.`] : []),
  ];
}

/** What a join makes in a member, as manifests for somebody who may. No cluster is asked. @throws {GitfedError} */
export async function joinManifests(options: JoinOptions): Promise<ReturnType<typeof memberManifests>> {
  const membership = await openMembership(options);
  const { names, systemNamespace } = membership;
  const { roles } = joinRole(membership, [], options);
  const secret = { name: names.account, expires: options.tokenSeconds !== undefined };
  return [...memberManifests(names, systemNamespace, roles), tokenSecretManifest(names, systemNamespace, secret)];
}
