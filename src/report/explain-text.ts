import { compareText, formatObjectId } from '../core/index.ts';
import type { ClusterExplanation, PlacementRule } from '../render/index.ts';
import { formatFieldGroups } from './explain-field-text.ts';
import { formatPlan } from './explain-plan-text.ts';
import { clusterNames, type ExplainView, shownClusters } from './explain-view.ts';
import { formatFinding } from './findings.ts';
import { plainText } from './plain-text.ts';
import { createStyle, type Style } from './style.ts';
import { count } from './wording.ts';
import { type Columns, wrapText } from './wrap-text.ts';

/** An explanation for people. @param columns how wide their terminal is; absent: lines are as long as they are. */
export function formatExplanation(view: ExplainView, columns: Columns, style: Style): string {
  const blocks = view.field === undefined ? placementBlocks(view, columns, style) : fieldBlocks(view, columns, style);
  const text = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${text.join('\n\n')}\n`;
}

type Block = readonly string[];

function placementBlocks(view: ExplainView, columns: Columns, style: Style): readonly Block[] {
  const { plan } = view.explanation;
  return [
    title(view, columns, style),
    fleetLines(view, columns, style),
    ...clusterBlocks(shownClusters(view), columns, style),
    plan === undefined ? [] : formatPlan(plan, columns, style, view.observedFrom),
    overrideLines(view, columns, style),
    findingLines(view, columns),
  ];
}

/** The field, and why it is not where the object is not. */
function fieldBlocks(view: ExplainView, columns: Columns, style: Style): readonly Block[] {
  const absent = shownClusters(view).filter(({ state }) => state !== 'Placed');
  return [
    fieldTitle(view, columns, style),
    fleetLines(view, columns, style),
    ...formatFieldGroups(view, columns, style),
    ...clusterBlocks(absent, columns, style),
  ];
}

function fieldTitle({ explanation, field }: ExplainView, columns: Columns, style: Style): Block {
  return wrapText(`${plainText(field?.text ?? '')} of ${plainText(explanation.object)}`, columns, 0, 2).map(
    style.strong,
  );
}

function title(view: ExplainView, columns: Columns, style: Style): Block {
  const { object, target, place } = view.explanation;
  const where = place === undefined ? '' : ` (${plainText(place.file)}:${place.line})`;
  const states = shownClusters(view).map(({ state }) => state);
  const number = (state: ClusterExplanation['state']): number => states.filter((other) => other === state).length;
  const parts = [
    `in ${count(number('Placed'), 'cluster')}`,
    ...(number('NotPlaced') > 0 ? [`not in ${number('NotPlaced')}`] : []),
    ...(number('Held') > 0 ? [`held back in ${number('Held')}`] : []),
  ];
  const name = target === undefined ? 'It' : plainText(formatObjectId(target));
  // Of a choice of clusters a sum says nothing.
  const summary = view.clusters === undefined ? `${name} is ${parts.join(', ')}.` : name;
  return [
    ...wrapText(`${plainText(object)}${where}`, columns, 0, 2).map(style.strong),
    ...(view.clusters !== undefined && target === undefined ? [] : wrapText(summary, columns, 0, 2)),
  ];
}

/** Without a fleet there is nothing else to be said of any cluster. */
function fleetLines({ explanation }: ExplainView, columns: Columns, style: Style): Block {
  const isMissing = ({ rules }: ClusterExplanation): boolean =>
    rules.some(({ code }) => code === 'ClusterNotRegistered');
  if (!explanation.clusters.every(isMissing)) return [];
  const text = 'No cluster is registered: the repository has no KubeFedCluster that is not in error.';
  return wrapText(text, columns, 0, 2).map(style.warning);
}

const STATES = {
  Placed: { sign: '+', word: 'placed', paint: 'added' },
  NotPlaced: { sign: '-', word: 'not placed', paint: 'removed' },
  Held: { sign: '!', word: 'held back: what was applied last stays', paint: 'warning' },
} as const;

/** Clusters of which the same is to be said are told once. */
function clusterBlocks(clusters: readonly ClusterExplanation[], columns: Columns, style: Style): readonly Block[] {
  const groups = Map.groupBy(clusters, ({ state, rules }) =>
    JSON.stringify([state, rules.map(({ by, code, effect, text, place }) => [by, code, effect, text, place?.file])]),
  );
  return [...groups.values()].map((group) => clusterBlock(group, columns, style));
}

function clusterBlock(group: readonly ClusterExplanation[], columns: Columns, style: Style): Block {
  const [first] = group;
  if (first === undefined) return [];
  const { sign, word, paint } = STATES[first.state];
  const names = clusterNames(group.map(({ cluster }) => cluster));
  return [
    ...wrapText(`${sign} ${names}: ${word}`, columns, 0, 2).map(style[paint]),
    ...first.rules.flatMap((rule, index) => {
      const places = group.flatMap(({ rules }) => rules[index]?.place ?? []);
      return ruleLines(rule, places, columns, style);
    }),
  ];
}

const EFFECTS = { Selects: 'yes', Excludes: 'no', Holds: 'held', Notes: 'note' } as const;

function ruleLines(
  { effect, text }: PlacementRule,
  places: readonly NonNullable<PlacementRule['place']>[],
  columns: Columns,
  style: Style,
): Block {
  const word = EFFECTS[effect].padEnd(6);
  const where = placesText(places);
  const lines = wrapText(`${word}${plainText(text)}${where === '' ? '' : ` (${where})`}`, columns, 2, word.length);
  return effect === 'Excludes' || effect === 'Holds' ? lines.map(style.strong) : lines;
}

/** `shop/web.yaml:12`, or `shop/web.yaml:12-48` where several clusters stand in one list. */
function placesText(places: readonly NonNullable<PlacementRule['place']>[]): string {
  const [file] = places.map((place) => place.file).sort(compareText);
  if (file === undefined) return '';
  const lines = places.map(({ line }) => line);
  const [from, to] = [Math.min(...lines), Math.max(...lines)];
  return `${plainText(file)}:${from === to ? from : `${from}-${to}`}`;
}

const WHERE_OVERRIDDEN = {
  Placed: '',
  NotPlaced: ', where it is not placed',
  Held: ', where it is held back',
} as const;

/** Overrides, once for clusters that have the same operations. */
function overrideLines({ explanation, clusters }: ExplainView, columns: Columns, style: Style): Block {
  const shown = explanation.overrides.filter(({ cluster }) => clusters?.includes(cluster) ?? true);
  if (shown.length === 0) return [];
  const states = new Map(explanation.clusters.map(({ cluster, state }) => [cluster, state]));
  const where = (cluster: string): string => WHERE_OVERRIDDEN[states.get(cluster) ?? 'NotPlaced'];
  const groups = Map.groupBy(
    Map.groupBy(shown, ({ cluster }) => cluster),
    ([cluster, operations]) => JSON.stringify([where(cluster), operations.map(({ op, pointer }) => [op, pointer])]),
  );
  return [
    style.strong('Overrides'),
    ...[...groups.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const names = clusterNames(group.map(([cluster]) => cluster));
      return [
        ...wrapText(`${names}${where(first[0])}`, columns, 2, 2),
        ...first[1].flatMap(({ op, pointer }, index) => {
          const places = group.flatMap(([, operations]) => operations[index]?.place ?? []);
          return wrapText(`${plainText(op)} ${plainText(pointer)} (${placesText(places)})`, columns, 4, 2);
        }),
      ];
    }),
  ];
}

/** Findings that no rule has told already. */
function findingLines({ explanation, clusters }: ExplainView, columns: Columns): Block {
  const told = new Set(
    explanation.clusters.flatMap(({ rules }) =>
      rules.flatMap(({ effect, place }) => (effect === 'Holds' && place !== undefined ? [JSON.stringify(place)] : [])),
    ),
  );
  const rest = explanation.findings.filter(({ file, line, column, cluster }) => {
    const isShown = cluster === undefined || clusters === undefined || clusters.includes(cluster);
    return isShown && !told.has(JSON.stringify({ file, line, column }));
  });
  const plain = createStyle(false);
  return rest.flatMap((finding) => wrapText(formatFinding(finding, plain), columns, 0, 2));
}
