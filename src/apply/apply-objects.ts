import { type Discovery, isApiError } from '../cluster/index.ts';
import { formatFieldPath } from '../core/index.ts';
import { type FieldDrift, type FormerManagers, isManagedBy, type ObjectHealth } from '../drift/index.ts';
import { definedKind, establishDefinitions, isServed } from './definitions.ts';
import type { Desired } from './desired.ts';
import { type Examination, examineObject } from './examine.ts';
import { groupKindText } from './inventory.ts';
import type { LaneInput } from './lane-input.ts';
import type { Limit } from './limit.ts';
import {
  type ApplyOperation,
  type ClusterPlan,
  hiddenPart,
  mayHaveDrifted,
  type PlannedObject,
  resultOf,
} from './plan.ts';
import { runWrites } from './run-writes.ts';
import { failureMessage } from './statuses.ts';
import type { ObjectResult } from './types.ts';
import { waitForHealth } from './wait-for-health.ts';
import { applyObject, type WriteContext } from './write-object.ts';

/** One pass that writes. */
export interface WriteRun {
  readonly input: LaneInput;
  readonly context: WriteContext;
  readonly discovery: Discovery;
  readonly limit: Limit;
  readonly desired: readonly Desired[];
  readonly report: (result: ObjectResult) => void;
  /** Throws when nothing more may be written. */
  readonly check: () => void;
}

/**
 * Writes what the plan says, tier by tier: a tier begins when the one before it is done, kinds that it defined are waited for, and with
 * `waitMs` a wave begins when everything of the wave before is ready.
 *
 * @returns what the member serves afterwards, and whether a wave did not become ready, so that the rest has to wait.
 */
export async function applyObjects(
  { objects }: ClusterPlan,
  run: WriteRun,
): Promise<{ readonly discovery: Discovery; readonly isStopped: boolean }> {
  const { waitMs } = run.input;
  const pairs = objects.map((planned, index) => ({ planned, desired: run.desired[index] }));
  const applier = new Applier(run);
  if (waitMs === undefined) {
    for (const tier of tiersOf(pairs)) for (const result of await applier.apply(tier)) run.report(result);
    return { discovery: applier.discovery, isStopped: false };
  }
  const deadline = performance.now() + waitMs;
  let isStopped = false;
  for (const wave of Map.groupBy(pairs, ({ desired }) => desired?.wave ?? 0).values()) {
    if (isStopped) {
      for (const { desired } of wave) if (desired !== undefined) run.report(notReached(desired));
      continue;
    }
    const results: ObjectResult[] = [];
    for (const tier of tiersOf(wave)) results.push(...(await applier.apply(tier)));
    const settled = run.context.dryRun
      ? results
      : await waitForHealth(results, wave, { ...run, discovery: applier.discovery, deadline });
    for (const result of settled) run.report(result);
    isStopped = settled.some(({ status }) => status === 'NotHealthy');
  }
  return { discovery: applier.discovery, isStopped };
}

interface Pair {
  readonly planned: PlannedObject;
  readonly desired: Desired | undefined;
}

function tiersOf(pairs: readonly Pair[]): readonly (readonly Pair[])[] {
  const tiers = Map.groupBy(pairs, ({ desired }) => (desired === undefined ? '' : `${desired.wave}/${desired.rank}`));
  return [...tiers.values()];
}

function notReached(desired: Desired): ObjectResult {
  const message = 'It waits for an earlier wave, which is not ready.';
  return { ...resultOf(desired), action: 'skipped', status: 'NotHealthy', message };
}

class Applier {
  discovery: Discovery;
  readonly #run: WriteRun;
  readonly #newKinds = new Set<string>();

  constructor(run: WriteRun) {
    this.#run = run;
    this.discovery = run.discovery;
  }

