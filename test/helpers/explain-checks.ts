import { expect } from 'vitest';
import type { FederatedObject, Model } from '../../src/api/index.ts';
import { compareObjectIds, isJsonObject, type JsonValue, jsonEquals, type NodePath } from '../../src/core/index.ts';
import {
  type Explanation,
  explainObject,
  explainValue,
  type FieldOrigin,
  leafPaths,
  manifestHistories,
  type Observations,
  type Place,
  type Rendering,
  traceObject,
} from '../../src/render/index.ts';

/** Where an explanation and the rendering of the same inputs do not agree, in words; empty where they do. */
export function disagreements(object: FederatedObject, explanation: Explanation, rendering: Rendering): string[] {
  return rendering.clusters.flatMap(({ cluster, objects, held }): string[] => {
    const said = explanation.clusters.find((entry) => entry.cluster === cluster);
    const isHere = (id: FederatedObject['target']): boolean => compareObjectIds(id, object.target) === 0;
    const rendered = objects.find(({ id }) => isHere(id));
    const state = rendered !== undefined ? 'Placed' : held.some(isHere) ? 'Held' : 'NotPlaced';
    const effects = said?.rules.map(({ effect }) => effect) ?? [];
    const reasoned = {
      Placed: effects.includes('Selects') && !effects.includes('Excludes') && !effects.includes('Holds'),
      NotPlaced: effects.includes('Excludes') && !effects.includes('Holds'),
      // What is in error everywhere is held even where it would not be placed.
      Held: effects.at(-1) === 'Holds',
    }[state];
    return [
      ...(said?.state === state ? [] : [`${cluster} is ${state}, and said to be ${said?.state}`]),
      ...(reasoned ? [] : [`${cluster} is ${state} because of ${effects.join(', ')}`]),
      ...(said?.replicas === rendered?.scheduledReplicas || rendered === undefined
        ? []
        : [`${cluster}: replicas differ`]),
    ];
  });
}

/** Explains every object of a model, and every leaf of every manifest, and holds it against the files. @returns how many leaves there were. */
export function checkOrigins(model: Model, observations?: Observations): number {
  const documents = new Map<string, ReadonlyMap<string, readonly JsonValue[]>>();
  const valuesAt = (source: FederatedObject['source']): ReadonlyMap<string, readonly JsonValue[]> => {
    const { document } = source;
    const name = `${document.file} ${document.locate([]).line}:${document.locate([]).column}`;
    const known = documents.get(name) ?? valuesByPlace(source);
    documents.set(name, known);
    return known;
  };
  let leaves = 0;
  for (const object of model.objects) {
    const trace = traceObject(model, object, observations === undefined ? {} : { observations });
    const planned = trace.rendering.replicas;
    for (const history of manifestHistories(trace)) {
      const { cluster } = history;
      const { manifest } = history.rendered;
      for (const path of leafPaths(manifest)) {
        leaves += 1;
        const { origin, changedBelow } = explainValue(history, path);
        const about = `${explainObject(trace).object} in ${cluster}: ${path.join('.')} from ${JSON.stringify(origin)}`;
        const carried = carries(origin, at(manifest, path), path, {
          values: valuesAt(object.source),
          preferred: planned?.get(cluster),
        });
        // Of what an override emptied, the beginning is somewhere else than what made it empty.
        if (!carried && changedBelow.length === 0) expect.fail(about);
      }
    }
  }
  return leaves;
}

function carries(
  origin: FieldOrigin | undefined,
  value: JsonValue,
  path: NodePath,
  facts: { readonly values: ReadonlyMap<string, readonly JsonValue[]>; readonly preferred: bigint | undefined },
): boolean {
  switch (origin?.type) {
    case 'Template':
    case 'Override':
      return isAt(origin.place, facts.values, value);
    case 'FederatedObject':
      if (path[0] === 'kind') return isAt(origin.place, facts.values, `Federated${value}`) || path.length === 1;
      return isAt(origin.place, facts.values, value);
    case 'FederatedType':
      return path.length === 1 && path[0] === 'apiVersion';
    case 'Preference':
      return path.join('.') === 'spec.replicas' && facts.preferred !== undefined && `${facts.preferred}` === `${value}`;
    case 'Gitfed':
      return path.at(-1) === 'kubefed.io/managed' && value === 'true';
    default:
      return false;
  }
}

function isAt(place: Place, values: ReadonlyMap<string, readonly JsonValue[]>, value: JsonValue): boolean {
  const candidates = values.get(`${place.file}:${place.line}:${place.column}`) ?? [];
  return candidates.some((other) => jsonEquals(other, value) || (value === null && isWithoutValue(other)));
}

/** An override that sets null, because it has no value. */
function isWithoutValue(candidate: JsonValue): boolean {
  return isJsonObject(candidate) && typeof candidate['path'] === 'string' && !Object.hasOwn(candidate, 'value');
}

/** What stands at each place of a document: a list, because an item begins where its first key does. */
function valuesByPlace({ document }: FederatedObject['source']): ReadonlyMap<string, readonly JsonValue[]> {
  const found = new Map<string, JsonValue[]>();
  const visit = (value: JsonValue, path: NodePath): void => {
    const { line, column } = document.locate(path);
    const key = `${document.file}:${line}:${column}`;
    found.set(key, [...(found.get(key) ?? []), value]);
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item as JsonValue, [...path, index]);
    else if (isJsonObject(value)) for (const [name, item] of Object.entries(value)) visit(item, [...path, name]);
  };
  visit(document.value, []);
  return found;
}

function at(root: JsonValue, path: NodePath): JsonValue {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value ?? null;
}
