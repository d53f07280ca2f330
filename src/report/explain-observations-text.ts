import type { ObservationEffect, OtherReplicas, PlanExplanation } from '../render/index.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { type Columns, wrapText } from './wrap-text.ts';

/** Of many the first ones: -o json has all of them. */
const MOST_EFFECTS = 12;
const MOST_NUMBERS = 8;

/** What was observed that had a say in a plan, and what would be planned without it. Nothing where nothing had. */
export function formatEffects(
  plan: PlanExplanation,
  columns: Columns,
  style: Style,
  from: string | undefined,
): readonly string[] {
  const { observations } = plan;
  if (observations.length === 0) return [];
  const left = observations.length - MOST_EFFECTS;
  return [
    '',
    ...wrapText(`Observed${from === undefined ? '' : ` (${plainText(from)})`}`, columns, 2, 2).map(style.strong),
    ...observations.slice(0, MOST_EFFECTS).flatMap((effect) => effectLines(effect, plan, columns)),
    ...(left > 0 ? wrapText(`and ${left} more that -o json has`, columns, 2, 2) : []),
  ];
}

function effectLines(effect: ObservationEffect, plan: PlanExplanation, columns: Columns): readonly string[] {
  return [
    ...wrapText(`${plainText(effect.cluster)} ${fact(effect, plan)}`, columns, 2, 2),
    ...wrapText(consequence(effect), columns, 4, 2),
  ];
}

function fact(effect: ObservationEffect, { clusters }: PlanExplanation): string {
  const { cluster, type, observed, current = 0n, capacity = 0n } = effect;
  if (type === 'NotReady') return 'is not ready: it takes no part';
  if (type === 'Running')
    return `runs ${current}, which are kept as far as maximum and total let them: the preference does not rebalance`;
  const overflow = clusters.find((one) => one.cluster === cluster)?.overflow ?? 0n;
  const beyond =
    overflow === 0n
      ? ''
      : `; ${overflow} more ${overflow === 1n ? 'is' : 'are'} written as overflow, for when there is room`;
  return `has room for ${capacity}: ${whyNoMore(observed)}${beyond}`;
}

function whyNoMore(observed: ObservationEffect['observed']): string {
  const { specReplicas = 0n, readyReplicas = 0n, unschedulablePods = 0n } = observed ?? {};
  if (unschedulablePods <= 0n || specReplicas === readyReplicas) return 'so many ran when it was asked for more';
  const pods = unschedulablePods === 1n ? '1 pod is unschedulable' : `${unschedulablePods} pods are unschedulable`;
  return `of ${specReplicas} replicas ${readyReplicas} ${readyReplicas === 1n ? 'is' : 'are'} ready, and ${pods}`;
}

const OTHERWISE = {
  NotReady: 'if it were ready',
  Capacity: 'if it had room for more',
  Running: 'if nothing ran there',
} as const;

function consequence({ type, without }: ObservationEffect): string {
  if (without.length === 0) return `${OTHERWISE[type]}, the plan would be the same`;
  const shown = without.slice(0, MOST_NUMBERS).map(numberText);
  const left = without.length - shown.length;
  return `${OTHERWISE[type]}: ${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function numberText({ cluster, replicas, otherwise }: OtherReplicas): string {
  return `${plainText(cluster)} ${otherwise} instead of ${replicas}`;
}
