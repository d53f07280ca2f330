import { directSource, isApiError } from '../cluster/index.ts';
import { isSecret, maskSecrets, type ObjectId, objectIdKey } from '../core/index.ts';
import { putBack } from '../drift/index.ts';
import { type Examination, examineObject } from './examine.ts';
import { parseGroupKind } from './inventory.ts';
import type { Limit } from './limit.ts';
import { listLabelled, type ReadOptions } from './live.ts';
import { MANAGED_LABEL, PART_OF_LABEL } from './names.ts';
import { type ApplyOperation, type ClusterPlan, hiddenPart, resultOf } from './plan.ts';
import { failureMessage } from './statuses.ts';
import type { ObjectResult } from './types.ts';
import type { WriteContext } from './write-object.ts';

export interface InspectOptions extends Pick<WriteContext, 'client' | 'formerManagers'> {
  readonly limit: Limit;
  readonly now: number;
  readonly read: Omit<ReadOptions, 'groupKinds' | 'desired'>;
  /** Where KubeFed's left-over objects are looked for, as `Deployment.apps`. */
  readonly kinds: ReadonlySet<string>;
}

/** What a pass would do, with every difference field by field. Reads the whole of each object that differs, and nothing of the others. */
export async function inspectPlan(plan: ClusterPlan, options: InspectOptions): Promise<readonly ObjectResult[]> {
  const objects = await Promise.all(
    plan.objects.map(async (planned) =>
      planned.type === 'result' ? planned.result : await options.limit(() => inspectObject(planned, options)),
    ),
  );
  const deletions = plan.deletions.map(({ live: { id } }): ObjectResult => ({ id, action: 'deleted', status: '' }));
  const releases = plan.releases.map(({ live: { id } }): ObjectResult => {
    return {
      id,
      action: 'configured',
      status: '',
      released: true,
      message: 'It would be left there without our labels.',
    };
  });
  const known = new Set([...objects, ...plan.kept].map(({ id }) => objectIdKey(id)));
  const leftovers = (await findLeftovers(options)).filter(({ id }) => !known.has(objectIdKey(id)));
  return [...objects, ...plan.kept, ...releases, ...deletions, ...leftovers];
}

async function inspectObject(operation: ApplyOperation, options: InspectOptions): Promise<ObjectResult> {
  const about = { ...resultOf(operation.desired), ...hiddenPart(operation.hidden) };
  try {
    const seen = await examineObject(options, operation, { now: options.now, onlyDrift: false });
    if (seen === undefined) return { ...about, action: 'created', status: '' };
    // Nothing that anybody sees: our own notes on it are not those of this manifest.
    if (seen.drift.length === 0) return { ...about, action: 'unchanged', status: '' };
    const { reason } = operation;
    const pending = reason === 'changed' || reason === 'adopted' ? { pending: reason } : {};
    return { ...about, action: 'configured', status: '', drift: seen.drift, ...previewOf(about.id, seen), ...pending };
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted' || options.client.isDead) throw error;
    return { ...about, action: 'skipped', status: 'RetrievalFailed', message: failureMessage(error) };
  }
}

function previewOf(id: ObjectId, { live, drift }: Examination): Pick<ObjectResult, 'preview'> {
  const corrected = putBack(live, drift);
  if (corrected === undefined) return {};
  const [before, after] = isSecret(id, live, corrected) ? maskSecrets(live, corrected) : [live, corrected];
  return { preview: { before, after } };
}

const LEFTOVER =
  'KubeFed or another gitfed applied it once, and no inventory has it: delete it, or take its label off, if nobody wants it.';

/** Objects with KubeFed's label that belong to no inventory. What may not be listed is left out. */
async function findLeftovers({ client, read, kinds }: InspectOptions): Promise<readonly ObjectResult[]> {
  const resources = [...kinds].flatMap((text) => {
    const { group, kind } = parseGroupKind(text);
    return read.discovery.find(group, kind) ?? [];
  });
  const lists = resources.map(async (resource) => {
    try {
      // Looked for once, by whoever looks at everything.
      return await listLabelled(
        { ...read, objects: directSource(client) },
        resource,
        `${MANAGED_LABEL}=true,!${PART_OF_LABEL}`,
      );
    } catch (error) {
      if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
      return [];
    }
  });
  const found = (await Promise.all(lists)).flat();
  return found.map(({ id }) => ({ id, action: 'skipped', status: 'Leftover', message: LEFTOVER }));
}
