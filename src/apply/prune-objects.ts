import type { ObjectId } from '../core/index.ts';
import type { WriteRun } from './apply-objects.ts';
import { deleteObject, releaseObject } from './delete-object.ts';
import { DELETE_NAMESPACE_ANNOTATION } from './names.ts';
import { findForeignContent, type NamespaceContent } from './namespace-content.ts';
import type { ClusterPlan, Deletion } from './plan.ts';
import { runWrites } from './run-writes.ts';
import { isFailure } from './statuses.ts';
import type { ObjectResult, PropagationStatus } from './types.ts';

interface PruneRun extends WriteRun {
  /** Kinds and namespaces in which something could not be applied, of {@link failedPlaces}. */
  readonly failed: ReadonlySet<string>;
}

const FAILURES: ReadonlySet<PropagationStatus> = new Set([
  'CreationFailed',
  'CreationTimedOut',
  'UpdateFailed',
  'UpdateTimedOut',
]);

function placeOf({ group, kind, namespace }: ObjectId): string {
  return `${kind}.${group}/${namespace}`;
}

/** Where something could not be applied: what goes away in the same place may have been renamed to it. */
export function failedPlaces(results: readonly ObjectResult[]): ReadonlySet<string> {
  return new Set(results.filter(({ status }) => FAILURES.has(status)).map(({ id }) => placeOf(id)));
}

/** Deletes and releases what the plan says, tier by tier. @returns whether something could not be deleted. */
export async function pruneObjects(plan: ClusterPlan, run: PruneRun): Promise<boolean> {
  const { context, limit, report, check, failed } = run;
  for (const result of plan.kept) report(result);
  const checked = (one: () => Promise<ObjectResult>) => async (): Promise<ObjectResult> => {
    check();
    return await one();
  };
  const releases = plan.releases.map((one) => checked(() => releaseObject(context, one)));
  const results = [...(await runWrites(limit, releases))];
  for (const tier of Map.groupBy(plan.deletions, (deletion) => deletion.tier).values()) {
    const kept = new Set(results.filter(isFailure).map(({ id }) => id.namespace));
    const judged = await Promise.all(
      tier.map(async (deletion) => ({
        deletion,
        refusal: whyPostponed(deletion, failed, kept) ?? (await whyNamespaceStays(deletion, plan, run)),
      })),
    );
    const deletions = judged.flatMap(({ deletion, refusal }) =>
      refusal === undefined ? [checked(() => deleteObject(context, deletion))] : [],
    );
    results.push(...judged.flatMap(({ refusal }) => refusal ?? []));
    results.push(...(await runWrites(limit, deletions)));
  }
  for (const result of results) report(result);
  return results.some(isFailure);
}

/** Leaves everything as it is, and says why. @returns that something is still to be deleted, if it is. */
export function postponeDeletions(
  { deletions, releases, kept }: ClusterPlan,
  report: (result: ObjectResult) => void,
): boolean {
  for (const result of kept) report(result);
  const message = 'It is not deleted while a wave is not ready.';
  for (const { live } of [...releases, ...deletions]) {
    report({ id: live.id, action: 'skipped', status: 'NotHealthy', message });
  }
  return deletions.length + releases.length > 0;
}

function whyPostponed(
  { live: { id } }: Deletion,
  failed: ReadonlySet<string>,
  kept: ReadonlySet<string>,
): ObjectResult | undefined {
  if (failed.has(placeOf(id))) {
    const message = `It is not deleted while another ${id.kind} beside it cannot be applied, which may be what replaces it.`;
    return { id, action: 'skipped', status: 'PruneHeld', message };
  }
  if (id.group !== '' || id.kind !== 'Namespace' || !kept.has(id.name)) return undefined;
  const message = 'It is not deleted, because objects in it could not be deleted.';
  return { id, action: 'skipped', status: 'NamespaceNotEmpty', message };
}

async function whyNamespaceStays(
  { live: { id, object } }: Deletion,
  { owned }: ClusterPlan,
  { context: { client }, discovery, limit }: WriteRun,
): Promise<ObjectResult | undefined> {
  if (id.group !== '' || id.kind !== 'Namespace') return undefined;
  if (object.metadata.annotations?.[DELETE_NAMESPACE_ANNOTATION] === 'true') return undefined;
  const ours = new Set(owned.flatMap((live) => live.object.metadata.uid ?? []));
  const content = await findForeignContent(id.name, ours, { client, discovery, limit });
  if (content === undefined) return undefined;
  return {
    id,
    action: 'skipped',
    status: 'NamespaceNotEmpty',
    message: `It is not deleted, because ${STAYS[content]}`,
  };
}

const ANNOTATED = `annotate the FederatedNamespace with ${DELETE_NAMESPACE_ANNOTATION}: "true" before removing it`;
const STAYS: Readonly<Record<NamespaceContent, string>> = {
  Foreign: `it holds objects that are not ours. Remove them, or ${ANNOTATED}.`,
  Unknown: `it cannot be seen whether it is empty, because some kinds cannot be listed: gitfed lacks the right, or their APIService does not answer. Mend that, or ${ANNOTATED}.`,
};
