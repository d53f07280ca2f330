import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareText, isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import type { SourceObject } from './import-types.ts';

/** Of a dump: a whole cluster is in one document. */
const LIMITS = { documentNodes: 50_000_000, depth: 200 };
const LARGEST_FILE = 400 * 1024 * 1024;

/** What a folder of `kubectl get -o yaml` files holds. */
export interface Dump {
  readonly host: readonly SourceObject[];
  /** By cluster. */
  readonly members: ReadonlyMap<string, readonly JsonObject[]>;
}

/**
 * Reads a dump: every `*.yaml`, `*.yml` and `*.json` of the folder and of the folders in it, with one document or many, single objects or lists.
 * What is in `member-CLUSTER.yaml` and below `members/CLUSTER/` is of that member, all else of the host.
 *
 * @throws {GitfedError} `USAGE` with the file, and its line, that cannot be read.
 */
export async function readDump(folder: string): Promise<Dump> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new GitfedError('USAGE', `--from-dump ${folder} is not a folder.`);
  const files = await filesBelow(folder, '');
  if (files.length === 0) {
    throw new GitfedError(
      'USAGE',
      `--from-dump ${folder} holds no *.yaml, *.yml or *.json. Write one: kubectl get -o yaml ... > ${path.join(folder, 'host.yaml')}`,
    );
  }
  const host: SourceObject[] = [];
  const members = new Map<string, JsonObject[]>();
  for (const file of files) {
    const objects = await readObjects(folder, file);
    const member = memberOf(file);
    const ofMember = member === undefined ? undefined : (members.get(member) ?? []);
    // One by one: more are in a dump than a call takes arguments.
    for (const one of objects) {
      if (ofMember === undefined) host.push(one);
      else ofMember.push(one.object);
    }
    if (member !== undefined && ofMember !== undefined) members.set(member, ofMember);
  }
  return { host, members };
}

async function filesBelow(folder: string, below: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const names = entries.filter(({ name }) => !name.startsWith('.')).toSorted((a, b) => compareText(a.name, b.name));
  const nested = await Promise.all(
    names.map(async (entry) => {
      const name = path.posix.join(below, entry.name);
      if (entry.isDirectory()) return await filesBelow(folder, name);
      if (!/\.(?:ya?ml|json)$/.test(entry.name)) return [];
      if (entry.isFile()) return [name];
      // What is passed over without a word would look like objects that are not there.
      throw new GitfedError(
        'USAGE',
        `${name} of the dump is no plain file, and links are not followed: copy what it stands for.`,
      );
    }),
  );
  return nested.flat();
}

/** The member that a file is of; `undefined` for the host. */
export function memberOf(file: string): string | undefined {
  const [top = '', second] = file.split('/');
  if (top === 'members' && second !== undefined)
    return file.split('/').length > 2 ? second : second.replace(/\.(?:ya?ml|json)$/, '');
  return second === undefined ? /^member-(.+)\.(?:ya?ml|json)$/.exec(top)?.[1] : undefined;
}

async function readObjects(folder: string, file: string): Promise<readonly SourceObject[]> {
  const { size } = await lstat(path.join(folder, file));
  if (size > LARGEST_FILE) {
    throw new GitfedError(
      'USAGE',
      `${file} of the dump has more than ${LARGEST_FILE} bytes. Dump each kind, or each namespace, into a file of its own.`,
    );
  }
  const text = textOf(file, await readFile(path.join(folder, file)));
  return readYaml(file, text, LIMITS).flatMap((read): readonly SourceObject[] => {
    if (!read.ok) {
      throw new GitfedError(
        'USAGE',
        `${file}:${read.error.position.line} of the dump: ${read.error.reason.replace(/\.$/, '')}. Dump it again with kubectl get -o yaml.`,
      );
    }
    const { document } = read;
    if (document.value === null) return [];
    const at = (way: Item['way']): string => `${file}:${document.locate(way).line}`;
    return expand(document.value, [], at).map(({ object, way }) => ({ object, where: at(way) }));
  });
}

function textOf(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new GitfedError('USAGE', `${file} of the dump is not UTF-8 text. Dump it again with kubectl get -o yaml.`);
  }
}

interface Item {
  readonly object: JsonObject;
  readonly way: readonly (string | number)[];
}

/**
 * Lists of any kind: `kubectl get` and the API servers write `List`, `SecretList` and others.
 *
 * @throws {GitfedError} `USAGE` for what is no object, or not all of a list: what is missing would look as if it were not there.
 */
function expand(value: JsonValue, way: Item['way'], at: (way: Item['way']) => string): readonly Item[] {
  const kind = isJsonObject(value) ? value['kind'] : undefined;
  if (!isJsonObject(value) || typeof kind !== 'string' || typeof value['apiVersion'] !== 'string') {
    throw new GitfedError(
      'USAGE',
      `${at(way)} of the dump is no object of Kubernetes, or the file is cut off. Dump it again with kubectl get -o yaml, or take it out of the folder.`,
    );
  }
  const { items, apiVersion, metadata } = value;
  if (!Array.isArray(items) || !kind.endsWith('List')) return [{ object: value, way }];
  if (isJsonObject(metadata) && (metadata['continue'] ?? '') !== '') {
    throw new GitfedError(
      'USAGE',
      `${at(way)} of the dump is one page of a longer list. Dump all of it with kubectl get -o yaml.`,
    );
  }
  return (items as readonly JsonValue[]).flatMap((item, index) => {
    // Lists that are raw answers of an API server leave out what all their items are.
    const isBare = isJsonObject(item) && kind !== 'List' && !Object.hasOwn(item, 'kind');
    const whole = isBare ? { apiVersion, kind: kind.slice(0, -4), ...item } : item;
    return expand(whole, [...way, 'items', index], at);
  });
}
