import { type LeaseHolder, processAnnotation } from '../../apply/lease-holder.ts';
import { microTime, PROCESS_ANNOTATION } from '../../apply/lease-record.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import type { View } from './shares.ts';

/** A member, as its Lease in the home cluster says. */
export interface MemberRecord {
  /** Of the Lease. */
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** One for each life of a process: whoever lost its Lease comes back as somebody else. */
  readonly id: string;
  /** For people: `<host>_<pid>_<random>`. */
  readonly holder: string;
  readonly createdAt: string;
  readonly durationMs: number | undefined;
  readonly view: View;
  /** What it works on, as a digest: all members should say the same. */
  readonly work: string;
  /** Tells a process of this machine that runs no more. */
  readonly process: string | undefined;
  /** Another one after every renewal. */
  readonly fingerprint: string;
}

/** What a member says of itself. */
export interface MemberState {
  readonly id: string;
  readonly holder: LeaseHolder;
  readonly view: View;
  readonly work: string;
}

/** Which home a Lease or a ConfigMap belongs to. */
export const HOME_LABEL = 'gitfed.io/home';
const ROLE_LABEL = 'gitfed.io/role';
const MEMBER_ANNOTATION = 'gitfed.io/member';
const VIEW_ANNOTATION = 'gitfed.io/members';
const WORK_ANNOTATION = 'gitfed.io/work';
/** A member that names more than this is no member of ours. */
const MOST_MEMBERS = 1000;

/** The name of the Lease of a member. */
function memberLeaseName(home: string, id: string): string {
  return `gitfed-${home}-${id}`;
}

/** A Lease of a member. `before`: what it says now, for times and what is not ours; absent where it is made. */
export function memberLease(
  home: string,
  state: MemberState,
  { seconds, now, before }: { readonly seconds: number; readonly now: Date; readonly before?: JsonObject },
): JsonObject {
  const time = microTime(now);
  const { metadata, spec, ...rest } = before ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
  const known = isJsonObject(metadata) ? metadata : {};
  const process = processAnnotation(state.holder);
  return {
    ...rest,
    metadata: {
      ...known,
      name: memberLeaseName(home, state.id),
      labels: {
        ...(isJsonObject(known.labels) ? known.labels : {}),
        [HOME_LABEL]: home,
        [ROLE_LABEL]: state.view[0] === state.id ? 'leader' : 'member',
      },
      annotations: {
        ...(isJsonObject(known.annotations) ? known.annotations : {}),
        [MEMBER_ANNOTATION]: state.id,
        [VIEW_ANNOTATION]: state.view.join(','),
        [WORK_ANNOTATION]: state.work,
        ...(process === undefined ? {} : { [PROCESS_ANNOTATION]: process }),
      },
    },
    spec: {
      ...(isJsonObject(spec) ? spec : { acquireTime: time }),
      holderIdentity: state.holder.identity,
      leaseDurationSeconds: seconds,
      renewTime: time,
    },
  };
}

/** `undefined` for a Lease that is no member's. */
export function readMember(value: JsonValue): MemberRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { metadata } = value;
  const spec = isJsonObject(value.spec) ? value.spec : {};
  if (!isJsonObject(metadata)) return undefined;
  const { name, uid, resourceVersion, creationTimestamp: createdAt } = metadata;
  const annotations = isJsonObject(metadata.annotations) ? metadata.annotations : {};
  const id = annotations[MEMBER_ANNOTATION];
  const { holderIdentity: holder, leaseDurationSeconds: seconds } = spec;
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  if (typeof createdAt !== 'string' || typeof id !== 'string' || !isMemberId(id)) return undefined;
  // Nobody's: it was set free by hand.
  if (typeof holder !== 'string' || holder === '') return undefined;
  return {
    name,
    uid,
    resourceVersion,
    id,
    holder,
    createdAt,
    durationMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
    view: readView(annotations[VIEW_ANNOTATION]),
    work: textOf(annotations[WORK_ANNOTATION]) ?? '',
    process: textOf(annotations[PROCESS_ANNOTATION]),
    fingerprint: `${uid} ${JSON.stringify(spec)}`,
  };
}

/** Ids are in names of Leases, and in lists with commas. */
export function isMemberId(text: string): boolean {
  return /^[a-z0-9]{1,40}$/.test(text);
}

function readView(value: JsonValue | undefined): View {
  if (typeof value !== 'string' || value === '') return [];
  return value.split(',', MOST_MEMBERS).filter(isMemberId);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The oldest first: all that see the same members see them in the same order. */
export function byAge(a: MemberRecord, b: MemberRecord): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
