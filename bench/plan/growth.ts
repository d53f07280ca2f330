import { planReplicas } from '../../src/render/index.ts';
import { median } from '../table.ts';

/** The planner alone: unequal weights, minimums and limits, half of what is asked for running in the wrong places. */
export function growthRows(rounds: number): readonly string[][] {
  const sizes: readonly [number, number][] = [
    [10, 100],
    [10, 10_000],
    [10, 1_000_000],
    [100, 100],
    [100, 10_000],
    [100, 1_000_000],
    [1000, 10_000],
    [1000, 1_000_000],
  ];
  const claim = ([count, replicas]: readonly [number, number]): number => count * count * Math.log2(replicas);
  const first = sizes[0] ?? [1, 2];
  let base = 0;
  return sizes.map((size) => {
    const [count, replicas] = size;
    const time = planTime(count, replicas, rounds);
    if (base === 0) base = time;
    const curve = (base * claim(size)) / claim(first);
    return [count, replicas].map((one) => one.toLocaleString('en')).concat([formatTime(time), formatTime(curve)]);
  });
}

function formatTime(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`;
}

function planTime(count: number, replicas: number, rounds: number): number {
  const names = Array.from({ length: count }, (_, index) => `cluster-${index}`);
  const preferences = new Map(
    names.map((name, index) => [name, { weight: BigInt((index % 7) + 1), minReplicas: BigInt(index % 3) }] as const),
  );
  const share = BigInt(Math.ceil(replicas / count));
  const input = {
    totalReplicas: BigInt(replicas),
    rebalance: false,
    preferences,
    clusters: names,
    current: new Map(names.filter((_, index) => index % 2 === 0).map((name) => [name, share] as const)),
    capacity: new Map(names.filter((_, index) => index % 4 === 0).map((name) => [name, share / 2n + 1n] as const)),
    key: 'shop/web',
  };
  const times = Array.from({ length: Math.max(rounds, 5) * 20 }, () => {
    const start = performance.now();
    planReplicas(input);
    return performance.now() - start;
  });
  return median(times);
}
