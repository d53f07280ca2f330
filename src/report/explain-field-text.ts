import { type JsonValue, stringifyJson } from '../core/index.ts';
import type { LineHistory } from '../git/index.ts';
import type { FieldOrigin, Place } from '../render/index.ts';
import type { FieldGroup } from './explain-fields.ts';
import { type ExplainView, placeKey } from './explain-view.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { count, list } from './wording.ts';
import { type Columns, wrapText } from './wrap-text.ts';

/** A value longer than this is cut off: `gitfed render` has all of it. */
const LONGEST_VALUE = 240;

/** What a field is in each group of clusters, and what set it there. */
export function formatFieldGroups(
  { field, history }: ExplainView,
  columns: Columns,
  style: Style,
): readonly (readonly string[])[] {
  return (field?.groups ?? []).map((group) => {
    const paragraph = new Paragraph(columns, history);
    const color = group.field.present ? style.added : style.removed;
    return [
      ...wrapText(`${shown(group)}  in ${clustersText(group.clusters)}`, columns, 0, 2).map(color),
      ...originLines(group, paragraph),
      ...noteLines(group, paragraph),
    ];
  });
}

function shown({ value, field }: FieldGroup): string {
  return field.present && value !== undefined ? valueText(value) : 'absent';
}

function valueText(value: JsonValue): string {
  const text = plainText(stringifyJson(value));
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

function clustersText(clusters: readonly string[]): string {
  return clusters.length === 1 ? list(clusters) : `${count(clusters.length, 'cluster')}: ${list(clusters, 12)}`;
}

/** Lines below a group. */
class Paragraph {
  readonly #columns: Columns;
  readonly #history: ExplainView['history'];
  #told = '';

  constructor(columns: Columns, history: ExplainView['history']) {
    this.#columns = columns;
    this.#history = history;
  }

  text(text: string): readonly string[] {
    return wrapText(text, this.#columns, 2, 2);
  }

  /** With the place of the origin, and who wrote it. */
  origin(words: string, origin: FieldOrigin): readonly string[] {
    const place = origin.type === 'Gitfed' ? undefined : origin.place;
    const lines = this.text(`${words} ${originText(origin)}${place === undefined ? '' : ` (${placeText(place)})`}`);
    const history = place === undefined ? undefined : this.#history.get(placeKey(place));
    const text = history === undefined ? '' : historyText(history);
    // One commit after the other is told once.
    if (text === this.#told) return lines;
    this.#told = text;
    return [...lines, ...wrapText(text, this.#columns, 6, 2)];
  }
}

function originLines({ field }: FieldGroup, paragraph: Paragraph): readonly string[] {
  const { origin, insteadOf, removedBy, changedBelow } = field;
  return [
    ...(origin === undefined ? [] : paragraph.origin('set by', origin)),
    ...(insteadOf === undefined ? [] : paragraph.origin('instead of', insteadOf)),
    ...changedBelow.flatMap((change) => paragraph.origin('changed in part by', change)),
    ...(removedBy === undefined ? [] : paragraph.origin('removed by', removedBy)),
  ];
}

const LEFT_OUT = {
  Annotations: 'the template has it, and gitfed.yaml has templateAnnotations: Drop',
  Finalizers: 'the template has it, and finalizers belong to the controllers of the member clusters',
  Labels: 'labels of which one is not text are left out as a whole',
} as const;

function noteLines({ field, applied }: FieldGroup, paragraph: Paragraph): readonly string[] {
  if (!field.present) {
    if (field.leftOut !== undefined) return paragraph.text(LEFT_OUT[field.leftOut]);
    return field.removedBy === undefined ? paragraph.text('neither the template nor an override sets it') : [];
  }
  if (applied === 'AtCreation') {
    return paragraph.text('only where the object is made: the cluster keeps its own number (spec.retainReplicas)');
  }
  return applied === 'Never' ? paragraph.text('it is left out when the object is applied') : [];
}

function originText(origin: FieldOrigin): string {
  switch (origin.type) {
    case 'Template':
      return 'the template';
    case 'Override':
      return `the override "${origin.op} ${plainText(origin.pointer)}" for ${plainText(origin.cluster)}`;
    case 'Preference':
      return `ReplicaSchedulingPreference/${plainText(origin.preference)}`;
    case 'FederatedObject':
      return 'the federated object, which gives it its kind, name and namespace';
    case 'FederatedType':
      return origin.place === undefined ? 'the built-in kind' : 'the FederatedTypeConfig of the kind';
    case 'Gitfed':
      return 'gitfed, last of all: this label says who manages the object';
    default:
      return origin satisfies never;
  }
}

function placeText({ file, line }: Place): string {
  return `${plainText(file)}:${line}`;
}

function historyText(history: LineHistory): string {
  if (!history.committed) return 'not committed yet';
  const { commit, author, date, subject, isOldest } = history;
  const earlier = isOldest ? ', or a commit before this shallow clone begins' : '';
  return `${commit.slice(0, 12)} ${plainText(author)}, ${date.slice(0, 10)}: ${plainText(subject)}${earlier}`;
}
