import { describe, expect, it } from 'vitest';
import type { ClusterPreference } from '../api/index.ts';
import { fnv1, type PlanInput, planReplicas } from './planner.ts';

interface Row {
  readonly total: number;
  readonly rebalance: string;
  readonly clusters: string;
  readonly preferences: string;
  readonly current: string;
  readonly capacity: string;
  readonly plan: string;
  readonly overflow: string;
}

/** `total | rebalance | clusters | preferences | current | capacity | plan | overflow`; `-` is nothing. */
function rows(text: string): [string, Row][] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const [total = '', rebalance = '', clusters = '', preferences = '', current = '', capacity = ''] = cells;
      const [plan = '', overflow = ''] = cells.slice(6);
      return [
        line.trim(),
        { total: Number(total), rebalance, clusters, preferences, current, capacity, plan, overflow },
      ];
    });
}

function preferencesOf(text: string): ReadonlyMap<string, ClusterPreference> {
  if (text === '-') return new Map();
  return new Map(
    text.split(';').map((item): [string, ClusterPreference] => {
      const [name = '', settings = ''] = item.trim().split(':');
      const number = (key: string): bigint | undefined => {
        const match = new RegExp(`${key}(-?\\d+)`).exec(settings)?.[1];
        return match === undefined ? undefined : BigInt(match);
      };
      const maxReplicas = number('max');
      return [
        name,
        {
          minReplicas: number('min') ?? 0n,
          weight: number('w') ?? 0n,
          ...(maxReplicas === undefined ? {} : { maxReplicas }),
        },
      ];
    }),
  );
}

function countsOf(text: string): ReadonlyMap<string, bigint> {
  if (text === '-') return new Map();
  return new Map(
    text.split(' ').map((item) => {
      const [name = '', count = ''] = item.split('=');
      return [name, BigInt(count)];
    }),
  );
}

function inputOf(row: Row, key: string): PlanInput {
  return {
    totalReplicas: BigInt(row.total),
    rebalance: row.rebalance === 'T',
    preferences: preferencesOf(row.preferences),
    clusters: row.clusters === '-' ? [] : row.clusters.split(' '),
    current: countsOf(row.current),
    capacity: countsOf(row.capacity),
    key,
  };
}

function formatCounts(counts: ReadonlyMap<string, bigint>): string {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, count]) => `${name}=${count}`).join(' ') || '-';
}

function plan(row: Row, key: string): Pick<Row, 'plan' | 'overflow'> {
  const { replicas, overflow } = planReplicas(inputOf(row, key));
  return { plan: formatCounts(replicas), overflow: formatCounts(overflow) };
}

