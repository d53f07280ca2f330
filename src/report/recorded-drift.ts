import { type JsonObject, parseFieldPath } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import { type DriftEntry, readDrift } from './status-drift.ts';
import { textOf } from './status-objects.ts';

/** What the status branch says of one object that differed from the repository. */
export interface DriftRecord extends Omit<DriftEntry, 'fields'> {
  /** Values of Secrets are masked, long ones are cut. */
  readonly fields: readonly FieldDrift[];
}

/** Whether it still differs. */
export function isUncorrected({ state }: DriftRecord): boolean {
  return state !== 'corrected';
}

/** Reads a file `drift/NAME.yaml`, its fields too; what is not understood is left out. */
export function readDriftRecords(path: string, text: string | undefined): readonly DriftRecord[] {
  return readDrift(path, text).map((entry) => ({ ...entry, fields: entry.fields.flatMap(readField) }));
}

const TYPES = ['changed', 'missing', 'added', 'taken'] as const;

function readField(value: JsonObject): readonly FieldDrift[] {
  const written = textOf(value, 'path');
  const type = TYPES.find((known) => known === value.type);
  const path = written === undefined ? undefined : parseFieldPath(written);
  if (type === undefined || path?.ok !== true) return [];
  const entries = [
    ...(['desired', 'live'] as const).flatMap((key) => (Object.hasOwn(value, key) ? [[key, value[key]] as const] : [])),
    ...AUTHOR.flatMap((key) => {
      const word = textOf(value, key);
      return word === undefined ? [] : [[key, word] as const];
    }),
  ];
  return [{ type, path: path.steps, ...Object.fromEntries(entries) }];
}

const AUTHOR = ['manager', 'operation', 'subresource', 'time'] as const;
