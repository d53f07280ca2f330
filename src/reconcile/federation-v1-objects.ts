import { isJsonObject, jsonEquals } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { nameOfObject, textAt } from './federation-v1-fields.ts';
import { isV1Cluster, kindOf } from './federation-v1-kinds.ts';
import type { V1Object } from './federation-v1-types.ts';
import type { SourceObject } from './import-types.ts';

/**
 * The objects of a dump or of an API server, each once.
 *
 * @throws {GitfedError} `USAGE` for what is no object, and where one object is there twice with different contents.
 */
export function toV1Objects(read: readonly SourceObject[]): readonly V1Object[] {
  const objects = new Map<string, V1Object>();
  for (const one of read.map(toV1Object)) {
    const key = keyOf(one);
    const first = objects.get(key);
    if (first === undefined) objects.set(key, one);
    else if (isRead(one) && !isSame(first, one)) refuseTwice(first, one);
  }
  return [...objects.values()];
}

function toV1Object({ object, where }: SourceObject): V1Object {
  const apiVersion = textAt(object, 'apiVersion');
  const kind = textAt(object, 'kind');
  const name = textAt(object, 'metadata', 'name');
  if (apiVersion === '' || kind === '' || name === '') {
    throw new GitfedError(
      'USAGE',
      `${plainText(where)}: this is no object: it needs apiVersion, kind and metadata.name. Nothing was written.`,
    );
  }
  const slash = apiVersion.indexOf('/');
  return {
    group: apiVersion.slice(0, Math.max(slash, 0)),
    version: apiVersion.slice(slash + 1),
    kind,
    namespace: textAt(object, 'metadata', 'namespace'),
    name,
    object,
    where,
  };
}

/** Kinds that are imported are one kind in whatever group an API server shows them. */
function keyOf(object: V1Object): string {
  const { group, kind, namespace, name } = object;
  const type = kindOf(object) === undefined ? `${group}/${kind}` : kind;
  return [type, namespace, name].join('\n');
}

function isRead(object: V1Object): boolean {
  return isV1Cluster(object) || kindOf(object) !== undefined;
}

/** Equal, or shown twice at one moment. */
function isSame(a: V1Object, b: V1Object): boolean {
  if (jsonEquals(a.object, b.object)) return true;
  const [one, other] = [a, b].map(({ object }) => (isJsonObject(object['metadata']) ? object['metadata'] : {}));
  return ['uid', 'resourceVersion'].every((key) => typeof one?.[key] === 'string' && one[key] === other?.[key]);
}

function refuseTwice(first: V1Object, second: V1Object): never {
  throw new GitfedError(
    'USAGE',
    `${plainText(nameOfObject(first))} is there twice, with different contents: ${plainText(first.where)} and ${plainText(second.where)}. Keep one of the two. Nothing was written.`,
  );
}