const WORKED_EXAMPLES = `
9   | F | A B C | *:w1                   | -           | -              | A=3 B=3 C=3    | -
10  | F | A B C | *:w1                   | -           | -              | A=4 B=4 C=2    | -
1   | F | A B C | *:w1                   | -           | -              | A=0 B=1 C=0    | -
50  | F | A B C | *:w1                   | -           | -              | A=17 B=17 C=16 | -
9   | F | A B C | A:w1; B:w2             | -           | -              | A=3 B=6 C=0    | -
9   | F | A B C | A:min4,max6,w1; B:min4,max8,w2 | - | -              | A=4 B=5 C=0    | -
50  | F | A B C | *:w1; C:max20,w1       | -           | -              | A=17 B=17 C=16 | -
50  | F | A C   | *:w1; C:max20,w1       | -           | -              | A=30 C=20      | -
50  | F | C     | *:w1; C:max20,w1       | -           | -              | C=20           | -
10  | T | A B C | A:w1; B:w10; C:w3      | -           | -              | A=0 B=8 C=2    | -
7   | T | A B C | A:w3; B:w3; C:w2       | -           | -              | A=3 B=3 C=1    | -
50  | T | A B C | *:w1                   | -           | B=10           | A=20 B=10 C=20 | B=7
50  | F | A B C | *:w1                   | -           | B=10           | A=20 B=10 C=20 | -
18  | F | A B C | *:w1                   | A=3         | -              | A=6 B=6 C=6    | -
18  | F | A B C | *:w1                   | A=10        | -              | A=10 B=4 C=4   | -
18  | F | A B C | *:w1                   | A=18        | -              | A=18 B=0 C=0   | -
18  | F | A B C | *:w1                   | A=30        | -              | A=18 B=0 C=0   | -
18  | T | A B C | *:w1                   | A=18        | -              | A=6 B=6 C=6    | -
18  | F | A B C | *:w1; A:w1,max5        | A=10        | -              | A=5 B=7 C=6    | -
50  | F | A B C | *:w1                   | A=30        | A=16 C=48      | A=16 B=17 C=17 | -
50  | T | A B C | *:w1                   | A=30        | A=10 B=10 C=21 | A=10 B=10 C=21 | A=7 B=7 C=9
50  | F | A B C | *:w1                   | A=30        | A=10 B=10 C=21 | A=10 B=10 C=21 | A=4 B=4 C=9
50  | T | A B C | *:min20                | -           | -              | A=20 B=20 C=10 | -
50  | T | A B C | *:min10                | -           | -              | A=10 B=10 C=10 | -
50  | T | A B C | *:min20; A:min100,w1   | -           | -              | A=50 B=0 C=0   | -
50  | T | A B C | *:w1,max2              | -           | -              | A=2 B=2 C=2    | -
50  | T | A B C | *:w1,max0              | -           | -              | A=0 B=0 C=0    | -
10  | T | A B   | A:min5,max3,w1; B:w1   | -           | -              | A=3 B=7        | -
5   | T | A B   | A:min5,max3,w1; B:w1   | -           | -              | A=5 B=0        | -
0   | T | A B C | *:w1                   | A=4         | -              | A=0 B=0 C=0    | -
0   | F | A B C | *:w1                   | A=4         | -              | A=0 B=0 C=0    | -
-5  | T | A B C | *:w1                   | -           | -              | A=0 B=-5 C=0   | -
-5  | F | A B C | *:w1,min2              | -           | -              | A=0 B=-5 C=0   | -
10  | T | A B   | A:w-3; B:w1            | -           | -              | A=0 B=0        | -
10  | T | A B   | A:w-1; B:w3            | -           | -              | A=0 B=10       | -
10  | T | A B   | *:w1                   | -           | A=-2           | A=-2 B=12      | A=6
10  | T | A B C | D:w1                   | -           | -              | A=0 B=0 C=0    | -
10  | T | A B C | -                      | -           | -              | A=0 B=0 C=0    | -
10  | F | A B C | A:w0,min2; B:w1        | A=7         | -              | A=7 B=3 C=0    | -
10  | F | A B C | *:w1                   | A=5 B=5     | A=3            | A=3 B=5 C=2    | -
100 | T | A B C | A:w1,max10; B:w2,max20; C:w7 | -     | C=40           | A=10 B=20 C=40 | C=30
100 | F | A B C | A:w1,max10; B:w2,max20; C:w7 | -     | C=40           | A=10 B=20 C=40 | C=30
`;

