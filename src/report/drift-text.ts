import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { formatFieldPath, formatObjectId, type JsonValue, stringifyJson } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import { layoutLine, type Span } from './text-layout.ts';
import { count } from './wording.ts';

const LONGEST_VALUE = 60;
const MOST_FIELDS = 10;

/** What differs between the members and the repository, of a result of mode `inspect`: for people. */
export function formatDrift({ clusters, commit }: SyncResult, style: Style): string {
  const lines = clusters.flatMap((cluster) => formatCluster(cluster, style));
  const rows = clusters.map((cluster) => [
    plainText(cluster.cluster),
    ...countDrift(cluster).map((number) => `${number}`),
  ]);
  const titles = ['cluster', 'differ', 'missing', 'surplus', 'left over', 'ignored', 'not known'];
  return `${[...(lines.length === 0 ? [] : [...lines, '']), ...formatTable(titles, rows, 1), '', `Commit ${plainText(commit.slice(0, 12))}.`].join('\n')}\n`;
}

/** In the order of the table's columns. */
function countDrift({ state, objects }: ClusterResult): readonly (number | string)[] {
  const of = (test: (result: ObjectResult) => boolean): number => objects.filter(test).length;
  if (state === 'NotReady' || state === 'Suspended') return ['', '', '', '', '', objects.length];
  return [
    of(({ action, released }) => action === 'configured' && released !== true),
    of(({ action }) => action === 'created'),
    of(({ action, released }) => action === 'deleted' || released === true),
    of(({ status }) => status === 'Leftover'),
    objects.reduce((sum, { ignored = [] }) => sum + ignored.reduce((all, rule) => all + rule.count, 0), 0),
    of(({ action, status }) => action === 'skipped' && status !== 'Leftover'),
  ];
}

function formatCluster(cluster: ClusterResult, style: Style): readonly string[] {
  const name = style.strong(`${plainText(cluster.cluster)}:`);
  const whole =
    cluster.message === undefined ? [] : [`${name} ${style.error(cluster.state)}: ${plainText(cluster.message)}`];
  const objects = cluster.state === 'NotReady' ? [] : cluster.objects.flatMap((result) => formatObject(result, style));
  return [
    ...whole,
    ...objects.map((line) => (line.startsWith(' ') ? line : `${name} ${line}`)),
    ...ignoredLines(cluster),
  ];
}

function formatObject(result: ObjectResult, style: Style): readonly string[] {
  const { action, status, message, drift = [], released } = result;
  const name = plainText(formatObjectId(result.id));
  if (action === 'created') return [`${name} ${style.removed('is not there')}`];
  if (action === 'deleted' || released === true) {
    return [`${name} ${style.added('is there, and the repository does not have it')}`];
  }
  if (action === 'configured') return [`${name} ${style.changed('differs')}`, ...fieldLines(drift, style)];
  if (action === 'unchanged' || status === '') return [];
  return [`${name}: ${style.warning(status)}${message === undefined ? '' : `: ${plainText(message)}`}`];
}

/** One line for each field, indented; more where the terminal is narrower. */
export function fieldLines(drift: readonly FieldDrift[], style: Style, columns?: number): readonly string[] {
  const more = drift.length - MOST_FIELDS;
  const shown = drift.slice(0, MOST_FIELDS).flatMap((field) => layoutLine(fieldSpans(field, style), columns, 4));
  return more > 0 ? [...shown, `    and ${count(more, 'more field')}`] : shown;
}

function fieldSpans(field: FieldDrift, style: Style): readonly Span[] {
  const path = { text: `${plainText(formatFieldPath(field.path))}: ` };
  const live = { text: value(field.live), paint: style.removed };
  const desired = { text: value(field.desired), paint: style.added };
  const who = { text: formatAuthor(field), paint: style.faint };
  switch (field.type) {
    case 'changed':
      return [path, live, { text: ', should be ' }, desired, who];
    case 'missing':
      return [path, { text: 'not there, should be ' }, desired, who];
    case 'added':
      return [path, live, { text: ', should not be there' }, who];
    case 'taken':
      return [path, { text: 'as it should be, but owned by somebody else' }, who];
    default:
      return field.type satisfies never;
  }
}

function value(item: JsonValue | undefined): string {
  if (item === undefined) return 'something';
  const text = plainText(stringifyJson(item));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function formatAuthor({ manager, subresource, time }: FieldDrift): string {
  if (manager === undefined) return '';
  const by = subresource === undefined || subresource === '' ? manager : `${manager}/${subresource}`;
  return `  (${plainText(by)}${time === undefined ? '' : `, ${plainText(time)}`})`;
}

function ignoredLines({ cluster, objects }: ClusterResult): readonly string[] {
  return [...ignoredByRule(objects)].map(
    ([rule, number]) => `${plainText(cluster)}: ignoreDifferences[${rule}] hides ${count(number, 'difference')}.`,
  );
}

/** Hidden differences by the position of their rule in gitfed.yaml. */
export function ignoredByRule(objects: readonly ObjectResult[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { ignored = [] } of objects) {
    for (const { rule, count: number } of ignored) counts.set(rule, (counts.get(rule) ?? 0) + number);
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** Whether a member differs from the repository, or nobody knows. */
export function hasDrift({ clusters }: SyncResult): boolean {
  return clusters.some(
    ({ state, objects }) =>
      state === 'NotReady' ||
      state === 'Failed' ||
      objects.some(({ action }) => action === 'created' || action === 'configured' || action === 'deleted'),
  );
}