  async apply(tier: readonly Pair[]): Promise<readonly ObjectResult[]> {
    const operations = tier.flatMap(({ planned }) => (planned.type === 'result' ? [] : [planned]));
    const written = await runWrites(
      this.#run.limit,
      operations.map((operation) => () => this.#write(operation)),
    );
    const resultsOf = new Map(operations.map((operation, index) => [operation, written[index]]));
    const results = tier.flatMap(
      ({ planned }) => (planned.type === 'result' ? planned.result : resultsOf.get(planned)) ?? [],
    );
    const awaited = await this.#awaitDefinitions(tier, results);
    return results.map((result, index) => {
      const desired = tier[index]?.desired;
      if (desired === undefined || !awaited.has(desired)) return result;
      const message = awaited.get(desired);
      if (message === undefined) return { ...result, health: ESTABLISHED };
      return { ...result, status: result.action === 'created' ? 'CreationFailed' : 'UpdateFailed', message };
    });
  }

  async #write(operation: ApplyOperation): Promise<ObjectResult> {
    this.#run.check();
    const { context, input } = this.#run;
    const options = { isKindNew: this.#newKinds.has(groupKindText(operation.desired.liveId)) };
    const about = { ...resultOf(operation.desired), ...hiddenPart(operation.hidden) };
    const { id, liveId } = operation.desired;
    const isMissing = operation.reason === 'missing' && !context.removals.has(liveId);
    const wasDeleted = isMissing && input.isRecordedHere(id);
    if (wasDeleted && isReportOnly(input)) {
      return {
        ...about,
        action: 'skipped',
        status: 'Drifted',
        message: `It was deleted there, and ${whyReported(input)}.`,
        wasDeleted,
      };
    }
    if (wasDeleted) {
      return { ...(await applyObject(context, this.discovery, operation, options)), wasDeleted };
    }
    if (!mayHaveDrifted(operation, context.formerManagers)) {
      return await applyObject(context, this.discovery, operation, options);
    }
    let seen: Examination | undefined;
    try {
      seen = await examineObject(context, operation, { now: input.now, onlyDrift: true });
    } catch (error) {
      if (!isApiError(error) || error.failure === 'Aborted') throw error;
      return { ...about, action: 'skipped', status: 'RetrievalFailed', message: failureMessage(error) };
    }
    const { drift = [], fought = [], annotations = {} } = seen ?? {};
    // What the repository changes is applied all the same, and nobody can apply one field without the other.
    const isOnlyDrift = operation.reason === 'drifted';
    if (isOnlyDrift && drift.length > 0 && isReportOnly(input))
      return {
        ...about,
        action: 'skipped',
        status: 'Drifted',
        message: `It was changed there, and ${whyReported(input)}.`,
        drift,
      };
    if (isOnlyDrift && fought.length > 0) {
      return { ...about, action: 'skipped', status: 'DriftFight', message: FIGHT, drift };
    }
    const result = await applyObject(context, this.discovery, operation, { ...options, annotations });
    if (drift.length === 0) return result;
    const taken = takenFrom(drift, this.#run.context.formerManagers);
    return result.status !== '' || taken === ''
      ? { ...result, drift }
      : { ...result, status: 'FieldTaken', message: taken, drift };
  }

  /** @returns definitions that were waited for, those of earlier passes included, and why they do not take effect where they do not. */
  async #awaitDefinitions(
    tier: readonly Pair[],
    results: readonly ObjectResult[],
  ): Promise<ReadonlyMap<Desired, string | undefined>> {
    const { context, input } = this.#run;
    const definitions = tier.flatMap(({ planned, desired }, index) => {
      const kind = desired === undefined ? undefined : definedKind(desired);
      if (desired === undefined || kind === undefined || results[index]?.status !== '') return [];
      if (planned.type === 'apply') this.#newKinds.add(groupKindText(kind));
      return planned.type === 'apply' || !isServed(this.discovery, desired) ? [desired] : [];
    });
    if (definitions.length === 0 || context.dryRun) return new Map();
    const refresh = (): Promise<Discovery> => input.discovery.refresh();
    const { discovery, failed } = await establishDefinitions(context.client, definitions, {
      refresh,
      signal: input.signal,
    });
    this.discovery = discovery;
    return new Map(definitions.map((desired) => [desired, failed.get(desired)]));
  }
}

/** What the server said of it when it was written is over. */
const ESTABLISHED: ObjectHealth = {
  status: 'Current',
  message: 'It is established.',
  summary: 'It is established.',
};

function isReportOnly({ model }: LaneInput): boolean {
  return model.configuration.drift.policy === 'Report';
}

/** With a broken gitfed.yaml, the policy may be that of nobody. */
function whyReported({ model }: LaneInput): string {
  return model.findings.some(({ code }) => code === 'InvalidConfiguration')
    ? 'gitfed.yaml is broken: what it says of drift is not known'
    : 'gitfed.yaml has drift.policy: Report';
}

/** Controllers that had written fields of ours: they will do so again, and somebody has to decide whose the fields are. */
function takenFrom(drift: readonly FieldDrift[], { people, takeOver }: FormerManagers): string {
  const others = drift.filter(
    ({ type, manager }) =>
      type !== 'missing' && manager !== undefined && !isManagedBy({ manager }, [...people, ...takeOver]),
  );
  const fields = [...new Set(others.map(({ path }) => formatFieldPath(path)))].slice(0, 3).join(', ');
  const managers = [...new Set(others.map(({ manager = '' }) => manager))].slice(0, 3).join(', ');
  if (others.length === 0) return '';
  return `${fields} was written by ${managers}, and is taken back. If it should be left to that, use ignoreDifferences in gitfed.yaml or leave it out of the template.`;
}

const FIGHT =
  'Somebody changes it again each time it is changed back, more than 5 times in 10 minutes: it is left alone for some minutes. Stop one of the two, or leave the field to the other by ignoreDifferences in gitfed.yaml.';
