import { BUILTIN_TYPES, isFederationGroup, type Model, type TargetType, withConfigured } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { list } from '../report/wording.ts';
import type { TypeSource } from './enable-options.ts';
import { partition } from './federate-cluster.ts';
import type { Found, FoundObject } from './federate-options.ts';
import { kindText } from './left-out.ts';

type FileSource = Extract<TypeSource, { kind: 'file' }>;

export interface FileOptions {
  /** Of objects that name none. */
  readonly namespace?: string | undefined;
  /** What a cluster serves besides; default: nothing. */
  readonly served: readonly TargetType[];
}

/**
 * The objects of a file of several documents and lists.
 *
 * @throws {GitfedError} `USAGE` with file and line, for what is no object, of a kind that is not known, in no namespace, or federated already.
 */
export function readObjects(file: FileSource, model: Model, options: FileOptions): Found {
  const { limits } = model.configuration;
  const known = withConfigured([...BUILTIN_TYPES, ...options.served], model.types);
  const kinds = new Map(known.map((type) => [`${type.group}/${type.kind}`, type]));
  const raws = readYaml(file.name, file.text, limits).flatMap((read) => {
    if (!read.ok) throw new GitfedError('USAGE', `${file.name}:${read.error.position.line}: ${read.error.reason}`);
    const { line } = read.document.locate([]);
    return expandLists(read.document.value).map((value) => ({ value, where: `${file.name}:${line}` }));
  });
  const objects = raws.map(({ value, where }) => toFound(value, { where, kinds, model, options }));
  if (objects.length === 0) throw new GitfedError('USAGE', `${file.name} holds no object.`);
  refuseUnknown(objects.flatMap((one) => ('unknown' in one ? [one.unknown] : [])));
  const found = partition(objects.flatMap((one) => ('object' in one ? [one] : [])));
  if (found.objects.length > 0) return found;
  const [first] = found.leftOut;
  throw new GitfedError(
    'USAGE',
    `${file.name} holds nothing to federate: ${first?.object ?? ''} ${first?.reason ?? ''}.`,
  );
}

function expandLists(value: JsonValue): readonly JsonValue[] {
  if (value === null) return [];
  if (!isJsonObject(value) || !isList(value)) return [value];
  return (value['items'] as readonly JsonValue[]).flatMap(expandLists);
}

function isList(value: JsonObject): boolean {
  return typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(value['items']);
}

interface Reading {
  readonly where: string;
  readonly kinds: ReadonlyMap<string, TargetType>;
  readonly model: Model;
  readonly options: FileOptions;
}

function toFound(value: JsonValue, { where, kinds, model, options }: Reading): FoundObject | { unknown: string } {
  const { group, version, kind, name, metadata } = identityOf(value, where);
  refuseFederated({ group, kind, name }, model, where);
  const type = kinds.get(`${group}/${kind}`);
  if (type === undefined) return { unknown: kindText({ group, kind }) };
  const namespace = type.scope === 'Namespaced' ? namespaceFor(metadata, { where, kind, name, options }) : '';
  const resource = { group, version, kind, plural: type.plural, scope: type.scope };
  return { resource, namespace, name, object: value as JsonObject };
}

function identityOf(
  value: JsonValue,
  where: string,
): { group: string; version: string; kind: string; name: string; metadata: JsonObject } {
  const object = isJsonObject(value) ? value : {};
  const { apiVersion, kind, metadata } = object;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  const isComplete = typeof apiVersion === 'string' && typeof kind === 'string' && typeof name === 'string';
  if (!isComplete || !isJsonObject(metadata) || apiVersion === '' || kind === '' || name === '') {
    throw new GitfedError('USAGE', `${where}: this is no object: it needs apiVersion, kind and metadata.name.`);
  }
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1), kind, name, metadata };
}

function refuseFederated(
  { group, kind, name }: { readonly group: string; readonly kind: string; readonly name: string },
  { types }: Model,
  where: string,
): void {
  const isOurs = types.some(({ federated }) => federated.group === group && federated.kind === kind);
  if (!isOurs && !isFederationGroup(group)) return;
  throw new GitfedError(
    'USAGE',
    `${where}: ${plainText(kind)} ${plainText(name)} is an object of the federation already: put its file into the repository as it is.`,
  );
}

interface Naming {
  readonly where: string;
  readonly kind: string;
  readonly name: string;
  readonly options: FileOptions;
}

/** As kubectl: what is asked for and what is written must be the same. */
function namespaceFor({ namespace }: JsonObject, { where, kind, name, options }: Naming): string {
  const written = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  const chosen = written ?? options.namespace;
  const text = `${where}: ${plainText(kind)} ${plainText(name)}`;
  if (chosen === undefined) throw new GitfedError('USAGE', `${text} names no namespace: say which with --namespace`);
  if (options.namespace === undefined || chosen === options.namespace) return chosen;
  throw new GitfedError(
    'USAGE',
    `${text} is in the namespace ${plainText(chosen)}, not in ${options.namespace}: leave out --namespace, or correct the file`,
  );
}

function refuseUnknown(kinds: readonly string[]): void {
  const unknown = [...new Set(kinds)];
  if (unknown.length === 0) return;
  throw new GitfedError(
    'USAGE',
    `These kinds are not known: ${list(unknown.map(plainText), 20)}. Enable them first with gitfed enable, from a file of their CustomResourceDefinitions or from a cluster; or name a cluster that has them with --host-context or --from-cluster, and --enable-type.`,
  );
}
