import { ApiError } from '../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { type LeaseHolder, memberAnnotation, memberOf, processAnnotation } from './lease-holder.ts';

/** A Lease as a member has it. */
export interface LeaseRecord {
  /** All of it, for writing back what is not ours. */
  readonly object: JsonObject;
  /** `''` where nobody holds it. */
  readonly holder: string;
  /** `undefined` where it does not say. */
  readonly durationMs: number | undefined;
  readonly transitions: number;
  readonly process: string | undefined;
  /** As what its holder shares the work with others. */
  readonly member: string | undefined;
  /** Another one after every renewal. */
  readonly fingerprint: string;
}

/** Tells a process of this machine that runs no more. */
export const PROCESS_ANNOTATION = 'gitfed.io/process';
const KIND = 'Lease';
const MEMBER_ANNOTATION = 'gitfed.io/member';
const MOST_TRANSITIONS = 2 ** 31 - 1;

/** @throws {ApiError} where it is no Lease: nothing is written over what is not understood. */
export function parseLease(value: JsonValue): LeaseRecord {
  const metadata = isJsonObject(value) ? value.metadata : undefined;
  const spec = isJsonObject(value) ? (value.spec ?? {}) : undefined;
  if (!isJsonObject(value) || value.kind !== KIND || !isJsonObject(metadata) || !isJsonObject(spec)) {
    throw notALease();
  }
  const { uid, resourceVersion, annotations } = metadata;
  const { holderIdentity = null, leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string' || resourceVersion === '') throw notALease();
  if (holderIdentity !== null && typeof holderIdentity !== 'string') throw notALease();
  const annotation = (name: string): string | undefined => {
    const value = isJsonObject(annotations) && Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const holder = holderIdentity ?? '';
  return {
    object: value,
    holder,
    durationMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
    transitions: typeof transitions === 'number' && transitions >= 0 ? Math.trunc(transitions) : 0,
    process: annotation(PROCESS_ANNOTATION),
    member: memberOf(annotation(MEMBER_ANNOTATION), holder),
    fingerprint: `${uid} ${JSON.stringify(spec)}`,
  };
}

function notALease(): ApiError {
  return new ApiError({
    failure: 'Response',
    status: 200,
    reason: '',
    paths: [],
    causes: [],
    detail: 'it is not a Lease',
  });
}

/** What a Lease is to say once `holder` has taken it. `before` is how it is now. */
export function takenLease(
  before: LeaseRecord | undefined,
  { holder, seconds, now }: { readonly holder: LeaseHolder; readonly seconds: number; readonly now: Date },
): JsonObject {
  const time = microTime(now);
  const transitions = before === undefined ? 0 : before.transitions + Number(before.holder !== holder.identity);
  const spec = {
    holderIdentity: holder.identity,
    leaseDurationSeconds: seconds,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: Math.min(transitions, MOST_TRANSITIONS),
  };
  return changedLease(before, spec, annotationsOf(holder));
}

/** The same holder for another while. */
export function renewedLease(record: LeaseRecord, now: Date): JsonObject {
  const { annotations } = isJsonObject(record.object.metadata) ? record.object.metadata : {};
  return changedLease(record, { renewTime: microTime(now) }, isJsonObject(annotations) ? annotations : {});
}

/** Nobody's. A second is the shortest time that it can say. */
export function releasedLease(record: LeaseRecord, now: Date): JsonObject {
  const time = microTime(now);
  const spec = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
  return changedLease(record, spec, {});
}

function annotationsOf(holder: LeaseHolder): JsonObject {
  const [process, member] = [processAnnotation(holder), memberAnnotation(holder)];
  return {
    ...(process === undefined ? {} : { [PROCESS_ANNOTATION]: process }),
    ...(member === undefined ? {} : { [MEMBER_ANNOTATION]: member }),
  };
}

/** @param own what is said of its holder, in place of what is said now. */
function changedLease(before: LeaseRecord | undefined, spec: JsonObject, own: JsonObject): JsonObject {
  const {
    metadata,
    spec: specBefore,
    ...rest
  } = before?.object ?? { apiVersion: 'coordination.k8s.io/v1', kind: KIND };
  const { annotations, ...others } = isJsonObject(metadata) ? metadata : {};
  const { [PROCESS_ANNOTATION]: _, [MEMBER_ANNOTATION]: __, ...foreign } = isJsonObject(annotations) ? annotations : {};
  return {
    ...rest,
    metadata: {
      ...others,
      annotations: { ...foreign, ...own },
    },
    spec: { ...(isJsonObject(specBefore) ? specBefore : {}), ...spec },
  };
}

/** A MicroTime of Kubernetes, which wants six digits: `2026-01-02T03:04:05.678000Z`. */
export function microTime(now: Date): string {
  return now.toISOString().replace(/Z$/, '000Z');
}

/** A holder is named in messages, and anybody may have written it. */
export function holderText(holder: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}$/.test(holder) ? holder : 'another process';
}
