import { formatObjectId } from '../core/index.ts';
import type { ClusterStatus, FleetStatus } from '../reconcile/fleet-status.ts';
import { ALLOW_TRAILER, FAILOVER_ALLOWANCE } from './allowance.ts';
import { fieldLines } from './drift-text.ts';
import { plainText } from './plain-text.ts';
import type { DriftRecord } from './recorded-drift.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import { layoutLine, type Span } from './text-layout.ts';
import { count } from './wording.ts';

const MOST_PROBLEMS = 20;

/** How it is shown. */
export interface StatusView {
  readonly style: Style;
  /** Of the terminal; absent where there is none. */
  readonly columns?: number | undefined;
  /** Milliseconds since 1970; `undefined`: nothing is said that changes with time. */
  readonly now: number | undefined;
}

/** The status branch for people: the clusters, what is not in order, what differed, and how old all of it is. */
export function formatFleetStatus(status: FleetStatus, view: StatusView): string {
  const blocks = [
    tableLines(status.clusters),
    status.clusters.flatMap((cluster) => problemLines(cluster, view)),
    status.clusters.flatMap((cluster) => driftLines(cluster, view)),
    heldLines(status, view),
    suspectLines(status, view),
    ageLines(status, view),
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function tableLines(clusters: readonly ClusterStatus[]): readonly string[] {
  if (clusters.length === 0) return ['No cluster is registered.'];
  const rows = clusters.map(({ name, state, kubernetesVersion = '', objects, problems, drift }) => [
    plainText(name),
    plainText(state),
    plainText(kubernetesVersion),
    `${objects}`,
    `${problems.length}`,
    `${drift.length}`,
  ]);
  return formatTable(['cluster', 'state', 'version', 'objects', 'problems', 'drift'], rows, 3);
}

function problemLines({ name, problems }: ClusterStatus, { style, columns }: StatusView): readonly string[] {
  const lines = problems.slice(0, MOST_PROBLEMS).flatMap(({ id, status, message }) => {
    const reason = message === undefined ? '' : `: ${plainText(message)}`;
    const word = { text: plainText(status), paint: style.error };
    const spans = [cluster(name, style), { text: ` ${plainText(formatObjectId(id))}: ` }, word, { text: reason }];
    return layoutLine(spans, columns, 0);
  });
  const more = problems.length - MOST_PROBLEMS;
  if (more <= 0) return lines;
  const rest = { text: ` and ${count(more, 'more object')}` };
  return [...lines, ...layoutLine([cluster(name, style), rest], columns, 0)];
}

function cluster(name: string, style: Style): Span {
  return { text: `${plainText(name)}:`, paint: style.strong };
}

/** What differed in a cluster, and what became of it. */
export function driftLines(
  { name, drift }: Pick<ClusterStatus, 'name' | 'drift'>,
  { style, columns }: StatusView,
): readonly string[] {
  return drift.flatMap((record) => {
    const id = { text: ` ${plainText(formatObjectId(record.id))} ` };
    return [
      ...layoutLine([cluster(name, style), id, ...driftSpans(record, style)], columns, 0),
      ...fieldLines(record.fields, style, columns),
      ...(record.moreFields === undefined
        ? []
        : [`    and ${count(record.moreFields, 'field')} that the branch does not list`]),
    ];
  });
}

function driftSpans({ type, state }: DriftRecord, style: Style): readonly Span[] {
  if (state === 'corrected') {
    return [{ text: type === 'missing' ? 'was deleted, and made again' : 'differed, and was put back' }];
  }
  const now =
    type === 'missing' ? { text: 'is not there', paint: style.removed } : { text: 'differs', paint: style.changed };
  return state === 'fought' ? [now, { text: ': somebody changes it back each time' }] : [now];
}

/** What waits for somebody's word. */
function heldLines({ held }: FleetStatus, { style, columns }: StatusView): readonly string[] {
  if (held === undefined) return [];
  const { commit, subject, gates } = held;
  const name = `${plainText(commit.slice(0, 12))} (${plainText(subject)})`;
  return [
    ...layoutLine(
      [
        { text: 'Held back', paint: style.error },
        { text: `: commit ${name} does not pass ${count(gates.length, 'gate')}, and is not applied.` },
      ],
      columns,
      0,
    ),
    ...gates.flatMap(({ gate, message }) =>
      layoutLine([{ text: `${plainText(gate)}: ${plainText(message)}` }], columns, 2),
    ),
  ];
}

/** What is not believed. */
function suspectLines({ suspect }: FleetStatus, { style, columns }: StatusView): readonly string[] {
  if (suspect === undefined) return [];
  const text = `: ${count(suspect.length, 'cluster')} seem lost at once, and no replicas move: ${suspect.map(plainText).join(', ')}. If they really are gone, end the message of a commit with a paragraph "${ALLOW_TRAILER}: ${FAILOVER_ALLOWANCE} REASON".`;
  return layoutLine([{ text: 'ObserverSuspect', paint: style.error }, { text }], columns, 0);
}

/** Of which commit the status is, how old it is, and how far HEAD is ahead. */
export function ageLines(
  { branch, repository, statusCommit, writtenAt, waiting, commit, head }: FleetStatus,
  { now, columns }: StatusView,
): readonly string[] {
  const written = new Date(writtenAt * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const ago = now === undefined ? '' : ` (${describeAge(now / 1000 - writtenAt)} ago)`;
  const where = repository === undefined ? '' : ` of ${plainText(repository)}`;
  const source = commit === undefined ? 'of no known commit' : `of commit ${commit.slice(0, 12)}`;
  const unsent = waiting === undefined || waiting === 0 ? [] : [`${count(waiting, 'commit')} of it not yet sent.`];
  const sentences = [
    `Status ${source}, written ${written}${ago}: ${statusCommit.slice(0, 12)} on ${plainText(branch)}${where}.`,
    ...(head === undefined || commit === undefined ? [] : [describeHead(head)]),
    ...unsent,
  ];
  return sentences.flatMap((text) => layoutLine([{ text }], columns, 0));
}

function describeHead({ commit, ahead }: NonNullable<FleetStatus['head']>): string {
  const name = `HEAD (${commit.slice(0, 12)})`;
  if (ahead === undefined) return `${name} does not descend from that commit.`;
  return ahead === 0 ? 'HEAD is that commit.' : `${name} is ${count(ahead, 'commit')} ahead of it.`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** The largest unit that it has two of, and never more exact than a second. */
function describeAge(seconds: number): string {
  const [unit, size] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ['second', 1];
  return count(Math.max(0, Math.floor(seconds / size)), unit);
}