const RANDOM_EXAMPLES = `
4  | F | east-1 b a west | *:w2,max8; a:w0; b:w2,min5 | - | west=0 | a=0 b=4 east-1=0 west=0 | -
42 | F | west a b c1 | a:w0; b:w2,max9; c1:w4,min2; west:w2 | - | b=5 | a=0 b=5 c1=26 west=11 | -
48 | F | a c1 west | *:w4,max14; east-1:w4; west:w1,min3 | - | c1=11 | a=14 c1=11 west=23 | -
45 | F | west a | a:w4; b:w4,max14; c1:w1 | a=7 west=16 | - | a=45 west=0 | -
26 | F | b west c1 | *:w3; a:w3; c1:w1; east-1:w1,min5; west:w4 | b=5 west=3 | - | b=10 c1=3 west=13 | -
38 | F | west b c1 east-1 | a:w2,min3,max7; b:w3; c1:w1; west:w3,min3 | b=1 c1=14 west=11 | - | b=10 c1=14 east-1=0 west=14 | -
29 | T | c1 east-1 a west | *:w4,min5; a:w0,max6; east-1:w0,min3; west:w4 | a=15 c1=16 east-1=11 west=8 | a=7 | a=0 c1=16 east-1=3 west=10 | -
47 | T | east-1 c1 west a | *:w4,min7; a:w1,max1; b:w0,max6; c1:w3,max6; west:w0,max9 | east-1=13 | - | a=1 c1=6 east-1=40 west=0 | -
22 | T | east-1 west c1 | *:w3; b:w1,min4; c1:w1; east-1:w3; west:w1 | east-1=9 | - | c1=5 east-1=14 west=3 | -
27 | F | a east-1 c1 | *:w0; a:w2,min5; b:w2; c1:w0; west:w0,min6 | a=3 east-1=3 | - | a=24 c1=0 east-1=3 | -
39 | F | east-1 c1 a | a:w0,min6; b:w4,min7; east-1:w1 | a=16 east-1=15 | - | a=16 c1=0 east-1=23 | -
13 | F | west b a east-1 | b:w3; c1:w1; east-1:w0,max14; west:w4 | a=9 | a=6 east-1=8 west=11 | a=0 b=5 east-1=0 west=8 | -
43 | T | east-1 a west | *:w4; a:w4,max10; c1:w2 | east-1=8 west=12 | west=6 | a=10 east-1=27 west=6 | west=9
49 | T | a c1 | b:w1,max2; c1:w2; east-1:w1,max14; west:w1,min3 | a=13 c1=10 | - | a=0 c1=49 | -
8  | T | east-1 west | *:w1,max10; a:w3,max2; b:w3; c1:w3; west:w4,min5,max14 | east-1=7 | - | east-1=0 west=8 | -
38 | F | c1 east-1 | b:w3; west:w3 | c1=9 east-1=2 | c1=2 | c1=0 east-1=0 | -
11 | T | west east-1 b c1 | a:w3,max3; b:w1; c1:w4,min5,max9; east-1:w0,min6; west:w0 | c1=19 east-1=17 | c1=1 | b=4 c1=1 east-1=6 west=0 | c1=4
24 | T | c1 b a | *:w1; a:w1; east-1:w3 | a=13 c1=19 | - | a=8 b=8 c1=8 | -
39 | F | a b | *:w1,max9; c1:w4; west:w4,min6,max1 | a=9 b=6 | - | a=9 b=9 | -
20 | F | west c1 east-1 | *:w2; a:w3; b:w3; c1:w2; east-1:w1,max12; west:w3,min5 | west=3 | east-1=8 | c1=5 east-1=2 west=13 | -
30 | T | east-1 b | a:w2,max11; b:w3,max14; east-1:w4,min3 | - | b=-1 east-1=0 | b=-1 east-1=0 | b=14 east-1=18
39 | T | a c1 | *:w0; b:w4; east-1:w4; west:w3,min6 | a=5 c1=4 | - | a=0 c1=0 | -
14 | F | c1 b west | *:w1,min2,max9; a:w0,max5; b:w3,max10; c1:w1,max13; east-1:w4,min3,max10; west:w0,min6 | b=7 c1=10 west=16 | c1=-1 west=3 | b=10 c1=-1 west=3 | c1=2
7  | T | west a c1 | a:w3,min4,max1; b:w2; west:w3 | c1=16 | - | a=1 c1=0 west=6 | -
46 | T | c1 east-1 west | *:w3,min2,max4; a:w4,min4,max2; c1:w2,max3 | c1=5 east-1=17 | - | c1=3 east-1=4 west=4 | -
20 | F | b a c1 | b:w1; east-1:w0,max13; west:w0,min3 | a=19 b=9 | b=4 | a=0 b=4 c1=0 | b=12
27 | F | east-1 b west | *:w4; a:w3,max1; b:w4; east-1:w2,max6; west:w3 | west=13 | - | b=9 east-1=5 west=13 | -
36 | F | c1 west b a | *:w0,min7; b:w3; c1:w0,max6 | - | - | a=7 b=22 c1=0 west=7 | -
42 | F | east-1 a c1 | a:w2,min3; b:w0; c1:w3,max12; east-1:w2; west:w0 | c1=13 | - | a=16 c1=12 east-1=14 | -
47 | T | east-1 a c1 | a:w3,min2,max2; c1:w0 | a=13 | c1=10 | a=2 c1=0 east-1=0 | -
`;

