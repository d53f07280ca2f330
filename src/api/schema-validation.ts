import { isJsonObject, type JsonArray, type JsonObject, type JsonValue, type NodePath } from '../core/index.ts';
import type { Schema } from './configuration-schema.ts';
import type { Report } from './finding-collector.ts';
import { describeType, formatChoices, nearest, quote } from './wording.ts';

/** Reports everything in `value` that `schema` does not allow. Unlike JSON Schema, null counts as absent below a mapping. */
export function validateSchema(value: JsonValue, schema: Schema, path: NodePath, report: Report): void {
  const branches = schema.anyOf ?? [schema];
  const branch = branches.find(({ type }) => hasType(value, type));
  const choices = schema.const === undefined ? schema.enum : [schema.const];
  if (branch === undefined) {
    const types = branches.map(({ type }) => typeNames[type ?? 'string']);
    report(path, `must be ${formatChoices(types)}, not ${describeType(value)}`);
  } else if (choices !== undefined) {
    validateChoice(value, choices, path, report);
  } else if (isJsonObject(value)) {
    validateMapping(value, branch, path, report);
  } else if (Array.isArray(value)) {
    validateList(value as JsonArray, branch, path, report);
  } else if (typeof value === 'string') {
    validateText(value, branch, path, report);
  } else if (typeof value === 'number' || typeof value === 'bigint') {
    validateNumber(value, branch, path, report);
  }
}

const typeNames = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
};

function hasType(value: JsonValue, type: Schema['type']): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
    case undefined:
      return true;
    default:
      return type satisfies never;
  }
}

function validateMapping(value: JsonObject, schema: Schema, path: NodePath, report: Report): void {
  const properties = schema.properties ?? {};
  for (const [key, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property !== undefined) {
      if (item !== null) validateSchema(item, property, [...path, key], report);
      continue;
    }
    const known = Object.keys(properties);
    const guess = nearest(key, known);
    const hint = guess === undefined ? `known are ${known.join(', ')}` : `${quote(guess)} was probably meant`;
    report([...path, key], `is not a known field: ${hint}`);
  }
}

function validateList(value: JsonArray, schema: Schema, path: NodePath, report: Report): void {
  for (const [index, item] of value.entries()) validateSchema(item, schema.items ?? {}, [...path, index], report);
}

function validateChoice(
  value: JsonValue,
  choices: readonly (string | boolean)[],
  path: NodePath,
  report: Report,
): void {
  if (choices.some((choice) => choice === value)) return;
  const found = typeof value === 'string' ? quote(value) : describeType(value);
  const names = choices.filter((choice) => typeof choice === 'string');
  report(path, `is ${found}; it must be ${formatChoices(names)} (case matters)`);
}

function validateText(text: string, schema: Schema, path: NodePath, report: Report): void {
  if (schema.minLength !== undefined && text.length < schema.minLength) report(path, 'must not be empty');
  if (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(text)) return;
  const shown = schema.writeOnly ? 'a value' : quote(text);
  report(path, `is ${shown}, which does not look like this: ${schema.description ?? schema.pattern}`);
}

function validateNumber(value: number | bigint, schema: Schema, path: NodePath, report: Report): void {
  if (schema.minimum !== undefined && value < schema.minimum)
    report(path, `is ${value}; it must be at least ${schema.minimum}`);
  if (schema.maximum !== undefined && value > schema.maximum)
    report(path, `is ${value}; it must be at most ${schema.maximum}`);
}
