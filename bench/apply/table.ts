import { formatTable, median, spread } from '../table.ts';

export type Phase = 'created' | 'changed' | 'unchanged';

/** Milliseconds by contender. */
export type Round = Readonly<Record<Phase, Readonly<Record<string, number>>>>;

/** The most that gitfed takes, as a part of kubectl's time. */
const AIMS: Readonly<Partial<Record<Phase, number>>> = { changed: 0.9, unchanged: 0.25 };

const PHASES: readonly Phase[] = ['created', 'changed', 'unchanged'];

/** A table in Markdown: medians, ratios of them, and whether the aims are reached. */
export function formatRounds(rounds: readonly Round[]): string {
  const rows = PHASES.map((phase) => {
    const times = (name: string): readonly number[] => rounds.flatMap((round) => round[phase][name] ?? []);
    const medianOf = (name: string): number => median(times(name));
    const ratio = medianOf('gitfed') / medianOf('kubectl');
    const floodRatio = medianOf('gitfed') / medianOf('flood');
    return [
      phase,
      ...['gitfed', 'kubectl', 'flood'].map((name) => spread(times(name))),
      ratio.toFixed(2),
      floodRatio.toFixed(2),
      aimText(AIMS[phase], ratio),
    ];
  });
  return formatTable(['', 'gitfed', 'kubectl', 'flood', 'gitfed ÷ kubectl', 'gitfed ÷ flood', 'aim'], rows);
}

function aimText(aim: number | undefined, ratio: number): string {
  if (aim === undefined) return '–';
  return `≤ ${aim} × kubectl: ${ratio <= aim ? 'reached' : 'not reached'}`;
}

export interface FrozenRound {
  /** Until the last write in the last of the two clusters that are never frozen, in milliseconds. */
  readonly healthyMs: number;
  /** Until the process ended. */
  readonly totalMs: number;
}

export interface FrozenResult {
  readonly allHealthy: readonly FrozenRound[];
  readonly oneFrozen: readonly FrozenRound[];
}

export function formatFrozen({ allHealthy, oneFrozen }: FrozenResult): string {
  const row = (title: string, rounds: readonly FrozenRound[]): readonly string[] => [
    title,
    spread(rounds.map(({ healthyMs }) => healthyMs)),
    spread(rounds.map(({ totalMs }) => totalMs)),
  ];
  return formatTable(
    ['changed', 'last write in clusters 1 and 2', 'end of gitfed'],
    [row('three healthy clusters', allHealthy), row('one of three frozen', oneFrozen)],
  );
}
