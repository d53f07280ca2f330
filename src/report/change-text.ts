import { formatObjectId, type ObjectId } from '../core/index.ts';
import { byClusters, type ChangeGroup, groupChanges } from './change-groups.ts';
import type { Risk } from './change-risks.ts';
import { clusterNames, fieldScope, IN_ALL, namedClusters } from './change-scope.ts';
import type { ChangeSet, FieldChange, ObjectChange } from './change-set.ts';
import { formatValueChange } from './change-value-text.ts';
import { foldRisks, formatTotals, newName, riskJoint } from './change-wording.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { layoutLine, type Span } from './text-layout.ts';
import { count, list } from './wording.ts';

/**
 * A change set for people, ending in a line of totals and the risks. `''` for an empty one.
 *
 * @param columns of the terminal. Default: lines are as long as what is in them, for pipes and files.
 */
export function formatChangeSet(changes: ChangeSet, style: Style, columns?: number): string {
  const lines = [...changeBlocks(changes, style, columns)].flatMap((block) => block.lines);
  if (lines.length === 0) return '';
  return `${[...lines, '', ...formatSummary(changes, style, columns)].join('\n')}\n`;
}

/** What is shown as one. */
export interface ChangeBlock {
  readonly lines: readonly string[];
  /** How many objects it is about. */
  readonly objects: number;
}

/** The clusters and objects of a change set, without the totals. Each is made when it is asked for. */
export function* changeBlocks(changes: ChangeSet, style: Style, columns: number | undefined): Generator<ChangeBlock> {
  const text = new ChangeText(style, columns);
  const { added, removed } = changes.clusters;
  const clusters = [
    ...added.map((name) => style.added(`+ cluster ${plainText(name)} joins`)),
    ...removed.map((name) => style.removed(`- cluster ${plainText(name)} leaves; its objects stay as they are`)),
  ];
  if (clusters.length > 0) yield { lines: clusters, objects: 0 };
  for (const group of groupChanges(changes)) {
    yield { lines: text.group(group), objects: group.type === 'alike' ? group.changes.length : 1 };
  }
}

/** The totals, and every risk in a line of its own. */
export function formatSummary(changes: ChangeSet, style: Style, columns: number | undefined): readonly string[] {
  const risks = foldRisks(changes);
  const lines = risks.map((risk): readonly Span[] => {
    const names = list(risk.ids.map(formatObjectId), MOST_OBJECTS);
    return [{ text: '! ', paint: style.error }, { text: names === '' ? '' : `${names}: ` }, ...riskSpans(risk, style)];
  });
  return [
    ...layoutLine([{ text: formatTotals(changes) }], columns, 0),
    ...(risks.length === 0 ? [] : [style.strong(`${count(risks.length, 'risk')}:`)]),
    ...lines.flatMap((spans) => layoutLine(spans, columns, 2)),
  ];
}

function riskSpans(risk: Risk, style: Style): readonly Span[] {
  const where = `${riskJoint(risk)}${namedClusters(risk.clusters)}`;
  const phrase = risk.field === undefined ? risk.message : `${risk.field} ${risk.message}`;
  const keys = risk.keys === undefined || risk.keys.length === 0 ? '' : ` (${list(risk.keys)})`;
  return [{ text: plainText(phrase), paint: style.error }, { text: `${keys}${where}` }];
}

const MOST_OBJECTS = 3;
const SIGNS = { created: '+', changed: '~', deleted: '-' } as const;

class ChangeText {
  readonly #style: Style;
  readonly #columns: number | undefined;

  constructor(style: Style, columns: number | undefined) {
    this.#style = style;
    this.#columns = columns;
  }

  group(group: ChangeGroup): readonly string[] {
    switch (group.type) {
      case 'object':
        return this.#object(group.change);
      case 'renamed':
        return this.#renamed(group.change, group.from);
      case 'alike':
        return this.#alike(group.changes);
      default:
        return group satisfies never;
    }
  }

  #object(change: ObjectChange): readonly string[] {
    const { type, id, clusters } = change;
    const paint = { created: this.#style.added, changed: this.#style.changed, deleted: this.#style.removed }[type];
    const title: readonly Span[] = [
      { text: SIGNS[type], paint },
      { text: ` ` },
      { text: plainText(formatObjectId(id)), paint: this.#style.strong },
      { text: ` ${type} in ${type === 'deleted' ? namedClusters(clusters) : clusterNames(clusters)}` },
    ];
    return [...this.#line(title, 0, 4), ...this.#body(change)];
  }

  #renamed(change: ObjectChange, from: ObjectId): readonly string[] {
    const { changed, strong, faint } = this.#style;
    const title: readonly Span[] = [
      { text: '→', paint: changed },
      { text: ' ' },
      { text: plainText(formatObjectId(from)), paint: strong },
      { text: ' renamed to ' },
      { text: plainText(newName(from, change.id)), paint: strong },
      { text: ` in ${namedClusters(change.clusters)}` },
    ];
    const truth = [{ text: 'the old one is deleted, and the new one is created', paint: faint }];
    return [...this.#line(title, 0, 4), ...this.#line(truth, 4), ...this.#body(change)];
  }

  #alike(changes: readonly [ObjectChange, ...ObjectChange[]]): readonly string[] {
    const [first] = changes;
    const sets = byClusters(changes);
    const isOneSet = sets.length === 1;
    const where = isOneSet ? ` in ${clusterNames(first.clusters)}` : '';
    const title: readonly Span[] = [
      { text: SIGNS.changed, paint: this.#style.changed },
      { text: ' ' },
      { text: count(changes.length, 'object'), paint: this.#style.strong },
      { text: ` changed in the same way${where}` },
    ];
    const names = sets.flatMap((set) => [
      ...(isOneSet ? [] : this.#line([{ text: `in ${clusterNames(set[0].clusters)}:` }], 4)),
      ...this.#names(set, isOneSet ? 4 : 6),
    ]);
    return [...this.#line(title, 0, 4), ...names, ...this.#body(first, isOneSet ? undefined : IN_ALL)];
  }

  /** `Deployment.apps/shop: api, web`, in a line for each kind and namespace. */
  #names(changes: readonly ObjectChange[], indent: number): readonly string[] {
    const byFamily = Map.groupBy(changes, ({ id }) => formatObjectId({ ...id, name: '' }).replace(/\/$/, ''));
    return [...byFamily].flatMap(([family, members]) => {
      const names = members.map(({ id }) => plainText(id.name)).join(', ');
      return this.#line([{ text: `${plainText(family)}: ` }, { text: names, paint: this.#style.strong }], indent);
    });
  }

  /** @param scope of all fields, where the clusters of the change do not tell it. */
  #body(change: ObjectChange, scope?: string): readonly string[] {
    const risks = change.risks.flatMap((risk) =>
      this.#line([{ text: '! ', paint: this.#style.error }, ...riskSpans(risk, this.#style)], 4),
    );
    const byPath = Map.groupBy(change.fields, ({ path }) => path);
    const fields = [...byPath].flatMap(([path, group]) => [
      ...this.#line([{ text: plainText(path) }], 4),
      ...group.flatMap((field) => this.#field(field, scope ?? fieldScope(field, group, change.clusters))),
    ]);
    return [...risks, ...fields];
  }

  #field(field: FieldChange, scope: string): readonly string[] {
    return formatValueChange(field, scope, { style: this.#style, columns: this.#columns });
  }

  #line(spans: readonly Span[], indent: number, hanging = 2): readonly string[] {
    return layoutLine(spans, this.#columns, indent, hanging);
  }
}
