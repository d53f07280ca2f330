import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { isMemberId } from './member-lease.ts';

/** What a member leaves for the others under one key: texts by name, such as the files of a cluster. All of it is replaced together. */
export interface MailboxEntry {
  /** `cluster/NAME`, or another word that members agree on. */
  readonly key: string;
  /** The member that wrote it. */
  readonly writer: string;
  readonly texts: ReadonlyMap<string, string>;
}

/** An entry as it lies in the home cluster: pieces that fit into an object each. */
export interface PackedEntry {
  /** Of all pieces: the same entry has the same. */
  readonly digest: string;
  /** At least one. In base64. */
  readonly pieces: readonly string[];
}

/** An API server takes 1 MiB of data in a ConfigMap; in base64 a third is added on the way, which does not count there. */
const MOST_BYTES = 900 * 1024;
/** What is read was written by somebody: a small object must not become more than this. */
const MOST_TEXT_BYTES = 256 * 1024 * 1024;

/** @param mostBytes of one piece. */
export async function packEntry({ key, writer, texts }: MailboxEntry, mostBytes = MOST_BYTES): Promise<PackedEntry> {
  const text = JSON.stringify({ key, writer, texts: [...texts].sort(([a], [b]) => (a < b ? -1 : 1)) });
  const packed = await promisify(deflate)(text);
  const pieces: string[] = [];
  for (let at = 0; at === 0 || at < packed.length; at += mostBytes) {
    pieces.push(packed.subarray(at, at + mostBytes).toString('base64'));
  }
  return { digest: digestOf(packed), pieces };
}

/** `undefined` where it is not whole, as while it is written, or no entry. */
export async function unpackEntry({ digest, pieces }: PackedEntry): Promise<MailboxEntry | undefined> {
  const packed = Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
  if (digestOf(packed) !== digest) return undefined;
  let value: JsonValue;
  try {
    const text = await promisify(inflate)(packed, { maxOutputLength: MOST_TEXT_BYTES });
    value = JSON.parse(text.toString('utf8')) as JsonValue;
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { key, writer, texts } = value;
  if (typeof key !== 'string' || typeof writer !== 'string' || !isMemberId(writer) || !Array.isArray(texts)) {
    return undefined;
  }
  const pairs = (texts as readonly JsonValue[]).filter(isPair);
  return pairs.length < texts.length ? undefined : { key, writer, texts: new Map(pairs) };
}

function isPair(value: JsonValue): value is readonly [string, string] & JsonValue {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

function digestOf(packed: Buffer): string {
  return createHash('sha256').update(packed).digest('hex').slice(0, 32);
}
