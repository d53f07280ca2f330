import type { Configuration, Model } from '../api/index.ts';
import type { ObjectId } from '../core/index.ts';
import type { Rendering } from '../render/types.ts';
import { type Allowance, allowanceFor, confirmsFailover, GATES, type GateName, gatesNamed } from './allowance.ts';
import type { ChangeSet } from './change-set.ts';
import { judgeClusters } from './gate-clusters.ts';
import { judgeDeletions } from './gate-deletions.ts';
import { judgeProtected } from './gate-protected.ts';
import { judgeReplicas, type LostReplicas, lostReplicas } from './gate-replicas.ts';
import { compareGateSettings, type GateSettingChange } from './gate-settings.ts';

/** One side of a change, as far as gates look at it. */
export interface GatedState {
  readonly model: Pick<Model, 'configuration' | 'objects' | 'heldTargets'>;
  readonly rendering: Rendering;
}

/** A change, and who gave their word for it. */
export interface GatedChange {
  readonly before: GatedState;
  readonly after: GatedState;
  /** From `before` to `after`, of all clusters. */
  readonly changes: ChangeSet;
  readonly allowances: readonly Allowance[];
}

/** With what is worked out once for all sides. */
export interface MeasuredChange extends GatedChange {
  readonly lost: () => readonly LostReplicas[];
}

/** What one gate says of a change. */
export interface GateResult {
  readonly gate: GateName;
  /** The change is within the limit, or somebody allowed it. */
  readonly passed: boolean;
  /** Of a change that is over the limit: whose word lets it through. */
  readonly allowedBy?: Allowance;
  /** As `20` or `10 and 30 %`. */
  readonly limit: string;
  /** What is counted against the limit. */
  readonly actual: number;
  /** A sentence; of a change that is over the limit, what is wrong with it. */
  readonly message: string;
  /** Where it is over the limit, sorted. */
  readonly clusters: readonly string[];
  /** What is over the limit, by object; empty where clusters are what is counted. */
  readonly objects: readonly ObjectId[];
}

/** What all gates say of a change. */
export interface GateReport {
  /** Of the gates that are set, in the order of `GATES`. */
  readonly results: readonly GateResult[];
  /** Gates that the change itself sets otherwise. */
  readonly settings: readonly GateSettingChange[];
  /** What commits allow, and is no gate. */
  readonly unknown: readonly Allowance[];
}

/** What a gate finds with the limits of one side. */
export interface GateFinding extends Omit<GateResult, 'gate' | 'passed' | 'allowedBy'> {
  readonly isOver: boolean;
}

/** Judges a change by the limits of one side; `undefined` where it sets none. */
type Judge = (change: MeasuredChange, configuration: Configuration) => GateFinding | undefined;

const JUDGES: Readonly<Record<GateName, Judge>> = {
  maxDeletions: judgeDeletions,
  maxClusters: judgeClusters,
  maxReplicasLost: judgeReplicas,
  'protected.kinds': judgeProtected('kinds'),
  'protected.namespaces': judgeProtected('namespaces'),
  'protected.clusters': judgeProtected('clusters'),
};

/**
 * Holds a change against the gates of both sides: what either of them does not let through is over the limit, so that no change opens
 * its own gate. Pure.
 */
export function checkGates(change: GatedChange): GateReport {
  const { before, after, allowances } = change;
  let lost: readonly LostReplicas[] | undefined;
  const measured: MeasuredChange = {
    ...change,
    lost: () => {
      lost ??= lostReplicas(change);
      return lost;
    },
  };
  return {
    results: GATES.flatMap((gate) => checkGate(gate, measured) ?? []),
    settings: compareGateSettings(before.model.configuration, after.model.configuration),
    unknown: allowances.filter(({ gate }) => gatesNamed(gate).length === 0 && !confirmsFailover(gate)),
  };
}

/** The gates that a change does not pass. */
export function failedGates({ results }: GateReport): readonly GateResult[] {
  return results.filter(({ passed }) => !passed);
}

/** Whether there is anything that a reader has to know. */
export function isGateReportQuiet({ results, settings, unknown }: GateReport): boolean {
  return settings.length === 0 && unknown.length === 0 && !results.some(isOverLimit);
}

/** Whether a change is over a limit, allowed or not. */
export function isOverLimit({ passed, allowedBy }: GateResult): boolean {
  return !passed || allowedBy !== undefined;
}

/** The same report with further allowances: what is over a limit stays so. */
export function withAllowances(report: GateReport, allowances: readonly Allowance[]): GateReport {
  const results = report.results.map((result) => {
    const allowedBy = result.passed ? undefined : allowanceFor(result.gate, allowances);
    return allowedBy === undefined ? result : { ...result, passed: true, allowedBy };
  });
  const unknown = allowances.filter(({ gate }) => gatesNamed(gate).length === 0 && !confirmsFailover(gate));
  return { ...report, results, unknown: [...report.unknown, ...unknown] };
}

function checkGate(gate: GateName, change: MeasuredChange): GateResult | undefined {
  const judge = JUDGES[gate];
  const old = judge(change, change.before.model.configuration);
  const fresh = isSameSetting(change) ? old : judge(change, change.after.model.configuration);
  const finding = stricter(old, fresh);
  if (finding === undefined) return undefined;
  const { isOver, message, ...rest } = finding;
  if (!isOver) return { gate, passed: true, message, ...rest };
  const allowedBy = allowanceFor(gate, change.allowances);
  const isOfBefore = finding === old && old.limit !== fresh?.limit;
  return {
    gate,
    passed: allowedBy !== undefined,
    ...(allowedBy === undefined ? {} : { allowedBy }),
    message: isOfBefore ? `${message} This limit is the one from before the change.` : message,
    ...rest,
  };
}

function isSameSetting({ before, after }: GatedChange): boolean {
  return compareGateSettings(before.model.configuration, after.model.configuration).length === 0;
}

function stricter(old: GateFinding | undefined, fresh: GateFinding | undefined): GateFinding | undefined {
  if (old === undefined || fresh === undefined) return old ?? fresh;
  if (old.isOver !== fresh.isOver) return old.isOver ? old : fresh;
  return old.objects.length > fresh.objects.length ? old : fresh;
}
