import type { LeaseHolder } from '../../apply/lease-holder.ts';
import { isSameList } from '../../core/index.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { jittered } from '../back-off.ts';
import { WakeUp } from '../wake-up.ts';
import type { Directory } from './directory.ts';
import { LiveMembers } from './live-members.ts';
import type { MemberRecord } from './member-lease.ts';
import { holderIn, type Item, mayBegin, type ToldView, type View } from './shares.ts';
import { ignoreTrouble, isTrouble } from './trouble.ts';
import { WriteGuard } from './write-guard.ts';

/** All in milliseconds. */
export interface HomeDurations {
  /** How long others wait for a member that does not renew. */
  readonly leaseMs: number;
  /** Without a renewal for so long a member stops writing: early enough for what is under way to end before others begin. */
  readonly renewDeadlineMs: number;
  readonly renewMs: number;
  /** From one look at the others to the next, and between attempts. */
  readonly retryMs: number;
}

/** In the proportions that Kubernetes has for its own controllers: 15, 10, 5 and 2 s. */
export function homeDurations(leaseMs: number): HomeDurations {
  return { leaseMs, renewDeadlineMs: (leaseMs * 2) / 3, renewMs: leaseMs / 3, retryMs: (leaseMs * 2) / 15 };
}

/** What this process has of what is shared. */
export interface Share {
  /** Whether it may begin with an item that it does not hold yet. What it holds already it keeps until it is told to release it. */
  mayBegin(item: Item): boolean;
  /** Whether an item is to be ours, by now or when others have let it go. */
  isOurs(item: Item): boolean;
  /** Those that live, itself included, the oldest first: that one leads. */
  readonly members: readonly { readonly id: string; readonly holder: string; readonly work: string }[];
  /** Who that is; `undefined` while it is no member. */
  readonly id: string | undefined;
}

export interface MembershipOptions {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: () => number;
  readonly durations: HomeDurations;
  readonly holder: LeaseHolder;
  /** What it works on, as a digest. */
  readonly work: string;
  /** Another one each time. */
  readonly newId: () => string;
  /** Lets go whatever is not kept. @returns when all of that has ended: only then others are told. */
  readonly release: (isKept: (item: Item) => boolean) => Promise<void>;
  /** More may have become ours. */
  readonly onShare: (share: Share) => void;
  /** Nothing is held any more, and why; told once until it is a member again. */
  readonly onLost: (why: string) => void;
  readonly onJoined: (id: string) => void;
}

/** One life of a member: from its Lease that is made to the one that is lost. */
interface Life {
  readonly id: string;
  record: MemberRecord;
  /** What it has told, and stands by. */
  told: View;
  /** Those that live, as it sees them. What it holds is within both. */
  target: View;
  /** Everything that the target takes away has ended. */
  isReleased: boolean;
  others: readonly ToldView[];
  renewedAt: number;
  /** The others were looked at after they were told. */
  isSeen: boolean;
}

const NOBODY: Share = { mayBegin: () => false, isOurs: () => false, members: [], id: undefined };

/**
 * Takes part in a home: keeps a Lease there, sees who else does, and says what this process may have of what is shared.
 *
 * A member first lets go what others are to have, then tells by its Lease which members it goes by, then looks at what the others told, and
 * only then begins with what is new ({@link mayBegin}). Whoever could not renew in time lets everything go before others may take it for
 * gone, and comes back as another member.
 */
export class Membership {
  readonly guard: WriteGuard;
  readonly #options: MembershipOptions;
  readonly #wake: WakeUp;
  readonly #live: LiveMembers;
  #life: Life | undefined;
  /** Its Lease is in the way of nobody for long, but others need not wait for it. */
  #former: MemberRecord | undefined;
  #releasing: Promise<void> = Promise.resolve();
  #share = NOBODY;
  #isOut = false;
  #isClosed = false;
  /** Why the last attempt to renew failed. */
  #trouble = '';
  #running: Promise<void> | undefined;
  #cancelDeadline: () => void = () => undefined;

