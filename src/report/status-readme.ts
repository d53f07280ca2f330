import type { Model } from '../api/index.ts';
import { compareText } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import { ALLOW_TRAILER, FAILOVER_ALLOWANCE } from './allowance.ts';
import type { ClusterState, ClusterView } from './cluster-view.ts';
import { driftSection } from './readme-drift.ts';
import { brokenSection, isBrokenCluster, waitingSection } from './readme-problems.ts';
import { replicaSection } from './readme-replicas.ts';
import { CLUSTER_STATES, countState, type FleetSummary, sum } from './status-json.ts';
import { clusterStatusPath, driftStatusPath, objectsStatusPath } from './status-path.ts';
import { cell, codeCell, link, table } from './status-text.ts';
import { count } from './wording.ts';

export interface ReadmeInput extends FleetSummary {
  readonly model: Model;
  readonly rendering: Rendering;
}

/** `README.md`: the fleet for people. Its size has a limit, however many clusters and objects there are. */
export function statusReadme({ model, rendering, ...summary }: ReadmeInput): string {
  const { clusters } = summary;
  const errors = rendering.findings.filter(({ severity }) => severity === 'error').length;
  const lines = [
    '# Fleet status',
    '',
    ...headline(clusters, errors),
    '',
    sourceLine(summary),
    '',
    ...heldLines(summary.held),
    ...suspectLines(summary.suspect),
    ...clusterTable(clusters),
    ...brokenSection(clusters, rendering.findings),
    ...waitingSection(clusters),
    ...driftSection(clusters),
    ...replicaSection(rendering, model, clusters),
    ...FOOTER,
  ];
  return `${lines.join('\n')}\n`;
}

const FOOTER = [
  '---',
  '',
  'Clusters: [`clusters/`](clusters), their objects: [`objects/`](objects), federated objects as KubeFed shows them: [`resources/`](resources), for programs: [`status.json`](status.json).',
  'Written by gitfed: changes made here are lost.',
];

function headline(views: readonly ClusterView[], errors: number): readonly string[] {
  const broken = views.filter(isBrokenCluster);
  const repository = errors === 0 ? [] : [`The commit has ${count(errors, 'error')}.`];
  if (views.length === 0) return ['**No cluster is registered.**', ...repository];
  const suspended = countState(views, 'Suspended');
  const notes = [...repository, ...details(views, suspended)].join(' ');
  if (broken.length > 0) {
    const verb = broken.length === 1 ? 'is' : 'are';
    return [`❌ **${broken.length} of ${count(views.length, 'cluster')} ${verb} not in order.** ${notes}`.trimEnd()];
  }
  const all = views.length === 1 ? 'The cluster is' : `All ${views.length} clusters are`;
  const rest = suspended === 0 ? all : `All clusters that are not suspended are`;
  const icon = errors > 0 ? '⚠️' : suspended === views.length ? '⏸️' : '✅';
  const first = suspended === views.length ? 'Everything is suspended.' : `${rest} in order.`;
  return [`${icon} **${first}** ${notes}`.trimEnd()];
}

function details(views: readonly ClusterView[], suspended: number): readonly string[] {
  const lost = countState(views, 'NotReady');
  const seen = views.filter(({ isReady }) => isReady);
  const problems = sum(seen, (view) => view.problems.length);
  const unwell = sum(seen, (view) => view.unwell.length);
  const drift = sum(seen, ({ driftCounts: { reported, fought } }) => reported + fought);
  const corrected = sum(seen, ({ driftCounts }) => driftCounts.corrected);
  return [
    ...(lost === 0 ? [] : [`${count(lost, 'cluster')} not reached.`]),
    ...(suspended === 0 ? [] : [`${count(suspended, 'cluster')} suspended.`]),
    `${count(
      sum(views, ({ objects }) => objects.size),
      'object',
    )}${problems === 0 ? '' : `, ${problems} not in order`}${unwell === 0 ? '' : `, ${unwell} not ready`}.`,
    ...(drift === 0 ? [] : [`Drift of ${count(drift, 'object')} stands.`]),
    ...(corrected === 0 ? [] : [`Drift of ${count(corrected, 'object')} was put back.`]),
  ];
}

