import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { formatObjectId } from '../core/index.ts';
import type { SyncResult } from '../reconcile/types.ts';
import { fieldLines } from './drift-text.ts';
import { failedGates, type GateReport } from './gates.ts';
import { formatGates } from './gates-text.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { countObjects, hasFailed } from './sync-counts.ts';
import { formatTable } from './table.ts';
import { list } from './wording.ts';

const COLUMNS = ['created', 'configured', 'unchanged', 'deleted', 'skipped', 'failed'] as const;

/** The result of a pass for people: a table of clusters, what went wrong and why, what comes next. */
export function formatSync(result: SyncResult, style: Style): string {
  const sections = [
    ...(result.mode === 'dryRun' ? [['Dry run: the API servers were asked, and nothing was changed.']] : []),
    heldLines(result, style),
    result.gates === undefined ? [] : gateLines(result.gates, style),
    result.held === undefined ? formatClusters(result.clusters) : [],
    result.clusters.flatMap((cluster) => formatProblems(cluster, result.mode, style)),
    [formatStatusBranch(result, style)],
    nextSteps(result).map((step) => `Next: ${step}`),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function heldLines({ mode, commit, held, gates }: SyncResult, style: Style): readonly string[] {
  const [waiting, applied] = [commit, held?.applied ?? ''].map((id) => plainText(id.slice(0, 12)));
  if (held !== undefined)
    return [
      `${style.error('Held back')}: commit ${waiting} does not pass a gate. Nothing was applied, and the members stay at commit ${applied}.`,
    ];
  const isFailed = mode === 'dryRun' && gates !== undefined && failedGates(gates).length > 0;
  return isFailed
    ? [`${style.error('Held back')}: a sync would not apply commit ${waiting}, which does not pass a gate.`]
    : [];
}

function gateLines(gates: GateReport, style: Style): readonly string[] {
  const text = formatGates(gates, style, { also: ', or apply it once with --allow GATE' });
  return text === '' ? [] : text.trimEnd().split('\n');
}

function formatClusters(clusters: readonly ClusterResult[]): readonly string[] {
  if (clusters.length === 0) return ['No cluster is registered.'];
  const rows = clusters.map((cluster) => {
    const counts = countObjects(cluster);
    return [plainText(cluster.cluster), cluster.state, ...COLUMNS.map((column) => `${counts[column]}`)];
  });
  return formatTable(['cluster', 'state', ...COLUMNS], rows, 2);
}

function formatProblems(cluster: ClusterResult, mode: SyncResult['mode'], style: Style): readonly string[] {
  const name = style.strong(`${plainText(cluster.cluster)}:`);
  const whole =
    cluster.message === undefined ? [] : [`${name} ${style.error(cluster.state)}: ${plainText(cluster.message)}`];
  const prune =
    cluster.prune === undefined
      ? []
      : [`${name} ${style.error(cluster.prune.status)}: ${plainText(cluster.prune.message)}`];
  const objects = formatObjectProblems(cluster, style).map((line) => `${name} ${line}`);
  const drift = formatCorrections(cluster, mode, style).map((line) =>
    line.startsWith(' ') ? line : `${name} ${line}`,
  );
  return [...whole, ...(cluster.prune?.message === cluster.message ? [] : prune), ...objects, ...drift];
}

/** Objects of which there is something to tell; many of which there is the same to tell are one line. */
function formatObjectProblems({ state, objects }: ClusterResult, style: Style): readonly string[] {
  const told = objects.filter(({ status }) => status !== '' && !(state === 'NotReady' && status === 'ClusterNotReady'));
  const groups = Map.groupBy(told, ({ status, message }) => `${status}\n${message ?? ''}`);
  return [...groups.values()].flatMap((group) => {
    const names = group.map(({ id }) => formatObjectId(id));
    const subjects = group.length > 3 ? [`${group.length} objects (${list(names, 3)})`] : names.map(plainText);
    return subjects.map((subject) => `${subject}: ${formatReason(group[0], style)}`);
  });
}

/** What others had changed, by object: put back where it was written, told only where it was not. */
function formatCorrections({ objects }: ClusterResult, mode: SyncResult['mode'], style: Style): readonly string[] {
  const done = mode === 'dryRun' ? 'drift would be put back' : 'drift was put back';
  return objects.flatMap(({ id, action, drift = [] }) => {
    if (drift.length === 0) return [];
    const what = action === 'configured' ? done : 'drift';
    return [`${plainText(formatObjectId(id))}: ${style.warning(what)}`, ...fieldLines(drift, style)];
  });
}

function formatReason(result: ObjectResult | undefined, style: Style): string {
  if (result === undefined) return '';
  const status = hasFailed(result) ? style.error(result.status) : style.warning(result.status);
  return result.message === undefined ? status : `${status}: ${plainText(result.message)}`;
}

function formatStatusBranch({ mode, commit, status }: SyncResult, style: Style): string {
  const source = `Commit ${plainText(commit.slice(0, 12))}.`;
  if (mode !== 'apply') return source;
  const branch = plainText(status.branch);
  const problem = status.problem === undefined ? '' : ` ${style.error('Problem')}: ${plainText(status.problem)}`;
  if (status.commit === undefined) return `${source} Nothing new for ${branch}.${problem}`;
  const pushed = status.pushed === true ? ', pushed' : '';
  return `${source} Status is commit ${plainText(status.commit.slice(0, 12))} on ${branch}${pushed}.${problem}`;
}

/** What a person can do about it, most urgent first. Each once, whatever the number of clusters. */
function nextSteps({ clusters, findings }: SyncResult): readonly string[] {
  const prunes = new Set(clusters.map(({ prune }) => prune?.status));
  const states = new Set(clusters.map(({ state }) => state));
  return [
    ...(findings.some(({ severity }) => severity === 'error')
      ? ['mend the errors above; `gitfed validate` lists them without a cluster.']
      : []),
    ...(states.has('NotReady')
      ? ['for clusters that are NotReady, check the endpoint and the credentials (--credentials-dir, --kubeconfig).']
      : []),
    ...(prunes.has('PruneBlocked')
      ? [
          'if the deletions are meant, use --allow-deletions N, or a commit with the trailer "Gitfed-Allow: maxDeletions".',
        ]
      : []),
    ...(prunes.has('PruneHeld') ? ['nothing is deleted until the file that is named can be read again.'] : []),
  ];
}
