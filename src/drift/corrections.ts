import { isJsonObject, type JsonValue } from '../core/index.ts';

/**
 * When which field was changed back, as the object itself remembers it: seconds since 1970, oldest first. It lies in an annotation, so that
 * it costs no write of its own and every process knows it.
 */
export type Corrections = ReadonlyMap<string, readonly number[]>;

/** Changed back more often than this within {@link FIGHT_SECONDS}, a field is fought about. */
const MOST_CORRECTIONS = 5;
const FIGHT_SECONDS = 600;
const MOST_FIELDS = 20;
/** Stands for all fields where there are too many to remember each. */
const MANY = '*';

/** What an annotation remembers; what it does not understand is forgotten. */
export function parseCorrections(text: string | undefined): Corrections {
  if (text === undefined) return new Map();
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return new Map();
  }
  if (!isJsonObject(value)) return new Map();
  return new Map(
    Object.entries(value).flatMap(([path, times]) =>
      Array.isArray(times) && times.every((time) => typeof time === 'number') ? [[path, times as number[]]] : [],
    ),
  );
}

/** The annotation after these fields are changed back at `now`. */
export function addCorrections(corrections: Corrections, paths: readonly string[], now: number): string {
  const next = new Map(recent(corrections, now));
  for (const path of remembered(paths)) next.set(path, [...(next.get(path) ?? []), now]);
  return JSON.stringify(Object.fromEntries([...next].slice(-MOST_FIELDS)));
}

/** Those of `paths` that were changed back more than five times in ten minutes: somebody changes them again each time. */
export function foughtFields(corrections: Corrections, paths: readonly string[], now: number): readonly string[] {
  const known = recent(corrections, now);
  return remembered(paths).filter((path) => (known.get(path)?.length ?? 0) > MOST_CORRECTIONS);
}

function remembered(paths: readonly string[]): readonly string[] {
  return paths.length > MOST_FIELDS ? [MANY] : paths;
}

function recent(corrections: Corrections, now: number): Corrections {
  return new Map(
    [...corrections].flatMap(([path, times]) => {
      const left = times.filter((time) => time > now - FIGHT_SECONDS && time <= now);
      return left.length === 0 ? [] : [[path, left.slice(-MOST_CORRECTIONS - 1)] as const];
    }),
  );
}
