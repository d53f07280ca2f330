import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { type Letter, type LetterOutcome, Outbox } from './outbox.ts';
import { post } from './post.ts';

const HOUR_MS = 3_600_000;

interface Attempt {
  readonly name: string;
  readonly atMs: number;
}

type Answer = (response: ServerResponse, name: string, attempt: number) => void;

/** An outbox, the real server that it sends to, and a clock that the test moves. */
class Mail {
  readonly clock = new ManualClock();
  readonly attempts: Attempt[] = [];
  /** `a delivered`, in their order. */
  readonly ends: string[] = [];
  readonly outbox: Outbox;
  readonly #url: string;
  #sending = 0;

  private constructor(url: string, random: () => number) {
    this.#url = url;
    this.outbox = new Outbox({
      clock: this.clock,
      random,
      send: async (request, signal) => {
        this.#sending += 1;
        this.attempts.push({ name: request.body, atMs: this.clock.elapsed() });
        try {
          return await post(request, signal, this.clock.now());
        } finally {
          this.#sending -= 1;
        }
      },
      onOutcome: ({ what }: Letter, { type }: LetterOutcome) => {
        if (type !== 'delayed') this.ends.push(`${what} ${type}`);
      },
    });
  }

  /** @param answer absent: nobody listens. */
  static async open(answer: Answer | undefined, random: () => number = () => 0.5): Promise<Mail> {
    const counts = new Map<string, number>();
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const name = Buffer.concat(chunks).toString('utf8');
      const attempt = (counts.get(name) ?? 0) + 1;
      counts.set(name, attempt);
      answer?.(response, name, attempt);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const close = (): void => {
      server.closeAllConnections();
      server.close();
    };
    const mail = new Mail(`http://127.0.0.1:${port}`, random);
    if (answer === undefined) close();
    onTestFinished(async () => {
      const closed = mail.outbox.close();
      mail.clock.advance(3000);
      await closed;
      if (answer !== undefined) close();
    });
    return mail;
  }

