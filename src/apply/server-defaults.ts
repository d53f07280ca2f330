import { type ApiAccess, isApiError } from '../cluster/index.ts';
import {
  type FieldStep,
  formatJsonPointer,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  parseJson,
  stringifyJson,
} from '../core/index.ts';
import { FIELD_MANAGER, type FieldDrift } from '../drift/index.ts';

/**
 * Differences without the fields that a former manager wrote and the server would bring back by itself: what a takeover would not change.
 * The server is asked, by a dry run; where it refuses, everything is told.
 *
 * @param path of the object.
 * @throws {ApiError} only when the server is gone or the pass was stopped.
 */
export async function withoutDefaults(
  client: ApiAccess,
  path: string,
  live: JsonObject,
  drift: readonly FieldDrift[],
): Promise<readonly FieldDrift[]> {
  const added = drift.flatMap((one) => {
    const place = one.type === 'added' ? placeOf(live, one.path) : undefined;
    return place === undefined ? [] : [{ drift: one, place }];
  });
  if (added.length === 0) return drift;
  const patch = added
    .map(({ place }) => place)
    .sort(comparePlaces)
    .map((place) => ({ op: 'remove', path: formatJsonPointer(place) }));
  try {
    const request = {
      method: 'PATCH',
      path: `${path}?fieldManager=${FIELD_MANAGER}&dryRun=All`,
      body: stringifyJson(patch),
      contentType: 'application/json-patch+json',
    } as const;
    const left = (await client.json(request, parseJson)) as JsonValue;
    const defaults = new Set(
      added
        .filter(({ drift: one, place }) => isSame(valueAt(live, place), foundIn(left, one.path)))
        .map((one) => one.drift),
    );
    return drift.filter((one) => !defaults.has(one));
  } catch (error) {
    if (!isApiError(error) || error.failure === 'Aborted' || client.isDead) throw error;
    return drift;
  }
}

type Place = readonly (string | number)[];

/** Keys and indices of a field, `undefined` where it is not there. */
function placeOf(object: JsonValue, path: readonly FieldStep[]): Place | undefined {
  let value: JsonValue | undefined = object;
  const place: (string | number)[] = [];
  for (const step of path) {
    const key = keyOf(value, step);
    if (key === undefined) return undefined;
    place.push(key);
    value = entryOf(value, key);
  }
  return value === undefined ? undefined : place;
}

function keyOf(value: JsonValue | undefined, step: FieldStep): string | number | undefined {
  if (typeof step !== 'object') return step;
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly JsonValue[];
  const index = items.findIndex(
    (item) => isJsonObject(item) && step.key.every(([field, wanted]) => entryOf(item, field) === wanted),
  );
  return index < 0 ? undefined : index;
}

function entryOf(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, `${key}`) ? value[key] : undefined;
}

function valueAt(object: JsonValue, place: Place): JsonValue | undefined {
  return place.reduce<JsonValue | undefined>(entryOf, object);
}

function foundIn(object: JsonValue, path: readonly FieldStep[]): JsonValue | undefined {
  const place = placeOf(object, path);
  return place === undefined ? undefined : valueAt(object, place);
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a !== undefined && b !== undefined && jsonEquals(a, b);
}

/** Later items of a list first, so that the places of the others stay what they are. */
function comparePlaces(a: Place, b: Place): number {
  for (const [index, key] of a.entries()) {
    const other = b[index];
    if (other === undefined) return -1;
    if (typeof key === 'number' && typeof other === 'number' && key !== other) return other - key;
    if (key !== other) return `${key}` < `${other}` ? -1 : 1;
  }
  return a.length === b.length ? 0 : 1;
}
