import { isKeptLive, type KeepRule } from '../api/index.ts';
import type { JsonObject, ObjectId } from '../core/index.ts';
import type { RenderedObject } from './types.ts';

/** What an object is called in its member: a template or an override may name another group of the kind than its type does. */
export function liveIdOf(id: ObjectId, { apiVersion, kind }: JsonObject): ObjectId {
  // KubeFed's default for the core group begins with the slash.
  const text = String(apiVersion).replace(/^\//, '');
  const slash = text.indexOf('/');
  return { ...id, group: slash < 0 ? '' : text.slice(0, slash), kind: String(kind) };
}

/** Whether these rules leave a rendered object as it is in its member: it is neither applied nor deleted. */
export function isKeptObject(
  { id, manifest }: Pick<RenderedObject, 'id' | 'manifest'>,
  rules: readonly KeepRule[],
): boolean {
  return rules.length > 0 && isKeptLive(liveIdOf(id, manifest), rules);
}
