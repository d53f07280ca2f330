import { isHolderGone, type LeaseHolder } from '../../apply/lease-holder.ts';
import { byAge, type MemberRecord } from './member-lease.ts';

interface Sighting {
  readonly fingerprint: string;
  /** When it was seen like this for the first time, by our own clock. */
  readonly since: number;
}

/** Who lives and who does not, the oldest first. */
export interface Judgement {
  readonly live: readonly MemberRecord[];
  readonly gone: readonly MemberRecord[];
}

/**
 * Judges by their Leases which members live. Clocks of others are never asked: gone is who has not changed its Lease for its duration, since
 * we saw it; and a process of this machine that runs no more.
 */
export class LiveMembers {
  readonly #holder: LeaseHolder;
  readonly #defaultMs: number;
  #seen = new Map<string, Sighting>();

  constructor(holder: LeaseHolder, defaultMs: number) {
    this.#holder = holder;
    this.#defaultMs = defaultMs;
  }

  /**
   * @param records all that there are.
   * @param asked when they were asked for: until then at least they were so.
   * @param now when they were there.
   * @param own lives, whatever its Lease says.
   */
  async judge(
    records: readonly MemberRecord[],
    { asked, now, own }: { readonly asked: number; readonly now: number; readonly own: string },
  ): Promise<Judgement> {
    const seen = new Map<string, Sighting>();
    const live: MemberRecord[] = [];
    const gone: MemberRecord[] = [];
    for (const record of records.toSorted(byAge)) {
      const before = this.#seen.get(record.name);
      const sighting =
        before?.fingerprint === record.fingerprint ? before : { fingerprint: record.fingerprint, since: now };
      seen.set(record.name, sighting);
      const isGone = record.id !== own && (await this.#isGone(record, asked - sighting.since));
      (isGone ? gone : live).push(record);
    }
    this.#seen = seen;
    return { live, gone };
  }

  async #isGone(
    { durationMs = this.#defaultMs, process, holder }: MemberRecord,
    unchangedMs: number,
  ): Promise<boolean> {
    return unchangedMs >= durationMs || (await isHolderGone(process, holder, this.#holder.process));
  }
}
