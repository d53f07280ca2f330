import type { KubeFedCluster } from '../api/index.ts';
import { readTokenClaims } from '../cluster/token-claims.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import type { ContextCluster } from './join-context.ts';
import { whoIs } from './join-identity.ts';
import type { MemberStep, OpenMember } from './join-member.ts';
import type { JoinOptions, PlannedStep } from './join-options.ts';
import type { Membership } from './join-repository.ts';
import type { Keeping } from './join-store.ts';
import type { Credential, TokenSecret } from './join-token.ts';
import { allTaken, freeName, type Kept, moreThanOne, secretInUse, useUnknown } from './join-token-use.ts';

/** A token that is to be made. */
export interface WantedToken {
  /** Of the Secret that it hangs on. */
  readonly secret: string;
  /** That Secret is there. */
  readonly isThere: boolean;
  /** Absent: it lasts. */
  readonly seconds: number | undefined;
  /** What goes before, in its place, because another one is in use. */
  readonly replaced?: { readonly secret: TokenSecret; readonly inUse: string };
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
  /** Whom a token in the repository is encrypted for. */
  readonly recipients: readonly string[];
}

/** A join whose token is still to be planned. */
export type Planned = Omit<Joining, 'token' | 'recipients'>;

interface PlannedToken {
  readonly token: WantedToken | undefined;
  readonly notes: readonly string[];
}

/** Whether a token is to be made, and how. @throws {GitfedError} where what is kept cannot be tried, or is of somebody else. */
export async function planToken(joining: Planned, found: readonly TokenSecret[], kept: Kept): Promise<PlannedToken> {
  if (joining.options.rotate) return planRotation(joining, found, kept);
  const takesOver = joining.options.errorOnExisting === false;
  if (kept === 'unreadable' && found.length === 0 && !takesOver) {
    throw new GitfedError(
      'USAGE',
      'The repository has an encrypted credential for this cluster, of which no token is in the cluster. Nothing was written: name the key with --age-key-file, so that it is seen whether it works, or replace it with --error-on-existing=false.',
    );
  }
  if (kept === 'unreadable' && found.length > 0) {
    const note = 'The credential in the repository stays as it is: nobody said with --age-key-file how it is read.';
    return { token: undefined, notes: [note] };
  }
  if (kept !== undefined && kept !== 'unreadable' && (await isKept(joining, kept))) {
    const { tokenSeconds } = joining.options;
    const claims = readTokenClaims(kept.token);
    if (tokenSeconds !== undefined && claims?.expiresAt === undefined) {
      throw new GitfedError(
        'USAGE',
        `${plainText(joining.options.cluster)} has a token that works and does not expire. Nothing was written: replace it with --rotate --token-duration, or leave out --token-duration.`,
      );
    }
    const isMore = found.length > 1;
    const note = moreThanOne(joining.membership.names, found, kept, joining.options.cluster);
    return { token: undefined, notes: isMore ? [note] : [] };
  }
  const { names } = joining.membership;
  const seconds = joining.options.tokenSeconds;
  const fitting = found.find(({ expires }) => expires === (seconds !== undefined));
  const secret = fitting?.name ?? freeName(names, found);
  if (secret === undefined) {
    const [sort, otherwise] = seconds === undefined ? ['lasts', 'with'] : ['expires', 'without'];
    throw allTaken(joining.member, found, {
      why: `none of them is for a token that ${sort}`,
      next: `run it ${otherwise} --token-duration, which takes one of them up, or delete one of them that is certainly not in use`,
    });
  }
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

function planRotation(joining: Planned, found: readonly TokenSecret[], kept: Kept): PlannedToken {
  const { options } = joining;
  const place = placeOfRotation(joining, found, kept);
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
  const ending = found.filter((one) => one !== place.replaced?.secret);
  return { token: { ...place, isThere: false, seconds, ending }, notes: [] };
}

/** A free name; else that of a Secret that is certainly not in use. @throws {GitfedError} where none is. */
function placeOfRotation(
  { options, member, membership: { names }, keeping }: Planned,
  found: readonly TokenSecret[],
  kept: Kept,
): Pick<WantedToken, 'secret' | 'replaced'> {
  const secret = freeName(names, found);
  if (secret !== undefined) return { secret };
  const inUse = secretInUse(names, found, kept);
  const other = found.find((one) => one !== inUse);
  if (inUse === undefined || other === undefined) {
    throw allTaken(member, found, useUnknown(keeping, kept, options.cluster));
  }
  return { secret: other.name, replaced: { secret: other, inUse: inUse.name } };
}

/** What is done about a token, for people. */
export function tokenSteps(
  { member, membership, keeping, token, secretName, options }: Joining,
  kept: Kept,
): readonly PlannedStep[] {
  const { systemNamespace, names } = membership;
  const isStored = keeping.kind === 'store';
  const file = keeping.kind === 'repository' ? keeping.existing?.source.document.file : undefined;
  const place = isStored
    ? { where: keeping.store.where, what: keeping.store.what }
    : { where: 'repository', what: file ?? `Secret ${secretName}, encrypted` };
  if (token === undefined)
    return [{ ...place, action: 'keep', note: kept === 'unreadable' ? 'it was not looked into' : 'its token works' }];
  const lasts =
    token.seconds === undefined ? 'lasts until it is rotated' : `expires after ${durationText(token.seconds)}`;
  const label = (name: string): string => `Secret ${systemNamespace}/${name}`;
  const { replaced } = token;
  return [
    ...(replaced === undefined
      ? []
      : [
          {
            where: member.name,
            what: label(replaced.secret.name),
            action: 'delete',
            note: `it is not in use: ${replaced.inUse} is`,
          } as const,
        ]),
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

/** A server may give a token less time than it was asked for. */
export function tokenNotes(
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
