import { compareText, formatObjectId, type JsonObject, type JsonValue, MASK, stringifyJson } from '../core/index.ts';
import type { ClusterView } from './cluster-view.ts';
import type { DriftEntry, DriftState } from './status-drift.ts';
import { entryOf, textOf } from './status-objects.ts';
import { codeCell, codeNames, table } from './status-text.ts';
import { count } from './wording.ts';

const MOST_ROWS = 20;
const MOST_CLUSTERS = 3;
const LONGEST_VALUE = 60;

const WORDS: Readonly<Record<DriftState, string>> = {
  fought: '**fought about**: it is changed again each time, and left alone',
  reported: '**not put back**',
  corrected: 'put back',
};
const ORDER: readonly DriftState[] = ['fought', 'reported', 'corrected'];

interface Row {
  readonly entry: DriftEntry;
  readonly clusters: string[];
  readonly time: string;
}

/** Who changed what in the clusters, and what became of it: what is still so first, then the latest. */
export function driftSection(views: readonly ClusterView[]): readonly string[] {
  const rows = foldRows(views);
  if (rows.length === 0) return [];
  const left = rows.length - MOST_ROWS;
  return [
    '## Drift',
    '',
    ...table(
      ['object', 'clusters', 'what was changed there', 'by', ''],
      ['---', '---', '---', '---', '---'],
      rows.slice(0, MOST_ROWS).map(cellsOf),
    ),
    '',
    ...(left > 0 ? [`And ${count(left, 'more row')}: see \`drift/\`.`, ''] : []),
  ];
}

/** The same change in many clusters is one row. */
function foldRows(views: readonly ClusterView[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { name, drift } of views) {
    for (const entry of drift) {
      const key = keyOf(entry);
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { entry, clusters: [name], time: timeOf(entry) });
      else row.clusters.push(name);
    }
  }
  return [...rows.values()].sort(
    (a, b) =>
      ORDER.indexOf(a.entry.state) - ORDER.indexOf(b.entry.state) ||
      compareText(b.time, a.time) ||
      compareText(keyOf(a.entry), keyOf(b.entry)),
  );
}

function keyOf({ id, state, type, fields }: DriftEntry): string {
  const told = fields.map(({ time: _time, ...field }) => field);
  return `${formatObjectId(id)}\n${state}\n${type}\n${stringifyJson(told)}`;
}

function timeOf({ fields }: DriftEntry): string {
  return fields.reduce((latest, field) => {
    const time = textOf(field, 'time') ?? '';
    return compareText(time, latest) > 0 ? time : latest;
  }, '');
}

function cellsOf({ entry, clusters, time }: Row): readonly string[] {
  const { id, state, type, fields, moreFields = 0 } = entry;
  const more = fields.length - 1 + moreFields;
  const [first] = fields;
  const what = type === 'missing' || first === undefined ? 'it was deleted' : fieldText(first);
  const managers = [...new Set(fields.flatMap((field) => textOf(field, 'manager') ?? []))];
  const who = [...(managers.length === 0 ? [] : [codeNames(managers, 2)]), ...(time === '' ? [] : [codeCell(time)])];
  return [
    codeCell(formatObjectId(id)),
    codeNames(clusters, MOST_CLUSTERS),
    more > 0 ? `${what} and ${count(more, 'more field')}` : what,
    who.join(', '),
    WORDS[state],
  ];
}

function fieldText(field: JsonObject): string {
  const path = codeCell(textOf(field, 'path') ?? '');
  const [desired, live] = [entryOf(field, 'desired'), entryOf(field, 'live')];
  // Of Secrets there is nothing to compare.
  if (desired === MASK && live === MASK) return `${path} was changed`;
  switch (textOf(field, 'type')) {
    case 'missing':
      return `${path} was removed${desired === MASK ? '' : `, should be ${valueText(desired)}`}`;
    case 'added':
      return `${path} was added${live === MASK ? '' : `: ${valueText(live)}`}`;
    case 'taken':
      return `${path} is somebody else's`;
    default:
      return `${path} is ${valueText(live)}, should be ${valueText(desired)}`;
  }
}

function valueText(value: JsonValue | undefined): string {
  const text = value === undefined ? '' : stringifyJson(value);
  return codeCell(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE).toWellFormed()}…` : text);
}