function sourceLine({ commit, subject, inventory }: FleetSummary): string {
  const what = subject === undefined ? '' : ` (${codeCell(subject)})`;
  return `Commit ${codeCell(commit)}${what}, inventory ${codeCell(inventory)}.`;
}

/** What waits for somebody's word. */
function heldLines(held: FleetSummary['held']): readonly string[] {
  if (held === undefined) return [];
  const { commit, subject, gates } = held;
  const names = gates.map(({ gate }) => gate).join(', ');
  return [
    `✋ **Commit ${codeCell(commit)} (${codeCell(subject)}) is not applied: it does not pass ${count(gates.length, 'gate')}.**`,
    '',
    ...gates.map(({ gate, message }) => `- ${codeCell(gate)}: ${cell(message)}`),
    '',
    `If it is meant, end the message of a further commit with a paragraph ${codeCell(`${ALLOW_TRAILER}: ${names} REASON`)}.`,
    '',
  ];
}

const MOST_SUSPECTS = 10;

/** What looks as if this page had been written by whoever is lost. */
function suspectLines(suspect: FleetSummary['suspect']): readonly string[] {
  if (suspect === undefined) return [];
  const names = suspect.slice(0, MOST_SUSPECTS).map(codeCell).join(', ');
  const more = suspect.length > MOST_SUSPECTS ? ` and ${suspect.length - MOST_SUSPECTS} more` : '';
  return [
    `✋ **ObserverSuspect: ${count(suspect.length, 'cluster')} seem lost at once (${names}${more}), and no replicas move away from there.** It may be gitfed that is cut off.`,
    '',
    `If they really are gone, end the message of a commit with a paragraph ${codeCell(`${ALLOW_TRAILER}: ${FAILOVER_ALLOWANCE} REASON`)}.`,
    '',
  ];
}

const MOST_CLUSTERS = 150;

const ICONS: Readonly<Record<ClusterState, string>> = { Synced: '✅', Failed: '❌', NotReady: '🔌', Suspended: '⏸️' };
const SEVERITY: readonly ClusterState[] = ['NotReady', 'Failed', 'Synced', 'Suspended'];

/** Those that need a person first. */
function clusterTable(views: readonly ClusterView[]): readonly string[] {
  if (views.length === 0) return [];
  const rank = (view: ClusterView): number => SEVERITY.indexOf(view.state) - (isBrokenCluster(view) ? 10 : 0);
  const sorted = views.toSorted((a, b) => rank(a) - rank(b) || compareText(a.name, b.name));
  const left = sorted.slice(MOST_CLUSTERS);
  const hasRegions = views.some(({ region }) => region !== undefined);
  const withRegion = (cells: readonly string[]): readonly string[] => cells.filter((_, at) => hasRegions || at !== 2);
  const rows = sorted.slice(0, MOST_CLUSTERS).map((view) => withRegion(clusterCells(view)));
  const more = CLUSTER_STATES.flatMap((state) => {
    const number = countState(left, state);
    return number === 0 ? [] : [`${number} ${state}`];
  });
  return [
    ...table(withRegion(TITLES), withRegion(ALIGN), rows),
    '',
    ...(left.length === 0
      ? []
      : [`And ${count(left.length, 'more cluster')} (${more.join(', ')}): see \`clusters/\`.`, '']),
  ];
}

const TITLES = ['cluster', 'state', 'region', 'Kubernetes', 'objects', 'not in order', 'not ready', 'drift'];
const ALIGN = ['---', '---', '---', '---', '---:', '---:', '---:', '---:'];

function clusterCells(view: ClusterView): readonly string[] {
  const { name, state, region = '', kubernetesVersion = '', objects, hasObjects, problems, unwell, drift } = view;
  const icon = state === 'Synced' && isBrokenCluster(view) ? '⚠️' : ICONS[state];
  const number = `${objects.size}`;
  return [
    link(codeCell(name), clusterStatusPath(name)),
    `${icon} ${state}`,
    cell(region),
    cell(kubernetesVersion),
    hasObjects ? link(number, objectsStatusPath(name)) : number,
    `${problems.length}`,
    `${unwell.length}`,
    drift.length === 0 ? '0' : link(`${drift.length}`, driftStatusPath(name)),
  ];
}
