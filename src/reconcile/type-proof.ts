import type { FederatedType } from '../api/index.ts';
import { type Finding, objectIdKey } from '../core/index.ts';
import { formatFinding } from '../report/findings.ts';
import { createStyle } from '../report/style.ts';
import type { RenderedState } from './repository-memo.ts';

export type Proof =
  | {
      readonly ok: true;
      /** Of objects whose kind was not known before. */
      readonly revealed: readonly Finding[];
    }
  /** A sentence. */
  | { readonly ok: false; readonly reason: string };

/** A type as it is to be; without `propagation` it is to be gone. */
export interface ExpectedType extends Pick<FederatedType, 'name'> {
  readonly propagation?: FederatedType['propagation'];
}

/**
 * Whether the edited repository is what was wanted: its types are known, every object stands for what it stood for, and there is no new
 * finding but of objects whose kind was not known before. Pure.
 */
export function proveTypes(before: RenderedState, after: RenderedState, expected: readonly ExpectedType[]): Proof {
  const fresh = newFindings(before.rendering.findings, after.rendering.findings);
  const unread = new Set(
    before.rendering.findings.flatMap(({ code, object }) => (code === 'UnknownFederatedType' ? (object ?? []) : [])),
  );
  const isRevealed = ({ object }: Finding): boolean => object !== undefined && unread.has(object);
  const [obstacle] = fresh.filter((finding) => !isRevealed(finding));
  if (obstacle !== undefined) {
    return {
      ok: false,
      reason: `The edited repository would have a new finding. ${formatFinding(obstacle, createStyle(false))}`,
    };
  }
  for (const { name, propagation } of expected) {
    const found = after.model.types.find((type) => type.name === name);
    if (found?.propagation === propagation) continue;
    return {
      ok: false,
      reason: `The edited repository would not have ${name} as it is wanted. Look at: gitfed validate`,
    };
  }
  const moved = firstMoved(before, after);
  if (moved !== undefined) {
    return {
      ok: false,
      reason: `${moved} would stand for another kind in the clusters. Give the type a federated group of its own with --federated-group.`,
    };
  }
  return { ok: true, revealed: fresh.filter(isRevealed) };
}

/** The findings that were not there before. */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): readonly Finding[] {
  const known = new Set(before.map(keyOf));
  return after.filter((finding) => !known.has(keyOf(finding)));
}

/** Without lines, which an edit above may move. */
function keyOf({ code, file, object, cluster, message }: Finding): string {
  return JSON.stringify([code, file, object, cluster, message.replaceAll(/:\d+/g, ':')]);
}

function firstMoved(before: RenderedState, after: RenderedState): string | undefined {
  const targets = new Map(after.model.objects.map(({ id, target }) => [objectIdKey(id), objectIdKey(target)]));
  const moved = before.model.objects.find(({ id, target }) => {
    const now = targets.get(objectIdKey(id));
    return now !== undefined && now !== objectIdKey(target);
  });
  if (moved === undefined) return undefined;
  const { kind, namespace, name } = moved.id;
  return [kind, namespace, name].filter((part) => part !== '').join('/');
}