  constructor(options: MembershipOptions) {
    const { clock, durations, holder } = options;
    this.#options = options;
    this.#wake = new WakeUp(clock);
    this.#live = new LiveMembers(holder, durations.leaseMs);
    this.guard = new WriteGuard(clock, durations.renewDeadlineMs, () => this.#lose(this.#late()));
  }

  get share(): Share {
    return this.#share;
  }

  /** Something may be new in the home. */
  hint(): void {
    this.#wake.tell();
  }

  /** Until it is closed. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Gives the Lease up, so that others take over at once. All that is held has to be let go before. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake.tell();
    await this.#running;
    this.#cancelDeadline();
    this.guard.close();
    const record = this.#life?.record ?? this.#former;
    this.#life = undefined;
    this.#share = NOBODY;
    if (record === undefined) return;
    // Where that fails it expires.
    await this.#options.directory.remove(record, { isOurs: true }).catch(ignoreTrouble);
  }

  async #run(): Promise<void> {
    const { durations, random } = this.#options;
    while (!this.#isClosed) {
      try {
        await this.#look();
      } catch (error) {
        if (!isTrouble(error)) throw error;
        // Until the deadline there is time for more attempts.
        if (this.#life === undefined) this.#tellLost(error.message);
        else this.#trouble = error.message;
      }
      await this.#wake.wait(jittered(durations.retryMs, random));
    }
  }

  async #look(): Promise<void> {
    const { directory, clock } = this.#options;
    if (this.#life !== undefined && !this.guard.isOpen) this.#lose(this.#late());
    await (this.#life === undefined ? this.#join() : this.#renew(this.#life));
    const life = this.#life;
    if (life === undefined) return;
    const asked = clock.elapsed();
    const records = await directory.list();
    const now = clock.elapsed();
    if (life !== this.#life) return;
    const own = records.find(({ id }) => id === life.id);
    if (own === undefined || own.uid !== life.record.uid) return this.#lose('its Lease was deleted');
    if (own.holder !== this.#options.holder.identity) return this.#lose('its Lease was taken over');
    life.record = own;
    const judgement = await this.#live.judge(records, { asked, now, own: life.id });
    if (life !== this.#life) return;
    this.#see(life, judgement.live);
    // Whoever is gone for us need not be waited for by others, and cannot come back with it.
    for (const record of judgement.gone) await directory.remove(record).catch(ignoreTrouble);
  }

  async #join(): Promise<void> {
    const { directory, newId, onJoined } = this.#options;
    await this.#releasing;
    if (this.#isClosed) return;
    if (this.#former !== undefined) await directory.remove(this.#former, { isOurs: true });
    this.#former = undefined;
    const id = newId();
    const mark = this.guard.mark();
    const record = await directory.create(this.#stateOf(id, []));
    this.guard.renewed(mark);
    this.#life = {
      id,
      record,
      told: [],
      target: [],
      isReleased: true,
      isSeen: false,
      others: [],
      renewedAt: mark.elapsed,
    };
    this.#isOut = false;
    this.#trouble = '';
    this.#watchDeadline();
    onJoined(id);
  }

  async #renew(life: Life): Promise<void> {
    const { directory, durations, clock } = this.#options;
    const isNews = life.isReleased && life.told !== life.target;
    if (!isNews && clock.elapsed() - life.renewedAt < durations.renewMs) return;
    const view = isNews ? life.target : life.told;
    // What was seen before the others were told says nothing of who may begin after it.
    if (isNews) life.isSeen = false;
    const mark = this.guard.mark();
    const record = await directory.renew(life.record, this.#stateOf(life.id, view));
    // It is looked at next, what it says now.
    if (life !== this.#life || record === undefined) return;
    life.record = record;
    life.told = view;
    life.renewedAt = mark.elapsed;
    this.guard.renewed(mark);
    this.#trouble = '';
    this.#watchDeadline();
  }

  #see(life: Life, live: readonly MemberRecord[]): void {
    const seen = live.map(({ id }) => id);
    const target = isSameList(seen, life.target) ? life.target : seen;
    // Of views that are the same one is kept, for what is remembered of it.
    life.others = live
      .filter(({ id }) => id !== life.id)
      .map(({ id, view }) => ({ id, view: isSameList(view, target) ? target : view }));
    life.isSeen = true;
    if (target !== life.target) this.#aim(life, target);
    const { id } = life;
    this.#share = {
      id,
      members: live.map((one) => ({ id: one.id, holder: one.holder, work: one.work })),
      isOurs: (item) => life === this.#life && holderIn(life.target, item) === id,
      mayBegin: (item) =>
        life === this.#life &&
        life.isSeen &&
        life.told === life.target &&
        mayBegin({ id, view: life.told }, life.others, item),
    };
    this.#options.onShare(this.#share);
  }

  #aim(life: Life, target: View): void {
    life.target = target;
    life.isReleased = false;
    const isKept = (item: Item): boolean => holderIn(target, item) === life.id;
    const done = this.#release(isKept);
    void done.then(() => {
      if (life !== this.#life || life.target !== target) return;
      life.isReleased = true;
      this.#wake.tell();
    });
  }

  /** One after the other: what an earlier one lets go has ended too. */
  #release(isKept: (item: Item) => boolean): Promise<void> {
    const before = this.#releasing;
    const work = this.#options.release(isKept);
    this.#releasing = before.then(() => work);
    return this.#releasing;
  }

  #lose(why: string): void {
    const life = this.#life;
    if (life === undefined) return;
    this.guard.close();
    this.#cancelDeadline();
    this.#former = life.record;
    this.#life = undefined;
    this.#share = NOBODY;
    this.#tellLost(why);
    this.#options.onShare(NOBODY);
    void this.#release(() => false);
    this.#wake.tell();
  }

  #tellLost(why: string): void {
    if (this.#isOut) return;
    this.#isOut = true;
    this.#options.onLost(why);
  }

  #late(): string {
    const seconds = this.#options.durations.renewDeadlineMs / 1000;
    return `its Lease was not renewed for ${seconds} s${this.#trouble === '' ? '' : `: ${this.#trouble}`}`;
  }

  #watchDeadline(): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.schedule(Math.max(0, this.guard.leftMs), () => {
      if (this.#life !== undefined && !this.guard.isOpen) this.#lose(this.#late());
    });
  }

  #stateOf(id: string, view: View): Parameters<Directory['create']>[0] {
    const { holder, work } = this.#options;
    return { id, holder, view, work };
  }
}
