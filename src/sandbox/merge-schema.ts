import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { MERGE_DEFINITIONS, MERGE_KINDS } from './merge-schema.generated.ts';
import type { MergeNode, MergeSchema } from './types.ts';

const NO_FIELDS: ReadonlyMap<string, MergeNode> = new Map();

/** Any value: lists are one value, mappings are merged key by key, as far down as they go. */
const FREE: MergeNode = makeNode({ isNullable: true });
const SCALAR: MergeNode = makeNode({});
const ATOMIC_LIST: MergeNode = makeNode({ omitsEmpty: true });

interface NodeParts {
  readonly listKeys?: readonly string[] | undefined;
  readonly keyDefaults?: JsonObject;
  readonly isAtomic?: boolean;
  readonly zero?: JsonValue | undefined;
  readonly isNullable?: boolean;
  readonly omitsEmpty?: boolean;
  readonly items?: () => MergeNode;
  readonly fields?: () => ReadonlyMap<string, MergeNode>;
  /** Of keys that are no fields; without it, all keys are fields. */
  readonly entries?: () => MergeNode;
}

/** A place whose parts are worked out when they are first asked for: definitions contain themselves. */
function makeNode(parts: NodeParts): MergeNode {
  let items: MergeNode | undefined;
  let entries: MergeNode | undefined;
  let fields: ReadonlyMap<string, MergeNode> | undefined;
  let zeroFields: readonly string[] | undefined;
  const isFree = parts.fields === undefined && parts.entries === undefined;
  const fieldsOf = (): ReadonlyMap<string, MergeNode> => {
    fields ??= parts.fields?.() ?? NO_FIELDS;
    return fields;
  };
  const entriesOf = (): MergeNode => {
    entries ??= parts.entries?.() ?? FREE;
    return entries;
  };
  return {
    listKeys: parts.listKeys?.toSorted(),
    keyDefaults: parts.keyDefaults ?? {},
    isAtomic: parts.isAtomic ?? false,
    zero: parts.zero,
    isNullable: parts.isNullable ?? false,
    omitsEmpty: parts.omitsEmpty ?? false,
    get items() {
      items ??= parts.items?.() ?? FREE;
      return items;
    },
    field: (name) => fieldsOf().get(name) ?? entriesOf(),
    declares: (name) => !isFree && (parts.entries === undefined || fieldsOf().has(name)),
    get zeroFields() {
      zeroFields ??= [...fieldsOf()].filter(([, { zero }]) => zero !== undefined).map(([name]) => name);
      return zeroFields;
    },
  };
}

const KINDS = new Map(MERGE_KINDS.map((row) => [`${row[0]}/${row[1]}/${row[2]}`, row]));
const schemas = new Map<string, MergeSchema>();
const definitions = new Map<string, ReadonlyMap<string, MergeNode>>();

/**
 * How objects of one of Kubernetes' own kinds are merged, by a table generated from its OpenAPI.
 *
 * A kind that is not in the table is of free form.
 */
export function builtinMergeSchema(group: string, version: string, kind: string): MergeSchema {
  const key = `${group}/${version}/${kind}`;
  const known = schemas.get(key);
  if (known !== undefined) return known;
  const row = KINDS.get(key);
  const schema: MergeSchema = {
    root:
      row === undefined
        ? makeNode({ fields: () => new Map([['metadata', METADATA]]), entries: () => FREE })
        : parseType(row[3]),
    hasStatus: row?.[4] ?? false,
  };
  schemas.set(key, schema);
  return schema;
}

function fieldsOfDefinition(name: string): ReadonlyMap<string, MergeNode> {
  const known = definitions.get(name);
  if (known !== undefined) return known;
  const text = Object.hasOwn(MERGE_DEFINITIONS, name) ? (MERGE_DEFINITIONS[name] ?? '') : '';
  const fields = new Map(
    text
      .split(' ')
      .filter((field) => field !== '')
      .map((field): [string, MergeNode] => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon), parseType(field.slice(colon + 1))];
      }),
  );
  definitions.set(name, fields);
  return fields;
}