  put(name: string, more: Partial<Letter> = {}): void {
    this.outbox.put({ what: name, request: () => ({ url: this.#url, headers: {}, body: name }), ...more });
  }

  /** Until nothing is on its way, and the next thing is a matter of time. */
  async rests(): Promise<void> {
    do await setImmediate();
    while (this.#sending > 0);
  }

  /** Lets time go on, as long as something waits. */
  async run(forMs = Number.POSITIVE_INFINITY): Promise<void> {
    const end = this.clock.elapsed() + forMs;
    await this.rests();
    for (let next = this.clock.nextInMs; next !== undefined; next = this.clock.nextInMs) {
      if (this.clock.elapsed() + next > end) return this.clock.advance(end - this.clock.elapsed());
      this.clock.advance(next);
      await this.rests();
    }
  }
}

const taken: Answer = (response) => response.writeHead(204).end();
const only =
  (poison: string, refuse: (response: ServerResponse) => unknown): Answer =>
  (response, name, attempt) => {
    if (name === poison) refuse(response);
    else taken(response, name, attempt);
  };
const refuseWith =
  (status: number) =>
  (response: ServerResponse): unknown =>
    response.writeHead(status).end();
const letters = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `l${index}`);

describe('a letter that is not taken', () => {
  it.each<[how: string, refuse: (response: ServerResponse) => unknown]>([
    ['500', refuseWith(500)],
    ['503', refuseWith(503)],
    ['408', refuseWith(408)],
    ['a connection that breaks', (response) => response.destroy()],
  ])('holds the others up for a second, and is tried again when its time has come: %s', async (_how, refuse) => {
    const mail = await Mail.open(only('bad', refuse));
    for (const name of ['a', 'bad', 'b', 'c']) mail.put(name);
    await mail.run(999);
    expect(mail.ends).toEqual(['a delivered']);
    await mail.run(1);
    expect(mail.ends).toEqual(['a delivered', 'b delivered', 'c delivered']);
    mail.put('d');
    await mail.run();
    expect(mail.ends.slice(3)).toEqual(['d delivered', 'bad dropped']);
    // Doubled each time up to five minutes.
    const times = mail.attempts.filter(({ name }) => name === 'bad').map(({ atMs }) => atMs / 1000);
    expect(times.slice(0, 10)).toEqual([0, 2, 6, 14, 30, 62, 126, 254, 510, 810]);
    expect(times).toHaveLength(20);
  });

  it('goes before younger ones when the time of all of them has come', async () => {
    let release: (() => void) | undefined;
    const mail = await Mail.open((response, name, attempt) => {
      if (name === 'slow') release = () => response.writeHead(204).end();
      else if (name === 'a' && attempt === 1) refuseWith(500)(response);
      else taken(response, name, attempt);
    });
    mail.put('a');
    await mail.rests();
    mail.clock.advance(1500);
    mail.put('slow');
    mail.put('b');
    await expect.poll(() => release).toBeDefined();
    mail.clock.advance(500);
    release?.();
    await mail.run();
    expect(mail.ends).toEqual(['slow delivered', 'a delivered', 'b delivered']);
  });

  it('is not alone: many that are never taken do not keep a younger one from being tried', async () => {
    const mail = await Mail.open((response, name, attempt) => {
      if (name === 'good') taken(response, name, attempt);
      else refuseWith(500)(response);
    });
    for (const name of letters(5)) mail.put(name);
    mail.put('good');
    // 1 + 2 + 4 + 8 + 16 s: each of them is tried once before.
    await mail.run(31_000);
    expect(mail.ends).toEqual(['good delivered']);
    expect(mail.attempts.map(({ name }) => name)).toEqual([...letters(5), 'good', 'l0']);
  });

  it('keeps its place before younger ones about the same, and before those alone', async () => {
    const mail = await Mail.open((response, name, attempt) => {
      if (name === 'eu-1 failed' && attempt < 3) refuseWith(500)(response);
      else taken(response, name, attempt);
    });
    for (const cluster of ['eu-1', 'us-1']) {
      for (const state of ['failed', 'recovered']) mail.put(`${cluster} ${state}`, { subject: cluster });
    }
    await mail.run();
    expect(mail.ends).toEqual(
      ['us-1 failed', 'us-1 recovered', 'eu-1 failed', 'eu-1 recovered'].map((one) => `${one} delivered`),
    );
  });

  it('gives up its place to another one of its key, which is sent when its time has come', async () => {
    const mail = await Mail.open(only('pending', refuseWith(500)));
    mail.put('pending', { key: 'commit' });
    await mail.rests();
    mail.put('other');
    mail.put('success', { key: 'commit' });
    await mail.run(1999);
    expect(mail.ends).toEqual(['other delivered']);
    await mail.run(1);
    expect(mail.ends).toEqual(['other delivered', 'success delivered']);
    expect(mail.attempts.map(({ name }) => name)).toEqual(['pending', 'other', 'success']);
  });

  it('is replaced while it is on its way as well', async () => {
    const mail = await Mail.open(only('pending', refuseWith(500)));
    mail.put('pending', { key: 'commit' });
    mail.put('success', { key: 'commit' });
    await mail.run();
    expect(mail.attempts.map(({ name }) => name)).toEqual(['pending', 'success']);
  });
});

describe('a receiver', () => {
  it.each<[how: string, answer: Answer | undefined]>([
    ['nobody listens', undefined],
    ['there is no answer', (response) => response.destroy()],
    ['everything is answered with 503', refuseWith(503)],
  ])('that takes nothing is asked no more often for many letters than for some: %s', async (_how, answer) => {
    const counts: number[] = [];
    for (const count of [1, 10, 40, 256]) {
      const mail = await Mail.open(answer);
      for (const name of letters(count)) mail.put(name);
      await mail.run(HOUR_MS / 2);
      const gaps = mail.attempts.slice(1).map(({ atMs }, index) => atMs - (mail.attempts[index]?.atMs ?? 0));
      expect(gaps.slice(0, 5).every((gap, index) => gap >= 1000 * 2 ** index)).toBe(true);
      expect(Math.min(...gaps.slice(5))).toBeGreaterThanOrEqual(30_000);
      counts.push(mail.attempts.length);
    }
    // Five in half a minute, and then one in each.
    expect(Math.max(...counts)).toBeLessThanOrEqual(6 + (HOUR_MS / 2 - 31_000) / 30_000);
    expect(counts[3]).toBe(counts[2]);
  });

  it('that comes back gets all of them, each once', async () => {
    let isBack = false;
    const mail = await Mail.open((response, name, attempt) => {
      if (isBack) taken(response, name, attempt);
      else refuseWith(502)(response);
    });
    for (const name of letters(100)) mail.put(name);
    await mail.run(600_000);
    isBack = true;
    await mail.run(330_000);
    expect(mail.ends.toSorted()).toEqual(
      letters(100)
        .map((name) => `${name} delivered`)
        .toSorted(),
    );
    // Those that were never tried come in the order in which they were told.
    const tried = new Set(mail.attempts.filter(({ atMs }) => atMs <= 600_000).map(({ name }) => name));
    const untried = letters(100).filter((name) => !tried.has(name));
    expect(untried.length).toBeGreaterThan(0);
    expect(mail.ends.map((end) => end.split(' ')[0]).filter((name) => untried.includes(name ?? ''))).toEqual(untried);
  });

  it.each([[429], [503]])('that asks for time with %i gets it, for all letters', async (status) => {
    const mail = await Mail.open((response, name, attempt) => {
      if (name === 'a' && attempt === 1) response.writeHead(status, { 'retry-after': '120' }).end();
      else taken(response, name, attempt);
    });
    for (const name of ['a', 'b']) mail.put(name);
    await mail.run(119_999);
    expect(mail.attempts).toHaveLength(1);
    await mail.run(1);
    expect(mail.ends.toSorted()).toEqual(['a delivered', 'b delivered']);
  });

  it('that is gone gets nothing of what waits for its next attempt', async () => {
    const mail = await Mail.open((response, name) => refuseWith(name === 'gone' ? 410 : 500)(response));
    for (const name of ['a', 'b', 'gone', 'c']) mail.put(name);
    await mail.run();
    expect(mail.ends).toEqual(['gone dropped', 'a dropped', 'b dropped', 'c dropped']);
    expect(mail.clock.waiting).toBe(0);
  });

  it('that refuses one letter for good gets the next at once', async () => {
    const mail = await Mail.open(only('bad', refuseWith(400)));
    for (const name of ['bad', 'a']) mail.put(name);
    await mail.rests();
    await expect.poll(() => mail.ends).toEqual(['bad dropped', 'a delivered']);
    expect(mail.clock.elapsed()).toBe(0);
  });

  it('is no more than 256 letters behind, those included that were tried', async () => {
    const mail = await Mail.open(refuseWith(500));
    for (const name of letters(300)) mail.put(name);
    await mail.run(3000);
    const dropped = new Set(mail.ends.map((end) => end.replace(' dropped', '')));
    // The first is on its way while the others are put in, and the oldest when it comes back.
    expect([...dropped].toSorted()).toEqual(letters(44).toSorted());
  });
});

describe('the end', () => {
  it('tries everything once more, whatever its time, the oldest first', async () => {
    const mail = await Mail.open((response, name, attempt) => {
      if (attempt === 1 && (name === 'a' || name === 'b')) refuseWith(500)(response);
      else taken(response, name, attempt);
    });
    for (const name of ['a', 'b']) mail.put(name);
    await mail.run(1500);
    for (const name of ['c', 'd']) mail.put(name);
    await mail.outbox.close();
    expect(mail.attempts.slice(2).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(mail.ends).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name} delivered`));
    mail.put('e');
    expect(mail.ends.at(-1)).toBe('e dropped');
  });
});

it('no letter is lost or taken twice, whatever the receiver answers and whenever it ends', async () => {
  const answer = fc.constantFrom(204, 204, 204, 400, 408, 429, 500, 503, 'break' as const);
  const step = fc.oneof(
    fc.record({ put: fc.constantFrom(undefined, 'one', 'other') }),
    fc.record({ wait: fc.integer({ min: 0, max: 400_000 }) }),
  );
  const script = fc.array(step, { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      script,
      fc.infiniteStream(answer),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      async (steps, answers, randoms) => {
        const accepted: string[] = [];
        const mail = await Mail.open(
          (response, name) => {
            const { value } = answers.next();
            if (value === 204) accepted.push(name);
            if (value === 'break') response.destroy();
            else response.writeHead(value ?? 204).end();
          },
          () => randoms.next().value ?? 0.5,
        );
        const subjects = new Map<string, string[]>();
        let count = 0;
        for (const one of steps) {
          if ('wait' in one) await mail.run(one.wait);
          else {
            const name = `l${count}`;
            count += 1;
            mail.put(name, one.put === undefined ? {} : { subject: one.put });
            subjects.set(one.put ?? '', [...(subjects.get(one.put ?? '') ?? []), name]);
          }
        }
        await mail.outbox.close();
        expect(mail.ends.map((end) => end.split(' ')[0]).toSorted()).toEqual(letters(count).toSorted());
        const delivered = mail.ends.filter((end) => end.endsWith(' delivered')).map((end) => end.split(' ')[0]);
        expect(delivered).toEqual(accepted);
        for (const subject of ['one', 'other']) {
          const names = subjects.get(subject) ?? [];
          expect(delivered.filter((name) => names.includes(name ?? ''))).toEqual(
            names.filter((name) => accepted.includes(name)),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});
