import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** A mapping's path (`*` for each item of a list, each value of a mapping) and what stands in it where nothing else does. */
export type Default = readonly [path: string, values: JsonObject];

/** Fills in defaults in their order. The last step of a path has to be there, but for one that ends with `+`, which is made. */
export function fillDefaults(object: JsonObject, defaults: readonly Default[]): JsonObject {
  return defaults.reduce<JsonObject>((filled, [path, values]) => {
    const steps = path.split('/').filter((step) => step !== '');
    return fill(filled, steps, values) as JsonObject;
  }, object);
}

function fill(value: JsonValue, steps: readonly string[], values: JsonObject): JsonValue {
  const [step, ...rest] = steps;
  if (step === '*') return fillEach(value, rest, values);
  if (!isJsonObject(value)) return value;
  if (step === undefined) return isFull(value, values) ? value : { ...values, ...value };
  const isMade = step.endsWith('+');
  const key = isMade ? step.slice(0, -1) : step;
  const inner = Object.hasOwn(value, key) ? value[key] : undefined;
  if (inner === undefined) return isMade ? { ...value, [key]: fill({}, rest, values) } : value;
  const filled = fill(inner, rest, values);
  return filled === inner ? value : { ...value, [key]: filled };
}

function fillEach(value: JsonValue, rest: readonly string[], values: JsonObject): JsonValue {
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    const filled = items.map((item) => fill(item, rest, values));
    return filled.every((item, index) => item === items[index]) ? value : filled;
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, rest, values)]));
}

function isFull(value: JsonObject, values: JsonObject): boolean {
  return Object.keys(values).every((key) => Object.hasOwn(value, key));
}
