import { jsonEquals } from '../core/index.ts';
import { modernized } from './import-legacy.ts';
import { authored, groupOf, labelOf, metadataOf, textIn } from './import-objects.ts';
import type { SourceObject } from './import-types.ts';

/** The objects of a dump, each once, and those of which nobody can say which one counts. */
export interface Unrepeated {
  readonly objects: readonly SourceObject[];
  readonly twice: readonly (readonly [SourceObject, SourceObject])[];
}

/**
 * Drops what a dump has again: the same object in another file or another version of its API, and files that people applied beside what came
 * out of the cluster, which alone has a uid. Pure.
 */
export function withoutRepeated(objects: readonly SourceObject[]): Unrepeated {
  const known = new Map<string, SourceObject>();
  const twice: (readonly [SourceObject, SourceObject])[] = [];
  for (const one of objects) {
    const modern = modernized(one.object);
    const key = `${groupOf(modern)}/${labelOf(modern)}`;
    const first = known.get(key);
    if (first === undefined || (!wasRead(first) && wasRead(one))) known.set(key, one);
    else if (wasRead(first) === wasRead(one) && !isSame(first, one)) twice.push([first, one]);
  }
  return { objects: [...known.values()], twice };
}

function wasRead({ object }: SourceObject): boolean {
  return textIn(metadataOf(object), 'uid') !== '';
}

function isSame(a: SourceObject, b: SourceObject): boolean {
  return jsonEquals(authored(modernized(a.object)), authored(modernized(b.object)));
}
