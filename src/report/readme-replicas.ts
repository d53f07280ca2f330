import { federatedObjectName, type Model } from '../api/index.ts';
import { objectIdKey } from '../core/index.ts';
import type { Rendering } from '../render/index.ts';
import type { ClusterView } from './cluster-view.ts';
import { cell, codeCell, table } from './status-text.ts';
import { count } from './wording.ts';

const MOST_ROWS = 20;
const MOST_CLUSTERS = 8;

/** How many replicas of each planned workload run where, and where they are not all ready. */
export function replicaSection(
  { replicas }: Rendering,
  { objects }: Model,
  views: readonly ClusterView[],
): readonly string[] {
  if (replicas.size === 0) return [];
  const shown = [...replicas].slice(0, MOST_ROWS);
  const names = new Set(shown.map(([name]) => name));
  const wanted = objects.filter((object) => names.has(federatedObjectName(object)));
  const keys = new Map(wanted.map((object) => [federatedObjectName(object), objectIdKey(object.target)]));
  const byName = new Map(views.map((view) => [view.name, view]));
  const rows = shown.map(([name, clusters]) => {
    const planned = [...clusters].filter(([, number]) => number > 0n);
    const places = planned.slice(0, MOST_CLUSTERS).map(([cluster, number]) => {
      return `${codeCell(cluster)} ${number}${noteOf(byName.get(cluster), keys.get(name) ?? '')}`;
    });
    const left = planned.length - places.length;
    const total = planned.reduce((sum, [, number]) => sum + number, 0n);
    const all = [...places, ...(left > 0 ? [`${count(left, 'more cluster')}`] : [])];
    return [codeCell(name), `${total}`, all.join(', ')];
  });
  const left = replicas.size - rows.length;
  return [
    '## Replicas',
    '',
    ...table(['workload', 'replicas', 'planned for'], ['---', '---:', '---'], rows),
    '',
    ...(left > 0 ? [`And ${count(left, 'more workload')}: see \`scheduledReplicas\` in \`objects/\`.`, ''] : []),
  ];
}

/** Nothing where all of them are ready. */
function noteOf(view: ClusterView | undefined, key: string): string {
  if (view?.isReady !== true) return ' (not reached)';
  const state = view.objects.get(key);
  if (state === undefined) return ' (not there yet)';
  if (state.status !== '') return ` (${cell(state.status)})`;
  if (state.health === undefined) return '';
  return state.health === 'Current' ? ' ✓' : ` (${cell(state.health)})`;
}
