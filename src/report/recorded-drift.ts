import { isJsonObject, type JsonObject, type ObjectId, parseFieldPath } from '../core/index.ts';
import type { FieldDrift } from '../drift/index.ts';
import { readDocument } from './status-objects.ts';

/** What the status branch says of one object that differed from the repository. */
export interface DriftRecord {
  readonly id: ObjectId;
  /** `FederatedDeployment/shop/web`; absent where the federated object is gone. */
  readonly federated?: string;
  /** `missing`: the whole object was deleted. */
  readonly type: 'differs' | 'missing';
  /** `corrected`: it was put back. `reported`: it is still so, and only told. `fought`: it is changed again each time, and left alone. */
  readonly state: 'corrected' | 'reported' | 'fought';
  /** Values of Secrets are masked, long ones are cut. */
  readonly fields: readonly FieldDrift[];
  /** Fields that are not listed, because they are too many. */
  readonly moreFields?: number;
}

/** Whether it still differs. */
export function isUncorrected({ state }: DriftRecord): boolean {
  return state !== 'corrected';
}

/** Reads a file `drift/NAME.yaml`; what is not understood is left out. */
export function readDrift(path: string, text: string | undefined): readonly DriftRecord[] {
  const document = text === undefined ? undefined : readDocument(path, text);
  const objects = document?.objects;
  return Array.isArray(objects) ? objects.filter(isJsonObject).flatMap(readRecord) : [];
}

const STATES = ['corrected', 'reported', 'fought'] as const;

function readRecord(value: JsonObject): readonly DriftRecord[] {
  const kind = text(value, 'kind');
  const name = text(value, 'name');
  const state = STATES.find((known) => known === text(value, 'state'));
  if (kind === undefined || name === undefined || state === undefined) return [];
  const federated = text(value, 'federated');
  const { fields, moreFields } = value;
  return [
    {
      id: { group: text(value, 'group') ?? '', kind, namespace: text(value, 'namespace') ?? '', name },
      ...(federated === undefined ? {} : { federated }),
      type: text(value, 'type') === 'missing' ? 'missing' : 'differs',
      state,
      fields: Array.isArray(fields) ? fields.filter(isJsonObject).flatMap(readField) : [],
      ...(typeof moreFields === 'number' ? { moreFields } : {}),
    },
  ];
}

const TYPES = ['changed', 'missing', 'added', 'taken'] as const;

function readField(value: JsonObject): readonly FieldDrift[] {
  const written = text(value, 'path');
  const type = TYPES.find((known) => known === value.type);
  const path = written === undefined ? undefined : parseFieldPath(written);
  if (type === undefined || path?.ok !== true) return [];
  const entries = [
    ...(['desired', 'live'] as const).flatMap((key) => (Object.hasOwn(value, key) ? [[key, value[key]] as const] : [])),
    ...AUTHOR.flatMap((key) => {
      const word = text(value, key);
      return word === undefined ? [] : [[key, word] as const];
    }),
  ];
  return [{ type, path: path.steps, ...Object.fromEntries(entries) }];
}

const AUTHOR = ['manager', 'operation', 'subresource', 'time'] as const;

function text(value: JsonObject, key: string): string | undefined {
  const item = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof item === 'string' ? item : undefined;
}
