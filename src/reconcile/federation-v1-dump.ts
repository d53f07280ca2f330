import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareText, isJsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import type { ReadObject } from './federation-v1-objects.ts';

/** Of a dump: a whole cluster is in one document. */
const LIMITS = { documentNodes: 50_000_000, depth: 200 };
const LARGEST_FILE = 400 * 1024 * 1024;

/** What a folder of `kubectl get -o yaml` files holds. */
export interface FederationDump {
  readonly federation: readonly ReadObject[];
  /** By cluster. */
  readonly members: ReadonlyMap<string, readonly ReadObject[]>;
}

/**
 * Reads a dump: every `*.yaml`, `*.yml` and `*.json` of the folder and of the folders in it, with one document or many, single objects or lists.
 * What is in `member-CLUSTER.yaml` and below `members/CLUSTER/` is of that member, all else of the federation.
 *
 * @throws {GitfedError} `USAGE` with the file, and its line, that cannot be read.
 */
export async function readFederationDump(folder: string): Promise<FederationDump> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new GitfedError('USAGE', `--from-dump ${folder} is not a folder.`);
  const files = await filesBelow(folder, '');
  if (files.length === 0) {
    throw new GitfedError(
      'USAGE',
      `--from-dump ${folder} holds no *.yaml, *.yml or *.json: there is nothing to import.`,
    );
  }
  const federation: ReadObject[] = [];
  const members = new Map<string, ReadObject[]>();
  for (const file of files) {
    const objects = await readFileOf(folder, file);
    const member = memberOf(file);
    const target = member === undefined ? federation : (members.get(member) ?? []);
    // One by one: a spread of very many is more than a call takes.
    for (const object of objects) target.push(object);
    if (member !== undefined) members.set(member, target);
  }
  return { federation, members };
}

async function filesBelow(folder: string, below: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const nested = entries
    .toSorted((a, b) => compareText(a.name, b.name))
    .map(async (entry) => {
      const name = path.posix.join(below, entry.name);
      if (entry.name.startsWith('.')) return [];
      if (entry.isDirectory()) return await filesBelow(folder, name);
      return entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name) ? [name] : [];
    });
  return (await Promise.all(nested)).flat();
}

/** The member that a file is of; `undefined` for the federation. */
function memberOf(file: string): string | undefined {
  const [top = '', second, ...rest] = file.split('/');
  if (second === undefined) return /^member-(.+)\.(?:ya?ml|json)$/.exec(top)?.[1];
  if (top !== 'members') return undefined;
  return rest.length > 0 ? second : second.replace(/\.(?:ya?ml|json)$/, '');
}

async function readFileOf(folder: string, file: string): Promise<readonly ReadObject[]> {
  return readYaml(file, await textOf(folder, file), LIMITS).flatMap((read) => {
    if (!read.ok) {
      throw new GitfedError(
        'USAGE',
        `${file}:${read.error.position.line} of the dump: ${read.error.reason} Dump it again with kubectl get -o yaml. Nothing was written.`,
      );
    }
    return expand(read.document.value, []).map(({ value, way }) => {
      const where = `${file}:${read.document.locate(way).line}`;
      if (isJsonObject(value)) return { object: value, where };
      throw new GitfedError('USAGE', `${where} of the dump: this is no object. Nothing was written.`);
    });
  });
}

async function textOf(folder: string, file: string): Promise<string> {
  const { size } = await lstat(path.join(folder, file));
  if (size > LARGEST_FILE) {
    throw new GitfedError(
      'USAGE',
      `${file} of the dump has more than ${LARGEST_FILE} bytes. Dump each kind into a file of its own. Nothing was written.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path.join(folder, file)));
  } catch {
    throw new GitfedError('USAGE', `${file} of the dump is not UTF-8 text. Nothing was written.`);
  }
}

interface Item {
  readonly value: JsonValue;
  readonly way: readonly (string | number)[];
}

/** Lists of any kind: `kubectl get` writes `List`, API servers `SecretList` and others, whose items do not say what they are. */
function expand(value: JsonValue, way: readonly (string | number)[]): readonly Item[] {
  if (value === null) return [];
  if (!isJsonObject(value)) return [{ value, way }];
  const { items, kind, apiVersion } = value;
  if (!Array.isArray(items) || typeof kind !== 'string' || !kind.endsWith('List')) return [{ value, way }];
  const identity = kind === 'List' || apiVersion === undefined ? {} : { apiVersion, kind: kind.slice(0, -4) };
  return (items as readonly JsonValue[]).flatMap((item, index) => {
    return expand(isJsonObject(item) ? { ...identity, ...item } : item, [...way, 'items', index]);
  });
}
