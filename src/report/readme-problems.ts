import { compareText, type Finding, formatObjectId, type ObjectId } from '../core/index.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ObjectState } from './status-objects.ts';
import { cell, codeCell, codeNames, table } from './status-text.ts';
import { count } from './wording.ts';

const MOST_ROWS = 30;
const MOST_OBJECTS = 3;
const MOST_CLUSTERS = 5;

/** The same trouble, of however many objects in however many clusters. */
interface Trouble {
  readonly rank: number;
  readonly word: string;
  readonly message: string;
  readonly objects: Map<ObjectId, string>;
  readonly clusters: Set<string>;
  count: number;
}

/** The most severe first: what keeps clusters and objects from being as the repository says. */
export function brokenSection(views: readonly ClusterView[], findings: readonly Finding[]): readonly string[] {
  const rows = [
    ...clusterRows(views),
    ...findings.filter(({ severity }) => severity === 'error').map(findingRow),
    ...rowsOf(troubles(reached(views), isBroken)),
  ];
  return section('What is broken', rows, 'objects/');
}

/** What settles by itself, or is being worked on by controllers. */
export function waitingSection(views: readonly ClusterView[]): readonly string[] {
  const rows = rowsOf(troubles(reached(views), (state) => !isBroken(state)));
  return section('On the way', rows, 'objects/');
}

function section(title: string, rows: readonly (readonly string[])[], where: string): readonly string[] {
  if (rows.length === 0) return [];
  const left = rows.length - MOST_ROWS;
  return [
    `## ${title}`,
    '',
    ...table(['what', 'where', 'clusters', 'why'], ['---', '---', '---', '---'], rows.slice(0, MOST_ROWS)),
    '',
    ...(left > 0 ? [`And ${count(left, 'more row')}: see \`${where}\`.`, ''] : []),
  ];
}

/** Objects of the others are as they were seen last. */
function reached(views: readonly ClusterView[]): readonly ClusterView[] {
  return views.filter(({ isReady }) => isReady);
}

/** Whether a cluster, or something in it, does not work. */
export function isBrokenCluster(view: ClusterView): boolean {
  if (view.state === 'Suspended') return false;
  return view.state !== 'Synced' || [...view.problems, ...view.unwell].some(isBroken);
}

function clusterRows(views: readonly ClusterView[]): readonly (readonly string[])[] {
  const lost = views.filter(({ state }) => state === 'NotReady');
  const groups = Map.groupBy(lost, ({ trouble }) => `${trouble?.reason ?? ''}\n${trouble?.since ?? ''}`);
  return [...groups.values()].map((group) => {
    const { reason = 'NotAsked', message = 'nobody has asked it yet', since } = group[0]?.trouble ?? {};
    const why = `${cell(capitalized(message))}${since === undefined ? '.' : `, since ${codeCell(since)}.`}`;
    const clusters = codeNames(
      group.map(({ name }) => name),
      MOST_CLUSTERS,
    );
    return [`**${cell(reason)}**`, 'the whole cluster', clusters, why];
  });
}

function findingRow({ code, message, file, line, cluster }: Finding): readonly string[] {
  const where = file === '' ? 'the repository' : codeCell(`${file}:${line}`);
  return [`**${cell(code)}**`, where, cluster === undefined ? '' : codeCell(cluster), cell(message)];
}

/** Statuses that settle by themselves, or that somebody wants so. */
const SETTLING: ReadonlySet<string> = new Set(['WaitingForRemoval', 'NamespaceShared']);

function isBroken({ status, health }: ObjectState): boolean {
  return status === '' ? health === 'Failed' : !SETTLING.has(status);
}

function troubles(views: readonly ClusterView[], isWanted: (state: ObjectState) => boolean): readonly Trouble[] {
  const found = new Map<string, Trouble>();
  for (const { name, problems, unwell } of views) {
    for (const state of [...problems, ...unwell]) {
      if (!isWanted(state)) continue;
      const word = state.status === '' ? (state.health ?? '') : state.status;
      const message = (state.status === '' ? state.healthMessage : state.message) ?? '';
      const key = `${word}\n${message}`;
      const trouble = found.get(key) ?? newTrouble(state, word, message);
      found.set(key, trouble);
      trouble.count += 1;
      trouble.clusters.add(name);
      if (trouble.objects.size < MOST_OBJECTS * 100) trouble.objects.set(state.id, formatObjectId(state.id));
    }
  }
  return [...found.values()].sort(
    (a, b) => a.rank - b.rank || b.count - a.count || compareText(a.word, b.word) || compareText(a.message, b.message),
  );
}

function newTrouble({ status }: ObjectState, word: string, message: string): Trouble {
  return { rank: status === '' ? 1 : 0, word, message, objects: new Map(), clusters: new Set(), count: 0 };
}

function rowsOf(found: readonly Trouble[]): readonly (readonly string[])[] {
  return found.map(({ word, message, objects, clusters, count: number }) => {
    const ids = [...new Set(objects.values())];
    const shown = ids.length > MOST_OBJECTS ? `${codeNames(ids.slice(0, MOST_OBJECTS))} and others` : codeNames(ids);
    const where = number === 1 ? shown : `${number} × ${shown}`;
    return [`**${cell(word)}**`, where, codeNames([...clusters], MOST_CLUSTERS), cell(message)];
  });
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
