import { formatObjectId, formatYaml, isJsonObject, type JsonValue, stringifyJson } from '../core/index.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { compareLines, type LineChange } from './text-lines.ts';
import { count, list } from './wording.ts';

/** Values up to this many characters stand in one line. */
const LONGEST_LINE = 80;
/** Lines shown around a changed line of a long text. */
const CONTEXT = 2;

/** A change set for people, ending in a line of totals. `''` for an empty one. */
export function formatChangeSet(changes: ChangeSet, style: Style): string {
  const { added, removed } = changes.clusters;
  const lines = [
    ...added.map((name) => style.added(`+ cluster ${plainText(name)} joins`)),
    ...removed.map((name) => style.removed(`- cluster ${plainText(name)} leaves; its objects stay as they are`)),
    ...changes.objects.flatMap((change) => formatObject(change, style)),
  ];
  if (lines.length === 0) return '';
  return [...lines, '', formatTotals(changes), ''].join('\n');
}

/** `2 objects created, 1 changed, 1 deleted, in 5 clusters.` */
export function formatTotals({ objects }: ChangeSet): string {
  if (objects.length === 0) return 'No object changes.';
  const of = (type: ObjectChange['type']): ObjectChange[] => objects.filter((change) => change.type === type);
  const total = (type: ObjectChange['type']): number =>
    of(type).reduce((sum, change) => sum + change.clusters.length, 0);
  const clusters = new Set(objects.flatMap((change) => change.clusters));
  const parts = (['created', 'changed', 'deleted'] as const)
    .map((type) => ({ type, number: total(type) }))
    .filter(({ number }) => number > 0)
    .map(({ type, number }) => `${number} ${type}`);
  return `${count(new Set(objects.map(({ id }) => formatObjectId(id))).size, 'object')} in ${count(clusters.size, 'cluster')}: ${parts.join(', ')}.`;
}

const SIGNS = { created: '+', changed: '~', deleted: '-' } as const;

function formatObject(change: ObjectChange, style: Style): readonly string[] {
  const paint = { created: style.added, changed: style.changed, deleted: style.removed }[change.type];
  const name = style.strong(plainText(formatObjectId(change.id)));
  const where =
    change.clusters.length === 1
      ? `in ${list(change.clusters)}`
      : `in ${count(change.clusters.length, 'cluster')}${naming(change.clusters)}`;
  const title = `${paint(SIGNS[change.type])} ${name} ${change.type} ${where}`;
  return [title, ...formatFields(change, style)];
}

function naming(clusters: readonly string[]): string {
  return clusters.length > 6 ? '' : `: ${list(clusters)}`;
}

function formatFields(change: ObjectChange, style: Style): readonly string[] {
  const byPath = Map.groupBy(change.fields, ({ path }) => path);
  return [...byPath].flatMap(([path, fields]) => [
    `    ${plainText(path)}`,
    ...fields.flatMap((field) => formatField(field, change.clusters.length, style)),
  ]);
}

function formatField(field: FieldChange, all: number, style: Style): readonly string[] {
  const where = style.faint(fieldScope(field.clusters, all));
  const { before, after } = field;
  if (field.type === 'reordered') return [`      reordered to ${shortValue(after ?? null)}  ${where}`];
  if (typeof before === 'string' && typeof after === 'string' && isLong(before, after)) {
    return [`      ${where}`, ...formatTextChange(before, after, style)];
  }
  if (before !== undefined && after !== undefined && isShort(before) && isShort(after)) {
    return [`      ${style.removed(shortValue(before))} → ${style.added(shortValue(after))}  ${where}`];
  }
  const parts = [
    ...(before === undefined ? [] : valueLines(before).map((line) => style.removed(`      - ${line}`))),
    ...(after === undefined ? [] : valueLines(after).map((line) => style.added(`      + ${line}`))),
  ];
  if (parts.length === 1) return [`${parts[0]}  ${where}`];
  return [`      ${where}`, ...parts];
}

/** `same in 37 clusters`; the names are told where they are few and not those of the title. */
function fieldScope(clusters: readonly string[], all: number): string {
  if (clusters.length === 1) return `in ${list(clusters)}`;
  return `same in ${count(clusters.length, 'cluster')}${clusters.length === all ? '' : naming(clusters)}`;
}

function isLong(before: string, after: string): boolean {
  return before.includes('\n') || after.includes('\n');
}

function isShort(value: JsonValue): boolean {
  return shortValue(value).length <= LONGEST_LINE;
}

function shortValue(value: JsonValue): string {
  return plainText(stringifyJson(value));
}

function valueLines(value: JsonValue): readonly string[] {
  if (isShort(value)) return [shortValue(value)];
  const text = isJsonObject(value) ? formatYaml(value).trimEnd() : stringifyJson(value, 2);
  return text.split('\n').map(plainText);
}

function formatTextChange(before: string, after: string, style: Style): readonly string[] {
  const lines = compareLines(before, after);
  const near = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ type }) => type !== 'kept');
  const shown = lines.map((line, index) => ({ line, index })).filter(({ index }) => near(index));
  return shown.flatMap(({ line, index }, position) => {
    const gap = position > 0 && (shown[position - 1]?.index ?? index) < index - 1 ? [style.faint('        …')] : [];
    return [...gap, formatLine(line, style)];
  });
}

function formatLine({ type, line }: LineChange, style: Style): string {
  if (type === 'kept') return `        ${plainText(line)}`;
  return type === 'added' ? style.added(`      + ${plainText(line)}`) : style.removed(`      - ${plainText(line)}`);
}