/** KubeFed's own unit tests: the key is empty. */
const KUBEFED_UNIT_TESTS = `
50 | T | A B C | *:w1 | - | - | A=16 B=17 C=17 | -
50 | T | A B | *:w1 | - | - | A=25 B=25 | -
1  | T | A B | *:w1 | - | - | A=0 B=1 | -
1  | T | A B C D | *:w1 | - | - | A=0 B=0 C=0 D=1 | -
1  | T | A | *:w1 | - | - | A=1 | -
1  | T | - | *:w1 | - | - | - | -
50 | F | A B C | *:w1 | C=30 | - | A=10 B=10 C=30 | -
50 | F | A B | *:w1 | A=30 | - | A=30 B=20 | -
15 | F | A B | *:w1 | A=0 B=8 | - | A=7 B=8 | -
15 | F | A B | *:w1 | A=4 B=8 | - | A=7 B=8 | -
15 | F | A B | *:w1 | A=7 B=8 | - | A=7 B=8 | -
500000 | F | A B | *:w1 | A=300000 | - | A=300000 B=200000 | -
50 | F | A B | *:w1 | A=10 | - | A=25 B=25 | -
50 | F | A B | *:w1 | A=10 B=70 | - | A=0 B=50 | -
1  | F | A B | *:w1 | A=30 | - | A=1 B=0 | -
50 | F | A B | *:w1 | A=10 B=20 | - | A=25 B=25 | -
50 | T | A B C | *:w1 | - | C=10 | A=20 B=20 C=10 | C=7
50 | T | B C | A:w10000; B:w1 | - | B=10 | B=10 C=0 | B=40
60 | T | A B C | A:w1; B:w2 | - | B=10 | A=50 B=10 C=0 | B=30
71 | T | A B C D | A:w10000,max10; B:w1; C:w1,max21; D:w1,max10 | - | C=10 | A=10 B=41 C=10 D=10 | C=11
60 | F | A B C | A:w1; B:w1 | - | A=10 B=10 | A=10 B=10 C=0 | A=20 B=20
60 | F | A B C | A:w1; B:w5 | - | B=10 | A=50 B=10 C=0 | -
50 | F | A B C | *:min20 | - | B=10 | A=20 B=10 C=20 | -
60 | T | A B | *:min20,w1 | - | B=10 | A=50 B=10 | B=15
50 | T | A B C | *:min2 | - | - | A=2 B=2 C=2 | -
50 | T | A B C | *:min20 | - | - | A=10 B=20 C=20 | -
50 | T | A B C | *:min20; A:min100,w1 | - | - | A=50 B=0 C=0 | -
50 | T | A B C | *:min10,w1,max12 | - | - | A=12 B=12 C=12 | -
50 | T | A B C | *:w1,max2 | - | - | A=2 B=2 C=2 | -
50 | T | A B C | *:max2 | - | - | A=0 B=0 C=0 | -
60 | T | A B C | A:w1; B:w2 | - | - | A=20 B=40 C=0 | -
50 | T | A B C | A:w10000; B:w1 | - | - | A=50 B=0 C=0 | -
50 | T | B C | A:w10000; B:w1 | - | - | B=50 C=0 | -
50 | T | A B C | A:w10000,max10; B:w1; C:w1 | - | - | A=10 B=20 C=20 | -
50 | T | A B C | A:w10000,max10; B:w1; C:w1,max10 | - | - | A=10 B=30 C=10 | -
71 | T | A B C D | A:w10000,max10; B:w1; C:w1,max21; D:w1,max10 | - | - | A=10 B=30 C=21 D=10 | -
91 | T | A B C D E | A:w10000,max10; B:w1; C:w1,max21; D:w1,max10; E:w1 | - | - | A=10 B=25 C=21 D=10 E=25 | -
`;

describe('planReplicas', () => {
  it.each(rows(WORKED_EXAMPLES))('works out %s', (_title, row) => {
    expect(plan(row, 'ns/app')).toEqual({ plan: row.plan, overflow: row.overflow });
  });

  it.each(rows(RANDOM_EXAMPLES))('works out at random %s', (_title, row) => {
    expect(plan(row, 'ns/app')).toEqual({ plan: row.plan, overflow: row.overflow });
  });

  it.each(rows(KUBEFED_UNIT_TESTS))('with an empty key works out %s', (_title, row) => {
    expect(plan(row, '')).toEqual({ plan: row.plan, overflow: row.overflow });
  });

  it('places one more replica beside two thousand million that run already', () => {
    const [[, row] = ['', undefined]] = rows(
      '2147483647 | F | A B | A:w1; B:w0 | A=2147483646 | - | A=2147483647 B=0 | -',
    );

    expect(row && plan(row, 'ns/app').plan).toBe('A=2147483647 B=0');
  });

  it('keeps every digit of numbers beyond 2^53', () => {
    const weight = 2n ** 62n;
    const { replicas } = planReplicas({
      totalReplicas: 2n ** 31n - 1n,
      rebalance: true,
      preferences: new Map([
        ['A', { minReplicas: 0n, weight }],
        ['B', { minReplicas: 0n, weight: weight + 1n }],
      ]),
      clusters: ['A', 'B'],
      current: new Map(),
      capacity: new Map(),
      key: 'ns/app',
    });

    expect(formatCounts(replicas)).toBe('A=1073741823 B=1073741824');
  });

  it('gives up on numbers that no cluster ever has', () => {
    const input: PlanInput = {
      totalReplicas: 1n,
      rebalance: false,
      preferences: new Map([
        ['A', { minReplicas: 0n, weight: 10n ** 18n }],
        ['B', { minReplicas: 0n, weight: 1n }],
        ['C', { minReplicas: -(10n ** 18n), weight: 0n }],
      ]),
      clusters: ['A', 'B', 'C'],
      current: new Map([['A', 10n ** 18n - 10n ** 6n]]),
      capacity: new Map(),
      key: 'ns/app',
    };

    expect(() => planReplicas(input)).toThrow(RangeError);
  });
});

describe('fnv1', () => {
  it.each([
    ['', 2166136261],
    ['Ans/app', 3037912239],
    ['Bns/app', 2958459268],
    ['Cns/app', 3079306433],
    ['cluster1ns/app', 2895142735],
    ['cluster2ns/app', 2815689764],
    ['cluster3ns/app', 2936536929],
    ['c1test-ns/test-deployment', 4011610254],
    ['c2test-ns/test-deployment', 4097867431],
    ['c3test-ns/test-deployment', 2804895232],
  ])('hashes %j as KubeFed does', (text, hash) => {
    expect(fnv1(text)).toBe(hash);
  });
});
