import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirmUnready, judgeReadiness, type ReadinessState, readinessAsPublished } from './fleet-readiness.ts';

const SETTINGS = {
  availableDelayMs: 20_000,
  unavailableDelayMs: 60_000,
  stabilizationMs: 300_000,
  maxUnreadyPercent: 30,
};

/** A fleet that is probed: `+` answers, `-` does not, `?` is not known; one character for each of a, b, c … */
class Fleet {
  state: ReadinessState;
  recheckInMs: number | undefined;
  #nowS = 0;

  constructor(state: ReadinessState = { clusters: {} }) {
    // It survives being written and read.
    this.state = JSON.parse(JSON.stringify(state));
  }

  /** @returns who is ready afterwards, and `!` where nothing may move. */
  at(seconds: number, probes: string, percent = 30): string {
    this.#nowS = seconds;
    const probed = new Map(
      [...probes].map((mark, index) => [nameOf(index), mark === '?' ? undefined : mark === '+'] as const),
    );
    const verdict = judgeReadiness(this.state, probed, this.#nowS * 1000, { ...SETTINGS, maxUnreadyPercent: percent });
    this.state = JSON.parse(JSON.stringify(verdict.state));
    this.recheckInMs = verdict.recheckInMs;
    const ready = [...verdict.ready].filter(([, isReady]) => isReady).map(([name]) => name);
    return `${ready.join('')}${verdict.suspect === undefined ? '' : `!${verdict.suspect.clusters.join('')}`}`;
  }

  confirm(): void {
    this.state = confirmUnready(this.state);
  }
}

function nameOf(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}

describe('a cluster', () => {
  it('that nobody has probed yet is ready, or as it was published', () => {
    expect(new Fleet().at(0, '???')).toBe('abc');
    const published = { clusters: new Map([['b', { ready: false, workloads: new Map() }]]) };
    expect(new Fleet(readinessAsPublished(published)).at(100_000, '???')).toBe('ac');
  });

  it('that is lost is not ready after the delay, and not before', () => {
    const fleet = new Fleet();
    expect([fleet.at(0, '++++'), fleet.at(10, '-+++'), fleet.recheckInMs]).toEqual(['abcd', 'abcd', 60_000]);
    expect([fleet.at(69, '-+++'), fleet.recheckInMs]).toEqual(['abcd', 1000]);
    expect([fleet.at(70, '-+++'), fleet.recheckInMs]).toEqual(['bcd', undefined]);
  });

  it('that answers in between begins its delay anew', () => {
    const fleet = new Fleet();
    for (const [time, probes] of [
      [0, '-+++'],
      [50, '++++'],
      [55, '-+++'],
      [110, '-+++'],
    ] as const) {
      expect(fleet.at(time, probes)).toBe('abcd');
    }
    expect(fleet.at(115, '-+++')).toBe('bcd');
  });

  it('that was lost is ready again after it was stable without a break', () => {
    const fleet = new Fleet();
    fleet.at(-1, '++++');
    fleet.at(0, '-+++');
    expect(fleet.at(60, '-+++')).toBe('bcd');
    expect([fleet.at(100, '++++'), fleet.recheckInMs]).toEqual(['bcd', 300_000]);
    expect(fleet.at(399, '++++')).toBe('bcd');
    expect(fleet.at(399.5, '-+++')).toBe('bcd');
    expect([fleet.at(400, '++++'), fleet.at(699, '++++'), fleet.at(700, '++++')]).toEqual(['bcd', 'bcd', 'abcd']);
  });

  it('of which nothing is known for a while has to be stable from then on', () => {
    const fleet = new Fleet(
      readinessAsPublished({ clusters: new Map([['a', { ready: false, workloads: new Map() }]]) }),
    );
    fleet.at(0, '++++');
    fleet.at(290, '?+++');
    expect([fleet.at(310, '++++'), fleet.at(609, '++++'), fleet.at(610, '++++')]).toEqual(['bcd', 'bcd', 'abcd']);
  });

  it('that never answered needs no more than the shorter delay', () => {
    const fresh = new Fleet();
    fresh.at(0, '-???');
    expect(fresh.at(60, '-???')).toBe('bcd');
    expect([fresh.at(70, '+???'), fresh.at(89, '+???'), fresh.at(90, '+???')]).toEqual(['bcd', 'bcd', 'abcd']);
  });

  it('is not lost sooner, nor much later, because a clock is set', () => {
    const fleet = new Fleet();
    fleet.at(1000, '-+++');
    expect(fleet.at(10, '-+++')).toBe('abcd');
    expect([fleet.at(69, '-+++'), fleet.at(70, '-+++')]).toEqual(['abcd', 'bcd']);
  });

  it('that is the last ready one stays ready, since nothing could go anywhere', () => {
    const fleet = new Fleet();
    fleet.at(0, '-');
    expect(fleet.at(1000, '-')).toBe('a');
    const two = new Fleet();
    two.at(-1, '++');
    two.at(0, '-+');
    expect([two.at(60, '-+'), two.at(100, '--'), two.at(1000, '--')]).toEqual(['b', 'b', 'b']);
    // The first one is back and stable: now the other can go.
    expect([two.at(1010, '+-'), two.at(1309, '+-'), two.at(1310, '+-')]).toEqual(['b', 'b', 'a']);
  });

  it('that is registered no longer is forgotten', () => {
    const fleet = new Fleet();
    fleet.at(0, '+-');
    fleet.at(1, '+');
    expect(Object.keys(fleet.state.clusters)).toEqual(['a']);
  });

  it('may have any name', () => {
    const probed = new Map([
      ['__proto__', false],
      ['constructor', true],
    ]);
    const first = judgeReadiness({ clusters: {} }, probed, 0, SETTINGS);
    const later = judgeReadiness(JSON.parse(JSON.stringify(first.state)), probed, 60_000, SETTINGS);
    expect([...later.ready]).toEqual([
      ['__proto__', false],
      ['constructor', true],
    ]);
  });
});

describe('the guard of fail-over', () => {
  it('lets one of three go, whatever percentage that is', () => {
    const fleet = new Fleet();
    fleet.at(0, '-++');
    expect(fleet.at(60, '-++')).toBe('bc');
  });

  it('lets three of ten go and not four', () => {
    const three = new Fleet();
    three.at(0, '---+++++++');
    expect(three.at(60, '---+++++++')).toBe('defghij');
    const four = new Fleet();
    four.at(0, '----++++++');
    expect(four.at(60, '----++++++')).toBe('abcdefghij!abcd');
  });

  it('counts those that are lost within one delay of the first', () => {
    const fleet = new Fleet();
    fleet.at(0, '-+++');
    fleet.at(59, '--++');
    expect(fleet.at(60, '--++')).toBe('abcd!ab');
    const later = new Fleet();
    later.at(0, '-+++');
    expect([later.at(60, '-+++'), later.at(61, '--++'), later.at(121, '--++')]).toEqual(['bcd', 'bcd', 'cd']);
  });

  it('moves nothing for as long as it lasts, nor back', () => {
    const fleet = new Fleet(
      readinessAsPublished({ clusters: new Map([['e', { ready: false, workloads: new Map() }]]) }),
    );
    fleet.at(0, '---++');
    expect([fleet.at(60, '---++'), fleet.at(1000, '---++'), fleet.recheckInMs]).toEqual([
      'abcd!abc',
      'abcd!abc',
      undefined,
    ]);
  });

  it('ends when so many are back that the rest may go, after they have answered for a while', () => {
    const fleet = new Fleet();
    fleet.at(0, '---+');
    expect(fleet.at(60, '---+')).toBe('abcd!abc');
    expect([fleet.at(100, '-+++'), fleet.recheckInMs]).toEqual(['abcd!abc', 20_000]);
    // One goes again.
    expect(fleet.at(110, '--++')).toBe('abcd!abc');
    expect([fleet.at(115, '-+++'), fleet.at(134, '-+++'), fleet.at(135, '-+++')]).toEqual([
      'abcd!abc',
      'abcd!ab',
      'bcd',
    ]);
  });

  it('holds at the start of a daemon that reaches few of them', () => {
    const published = {
      clusters: new Map([
        ['a', { ready: true, workloads: new Map() }],
        ['d', { ready: false, workloads: new Map() }],
      ]),
    };
    const fleet = new Fleet(readinessAsPublished(published));
    expect([fleet.at(0, '?--?'), fleet.at(5, '----'), fleet.at(65, '----')]).toEqual(['abc', 'abc', 'abc!abc']);
  });

  it('lets them go that somebody says are gone', () => {
    const fleet = new Fleet();
    fleet.at(0, '---+');
    expect(fleet.at(60, '---+')).toBe('abcd!abc');
    fleet.confirm();
    expect([fleet.at(61, '---+'), fleet.at(62, '---+')]).toEqual(['d', 'd']);
    // They come back as others do.
    expect([fleet.at(100, '+--+'), fleet.at(400, '+--+')]).toEqual(['d', 'ad']);
  });

  it('holds those that are lost after somebody spoke', () => {
    const fleet = new Fleet();
    fleet.at(0, '---+++++++');
    fleet.at(0, '----++++++');
    fleet.at(60, '----++++++');
    fleet.confirm();
    expect(fleet.at(61, '------++++')).toBe('efghij');
    expect(fleet.at(121, '------++++')).toBe('efghij!ef');
  });

  it('has nothing to confirm without a suspicion', () => {
    const fleet = new Fleet();
    fleet.at(0, '-+++');
    const before = fleet.state;
    expect(confirmUnready(before)).toBe(before);
  });

  it('keeps a fleet that is gone as a whole, even when somebody says so, until one is back', () => {
    const fleet = new Fleet();
    fleet.at(0, '---');
    expect(fleet.at(60, '---')).toBe('abc!abc');
    fleet.confirm();
    expect(fleet.at(61, '---')).toBe('abc');
    expect(fleet.at(70, '+--')).toBe('a');
  });

  it.each([
    [100, 'cd'],
    [50, 'cd'],
    [49, 'abcd!ab'],
    [0, 'abcd!ab'],
  ])('follows a limit of %i %', (percent, expected) => {
    const fleet = new Fleet();
    fleet.at(0, '--++', percent);
    expect(fleet.at(60, '--++', percent)).toBe(expected);
  });
});

it('never takes away a ready cluster before its delay, nor the last one, whatever the probes say', () => {
  const probes = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 90 }), fc.array(fc.constantFrom('+', '-', '?'), { minLength: 5, maxLength: 5 })),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(probes, (steps) => {
      const fleet = new Fleet();
      let [time, before] = [0, 'abcde'];
      const silentSince = new Map<string, number>();
      for (const [pause, marks] of steps) {
        time += pause;
        for (const [index, mark] of marks.entries()) {
          const name = nameOf(index);
          if (mark !== '-') silentSince.delete(name);
          else if (!silentSince.has(name)) silentSince.set(name, time);
        }
        const [after = '', suspects] = fleet.at(time, marks.join('')).split('!');
        expect(after.length).toBeGreaterThan(0);
        const gone = [...before].filter((name) => !after.includes(name));
        for (const name of gone) expect(time - (silentSince.get(name) ?? time)).toBeGreaterThanOrEqual(60);
        if (suspects !== undefined) expect(after).toBe(before);
        if (gone.length > 1) expect(gone.length * 100).toBeLessThanOrEqual(30 * before.length);
        before = after;
      }
    }),
  );
});