/** @see MERGE_DEFINITIONS for the notation. */
function parseType(text: string): MergeNode {
  if (text.startsWith('!')) return copyNode(parseType(text.slice(1)), { zero: {} });
  if (text.startsWith('~')) return copyNode(parseType(text.slice(1)), { zero: null, omitsEmpty: false });
  if (text.startsWith('=')) return withAtomic(parseType(text.slice(1)));
  if (text === '') return SCALAR;
  if (text === '?') return FREE;
  if (text.startsWith('{}')) return makeNode({ omitsEmpty: true, entries: () => parseType(text.slice(2)) });
  if (!text.startsWith('[')) return makeNode({ fields: () => fieldsOfDefinition(text) });
  const keys = text.slice(1, text.indexOf(']'));
  if (keys === '') return ATOMIC_LIST;
  if (keys === '*') return makeNode({ listKeys: [], omitsEmpty: true, items: () => SCALAR });
  const [type = '', defaults = '{}'] = text.slice(keys.length + 2).split('|');
  return makeNode({
    listKeys: keys.split(','),
    omitsEmpty: true,
    keyDefaults: JSON.parse(defaults) as JsonObject,
    items: () => parseType(type),
  });
}

function withAtomic(node: MergeNode): MergeNode {
  return copyNode(node, { isAtomic: true });
}

/** Getters stay lazy: a spread would ask them. */
function copyNode(
  node: MergeNode,
  changed: Partial<Pick<MergeNode, 'zero' | 'isAtomic' | 'omitsEmpty' | 'isNullable'>>,
): MergeNode {
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(node),
      ...Object.getOwnPropertyDescriptors(changed),
    },
  ) as MergeNode;
}

const METADATA: MergeNode = parseType('meta.v1.ObjectMeta');

/**
 * How the objects of a CustomResourceDefinition are merged.
 *
 * @param openApiV3Schema of one version.
 * @param options whether the version has the subresource `status`.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#custom-resources-and-server-side-apply
 */
export function mergeSchemaOf(
  openApiV3Schema: JsonObject,
  { hasStatus = false }: { readonly hasStatus?: boolean } = {},
): MergeSchema {
  return { root: nodeOfObject(openApiV3Schema, isOpen(openApiV3Schema, false)), hasStatus };
}

function isOpen(schema: JsonObject, isParentOpen: boolean): boolean {
  return isParentOpen || schema['x-kubernetes-preserve-unknown-fields'] === true;
}

/** An object of its own, with metadata. */
function nodeOfObject(schema: JsonObject, open: boolean): MergeNode {
  const named = new Map([
    ['apiVersion', SCALAR],
    ['kind', SCALAR],
    ['metadata', METADATA],
  ]);
  return nodeOfMapping(schema, open, named);
}

function nodeOfSchema(schema: JsonObject, isParentOpen: boolean): MergeNode {
  const open = isOpen(schema, isParentOpen);
  switch (schema['type']) {
    case 'object':
      return schema['x-kubernetes-embedded-resource'] === true
        ? nodeOfObject(schema, open)
        : nodeOfMapping(schema, open, NO_FIELDS);
    case 'array':
      return nodeOfList(schema, open);
    case undefined:
      return FREE;
    default:
      return schema['nullable'] === true ? NULLABLE_SCALAR : SCALAR;
  }
}

const NULLABLE_SCALAR: MergeNode = makeNode({ isNullable: true });

function nodeOfMapping(schema: JsonObject, open: boolean, named: ReadonlyMap<string, MergeNode>): MergeNode {
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const values = schema['additionalProperties'];
  const shared = { isAtomic: schema['x-kubernetes-map-type'] === 'atomic', isNullable: schema['nullable'] === true };
  if (properties.length === 0 && named.size === 0 && !isJsonObject(values)) return copyNode(FREE, shared);
  const fields = (): ReadonlyMap<string, MergeNode> =>
    new Map([
      ...properties.map(([name, property]): [string, MergeNode] => [name, nodeOfSchema(asObject(property), open)]),
      ...named,
    ]);
  if (isJsonObject(values)) return makeNode({ ...shared, fields, entries: () => nodeOfSchema(values, open) });
  return makeNode({ ...shared, fields, ...(open || values === true ? { entries: () => FREE } : {}) });
}

function nodeOfList(schema: JsonObject, open: boolean): MergeNode {
  const items = asObject(schema['items']);
  const keys = listKeys(schema);
  const properties = asObject(items['properties']);
  const defaults = (keys ?? []).flatMap((key) => {
    const property = Object.hasOwn(properties, key) ? asObject(properties[key]) : {};
    return Object.hasOwn(property, 'default') ? [[key, property['default'] ?? null] as const] : [];
  });
  return makeNode({
    listKeys: keys,
    keyDefaults: Object.fromEntries(defaults),
    isNullable: schema['nullable'] === true,
    items: () => nodeOfSchema(items, open),
  });
}

function listKeys(schema: JsonObject): readonly string[] | undefined {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return [];
  if (type !== 'map') return undefined;
  const keys = schema['x-kubernetes-list-map-keys'];
  return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : [];
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
