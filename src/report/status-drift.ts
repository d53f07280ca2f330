import type { ObjectResult } from '../apply/types.ts';
import {
  compareObjectIds,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEquals,
  type ObjectId,
  objectIdKey,
  stringifyJson,
} from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import { fieldDriftToJson } from './drift-json.ts';
import { entryOf, idFields, readDocument, readId, textOf } from './status-objects.ts';

/** `corrected`: it was put back. `reported`: it is still so, and only told. `fought`: it is changed again each time, and left alone. */
export type DriftState = 'corrected' | 'reported' | 'fought';

/** What somebody changed of one object in one cluster. */
export interface DriftEntry {
  readonly id: ObjectId;
  /** `FederatedDeployment/shop/web`. */
  readonly federated?: string;
  /** `missing`: the whole object was deleted. */
  readonly type: 'differs' | 'missing';
  readonly state: DriftState;
  /** As `gitfed drift -o json` has them. Values of Secrets are masked, long ones are cut. */
  readonly fields: readonly JsonObject[];
  /** Fields that are not listed, because they are too many. */
  readonly moreFields?: number;
}

const MOST_FIELDS = 50;
/** Characters of a value as JSON. */
const LONGEST_VALUE = 1000;

/**
 * The drift of a cluster after a pass that reached it. What was put back stays as long as the object is not changed again; what is only told
 * stays as long as it is so. Sorted.
 */
export function driftEntries(results: readonly ObjectResult[], before: readonly DriftEntry[]): readonly DriftEntry[] {
  const knownBefore = new Map(before.map((entry) => [objectIdKey(entry.id), entry]));
  return results
    .flatMap((result) => {
      const known = knownBefore.get(objectIdKey(result.id));
      const found = foundDrift(result);
      if (found !== undefined) return [sameButTime(found, known) ?? found];
      return known !== undefined && isStillSo(known, result) ? [known] : [];
    })
    .sort((a, b) => compareObjectIds(a.id, b.id));
}

function foundDrift(result: ObjectResult): DriftEntry | undefined {
  const { id, federated, action, drift = [], released, wasDeleted } = result;
  if (released === true || action === 'deleted') return undefined;
  const about = { id, ...(federated === undefined ? {} : { federated }) };
  if (drift.length > 0) {
    const fields = drift.slice(0, MOST_FIELDS).map(fieldItem);
    const more = drift.length > MOST_FIELDS ? { moreFields: drift.length - MOST_FIELDS } : {};
    return { ...about, type: 'differs', state: stateOf(result), fields, ...more };
  }
  return wasDeleted === true ? { ...about, type: 'missing', state: stateOf(result), fields: [] } : undefined;
}

function stateOf({ action, status }: ObjectResult): DriftState {
  if (status === 'DriftFight') return 'fought';
  return action === 'skipped' ? 'reported' : 'corrected';
}

/** A tool's time moves with whatever it writes: as long as the same is told, it is the same drift. */
function sameButTime(found: DriftEntry, known: DriftEntry | undefined): DriftEntry | undefined {
  if (known === undefined || found.state === 'corrected') return undefined;
  return jsonEquals(driftItem(withoutTimes(found)), driftItem(withoutTimes(known))) ? known : undefined;
}

function withoutTimes(entry: DriftEntry): DriftEntry {
  return { ...entry, fields: entry.fields.map(({ time: _time, ...field }) => field) };
}

function isStillSo({ state }: DriftEntry, { action, status, released }: ObjectResult): boolean {
  if (released === true || action === 'deleted') return false;
  // Nobody has looked, or nobody could.
  if (action === 'skipped') return true;
  return state === 'corrected' && action === 'unchanged' && status === '';
}

function fieldItem(drift: FieldDrift): JsonObject {
  const field = fieldDriftToJson(drift);
  return Object.fromEntries(
    Object.entries(field).map(([key, value]) => [key, key === 'desired' || key === 'live' ? cut(value) : value]),
  );
}

function cut(value: JsonValue): JsonValue {
  const text = typeof value === 'string' ? value : stringifyJson(value);
  if (text.length <= LONGEST_VALUE) return value;
  return `${text.slice(0, LONGEST_VALUE).toWellFormed()}… (${text.length - LONGEST_VALUE} more characters)`;
}

/** The file `drift/NAME.yaml`. */
export function driftDocument(cluster: string, entries: readonly DriftEntry[]): JsonObject {
  return {
    apiVersion: 'gitfed.io/v1alpha1',
    kind: 'ClusterDrift',
    metadata: { name: cluster },
    objects: entries.map(driftItem),
  };
}

function driftItem({ id, federated, type, state, fields, moreFields }: DriftEntry): JsonObject {
  return {
    ...idFields(id),
    ...(federated === undefined ? {} : { federated }),
    type,
    state,
    ...(fields.length === 0 ? {} : { fields }),
    ...(moreFields === undefined ? {} : { moreFields }),
  };
}

/** Reads a file `drift/NAME.yaml` again; what is not understood is left out. */
export function readDrift(path: string, text: string | undefined): readonly DriftEntry[] {
  const document = text === undefined ? undefined : readDocument(path, text);
  const objects = document === undefined ? undefined : entryOf(document, 'objects');
  return Array.isArray(objects) ? objects.filter(isJsonObject).flatMap(readEntry) : [];
}

const STATES: readonly DriftState[] = ['corrected', 'reported', 'fought'];

function readEntry(value: JsonObject): readonly DriftEntry[] {
  const id = readId(value);
  const state = STATES.find((one) => one === entryOf(value, 'state'));
  if (id === undefined || state === undefined) return [];
  const federated = textOf(value, 'federated');
  const fields = entryOf(value, 'fields');
  const moreFields = entryOf(value, 'moreFields');
  return [
    {
      id,
      ...(federated === undefined ? {} : { federated }),
      type: entryOf(value, 'type') === 'missing' ? 'missing' : 'differs',
      state,
      fields: Array.isArray(fields) ? fields.filter(isJsonObject) : [],
      ...(typeof moreFields === 'number' ? { moreFields } : {}),
    },
  ];
}
