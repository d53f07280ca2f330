import { isJsonObject, type JsonObject, type JsonValue, jsonEquals } from '../core/index.ts';
import { jsonText } from './json-text.ts';
import { listOf, mappingOf } from './object-fields.ts';
import type { StatusCause } from './status-error.ts';
import type { StructuralSchema } from './structural-schema.ts';

/**
 * What is wrong with a custom resource: types, required fields, enums, patterns, bounds and lengths. Not: rules in CEL, `oneOf` and its like,
 * formats.
 */
export function schemaProblems(object: JsonObject, schema: StructuralSchema): readonly StatusCause[] {
  const { metadata: _metadata, ...rest } = object;
  const { metadata: _schema, ...properties } = mappingOf(schema.properties);
  const required = listOf(schema.required).filter((name) => name !== 'metadata');
  return [...problems(rest, { ...schema, properties, required }, '')];
}

function* problems(value: JsonValue, schema: JsonObject, path: string): Generator<StatusCause> {
  if (value === null && schema.nullable === true) return;
  const wrong = typeProblem(value, schema, path);
  if (wrong !== undefined) {
    yield wrong;
    return;
  }
  yield* valueProblems(value, schema, path);
  if (Array.isArray(value)) yield* itemProblems(listOf(value), schema, path);
  else if (isJsonObject(value)) yield* fieldProblems(value, schema, path);
}

function typeProblem(value: JsonValue, schema: JsonObject, path: string): StatusCause | undefined {
  const type = typeOf(value);
  const wanted = schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : [schema.type];
  if (wanted[0] === undefined || wanted.includes(type) || (type === 'integer' && wanted.includes('number')))
    return undefined;
  const message = `Invalid value: "${type}": ${path === '' ? 'root' : path} in body must be of type ${wanted.join(' or ')}: "${type}"`;
  return { reason: 'FieldValueTypeInvalid', message, field: path };
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'integer';
  return typeof value;
}

function* valueProblems(value: JsonValue, schema: JsonObject, path: string): Generator<StatusCause> {
  const choices = listOf(schema.enum);
  if (choices.length > 0 && !choices.some((choice) => jsonEquals(choice, value))) {
    const supported = choices.map((choice) => jsonText(choice)).join(', ');
    const message = `Unsupported value: ${jsonText(value)}: supported values: ${supported}`;
    yield { reason: 'FieldValueNotSupported', message, field: path };
  }
  const invalid = (why: string): StatusCause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${jsonText(value)}: ${path} in body should ${why}`,
    field: path,
  });
  if (typeof value === 'string') {
    const { pattern, minLength, maxLength } = schema;
    if (typeof pattern === 'string' && !matches(pattern, value)) yield invalid(`match '${pattern}'`);
    if (typeof minLength === 'number' && value.length < minLength) yield invalid(`be at least ${minLength} chars long`);
    if (typeof maxLength === 'number' && value.length > maxLength) {
      const message = `Too long: may not be more than ${maxLength} bytes`;
      yield { reason: 'FieldValueTooLong', message, field: path };
    }
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    const { minimum, maximum } = schema;
    const low = schema.exclusiveMinimum === true ? value <= Number(minimum) : value < Number(minimum);
    if (minimum !== undefined && low) {
      yield invalid(`be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
    }
    const high = schema.exclusiveMaximum === true ? value >= Number(maximum) : value > Number(maximum);
    if (maximum !== undefined && high) {
      yield invalid(`be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
    }
  }
}

/** A pattern that JavaScript cannot read is not checked. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function* itemProblems(value: readonly JsonValue[], schema: JsonObject, path: string): Generator<StatusCause> {
  const { minItems, maxItems } = schema;
  if (typeof minItems === 'number' && value.length < minItems) {
    const message = `Invalid value: ${value.length}: ${path} in body should have at least ${minItems} items`;
    yield { reason: 'FieldValueInvalid', message, field: path };
  }
  if (typeof maxItems === 'number' && value.length > maxItems) {
    const message = `Too many: ${value.length}: must have at most ${maxItems} items`;
    yield { reason: 'FieldValueTooMany', message, field: path };
  }
  const items = mappingOf(schema.items);
  for (const [index, item] of value.entries()) yield* problems(item, items, `${path}[${index}]`);
}

function* fieldProblems(value: JsonObject, schema: JsonObject, path: string): Generator<StatusCause> {
  const join = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const name of listOf(schema.required)) {
    if (typeof name === 'string' && !Object.hasOwn(value, name)) {
      yield { reason: 'FieldValueRequired', message: 'Required value', field: join(name) };
    }
  }
  const properties = mappingOf(schema.properties);
  for (const [key, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
    if (isJsonObject(property)) yield* problems(item, property, join(key));
  }
}
