import {
  type FindingCode,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type NodePath,
  type SourceDocument,
  type SourceRef,
} from '../core/index.ts';
import { readYaml } from '../core/yaml.ts';
import { isCiphertext, isSopsDocument, withoutListComments } from './encrypted-document.ts';
import { field } from './fields.ts';
import type { Decryption, RepositoryEntry } from './files.ts';
import type { FindingCollector } from './finding-collector.ts';
import { isFederationGroup } from './groups.ts';
import type { Configuration } from './model.ts';
import { describeType, quote } from './wording.ts';

/** An object of the repository before anything of its kind is known. */
export interface RawObject {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly object: JsonObject;
  readonly source: SourceRef;
  /** Integers that no Kubernetes type can hold, as paths below `object`. */
  readonly roundedIntegers: readonly NodePath[];
  /** What SOPS made of it. `Encrypted`: its values are not known, only its identity. */
  readonly encryption: 'None' | 'Encrypted' | 'Decrypted';
  /** Why it could not be decrypted, where that was tried; continues "it is encrypted, and". */
  readonly obstacle?: string;
}

/** What is said where nobody tried to decrypt. */
export const NOT_TRIED = 'only commands that talk to clusters decrypt it, with --age-key-file';

/** What bounds a single file. */
export type DocumentLimits = Pick<Configuration['limits'], 'fileBytes' | 'documentNodes' | 'depth'>;
type FileEntry = Extract<RepositoryEntry, { kind: 'file' }>;

/** Every object of an entry, `kind: List` taken apart, in the order of the file. What cannot be read becomes a finding and a hold. */
export function readObjects(entry: RepositoryEntry, limits: DocumentLimits, collector: FindingCollector): RawObject[] {
  switch (entry.kind) {
    case 'file':
      return readDocuments(entry, limits, collector).flatMap((document) => objectsOf(document, collector));
    case 'unreadable':
      collector.addAt(entry.reason, top(entry.path), entry.message, { hold: true });
      return [];
    case 'symlink':
      reportSymlink(entry, collector);
      return [];
    case 'submodule':
      collector.addAt('Submodule', top(entry.path), 'A submodule is not read: put the files into this repository.');
      return [];
    case 'foreignDirectory': {
      const why =
        entry.marker === '.gitfed-index'
          ? 'The directory holds what gitfed has rendered, as this file says: nothing below it is read. Render to a place outside, or list the directory in .gitfedignore.'
          : `The directory has a ${quote(entry.marker)} and belongs to another tool: nothing below it is read. Render it into another directory, or list it in .gitfedignore.`;
      // A file and not the folder: code scanning shows nothing else.
      const marker = entry.path === '.' ? entry.marker : `${entry.path}/${entry.marker}`;
      collector.addAt('ForeignDirectory', top(marker), why);
      return [];
    }
    default:
      return entry satisfies never;
  }
}

/** A link to a file of the repository hides nothing: that file is read where it is. What another one would have held is not known. */
function reportSymlink(
  { path, target }: Extract<RepositoryEntry, { kind: 'symlink' }>,
  collector: FindingCollector,
): void {
  if (!leavesRepository(path, target)) {
    collector.addAt('Symlink', top(path), 'A symbolic link is not followed: put the file itself here.');
    return;
  }
  const message =
    'This symbolic link leads out of the repository and is not followed: what it stands for is not known, so nothing is deleted. Put the file itself here.';
  collector.addAt('SymlinkOutside', top(path), message, { hold: true });
}

function leavesRepository(path: string, target: string): boolean {
  if (target.startsWith('/') || /^[A-Za-z]:|\\\\/.test(target)) return true;
  let depth = path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

export interface ReadDocument {
  readonly document: SourceDocument;
  readonly roundedIntegers: readonly NodePath[];
  readonly decryption?: Decryption;
}

/** The documents of one file that can be read. @param code of an error: `gitfed.yaml` has its own. */
export function readDocuments(
  entry: FileEntry,
  limits: DocumentLimits,
  collector: FindingCollector,
  code?: FindingCode,
): ReadDocument[] {
  const place = top(entry.path);
  if (entry.content.byteLength > limits.fileBytes) {
    const message = `The file has ${entry.content.byteLength} bytes; the limit is ${limits.fileBytes}. Split it, or raise limits.fileBytes in gitfed.yaml.`;
    collector.addAt(code ?? 'FileTooLarge', place, message, { hold: true });
    return [];
  }
  const text = decodeUtf8(entry.content);
  if (text === undefined) {
    const message = 'The file is not UTF-8 text. Save it as UTF-8, or list it in .gitfedignore.';
    collector.addAt(code ?? 'InvalidYAML', place, message, { hold: true });
    return [];
  }
  return readYaml(entry.path, text, limits).flatMap((result, index): ReadDocument[] => {
    if (result.ok) {
      const { document, roundedIntegers } = result;
      const decryption = entry.decryptions?.[index];
      return [{ document, roundedIntegers, ...(decryption === undefined ? {} : { decryption }) }];
    }
    const { position, reason } = result.error;
    collector.addAt(code ?? result.error.code, { file: entry.path, ...position }, reason, { hold: true });
    return [];
  });
}

function decodeUtf8(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

export function top(file: string): { readonly file: string; readonly line: number; readonly column: number } {
  return { file, line: 1, column: 1 };
}

function objectsOf(read: ReadDocument, collector: FindingCollector): RawObject[] {
  const { roundedIntegers, decryption } = read;
  const isDecrypted = decryption?.ok === true;
  const document = isDecrypted ? withoutListComments(read.document) : read.document;
  const value = isDecrypted ? decryption.value : document.value;
  const source = { document, path: [] };
  if (value === null) return [];
  if (!isJsonObject(value)) {
    reportNoMapping(value, source, collector);
    return [];
  }
  const encryption = isDecrypted ? 'Decrypted' : 'None';
  const obstacle = decryption?.ok === false ? { obstacle: decryption.reason } : {};
  return expand(
    value,
    { document, roundedIntegers, path: [], inherited: undefined, encryption, ...obstacle },
    collector,
  );
}

interface Place {
  readonly document: SourceDocument;
  readonly roundedIntegers: readonly NodePath[];
  readonly path: NodePath;
  /** What a typed list says about items that do not say it themselves. */
  readonly inherited: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly encryption: RawObject['encryption'];
  readonly obstacle?: string;
}

function expand(value: JsonObject, around: Place, collector: FindingCollector): RawObject[] {
  const isEncrypted = around.encryption === 'None' && isSopsDocument(value);
  const place: Place = isEncrypted ? { ...around, encryption: 'Encrypted' } : around;
  const source: SourceRef = { document: place.document, path: place.path };
  const apiVersion = field(value, 'apiVersion') ?? place.inherited?.apiVersion;
  const kind = field(value, 'kind') ?? place.inherited?.kind;
  if (isCiphertext(apiVersion) || isCiphertext(kind)) {
    const message = `The document is encrypted as a whole, and ${place.obstacle ?? NOT_TRIED}: what it holds is not known, so nothing is deleted. Encrypt its values only, so that everyone sees what it is: sops encrypt --encrypted-regex "^(data|stringData)$"`;
    collector.add('EncryptedObject', source, [], message, { hold: true });
    return [];
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    reportNoKind(value, apiVersion, kind, source, collector);
    return [];
  }
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  if (kind.endsWith('List') && Object.hasOwn(value, 'items') && (apiVersion === 'v1' || isFederationGroup(group))) {
    return expandList(value, { ...place, inherited: itemType(apiVersion, kind) }, collector);
  }
  const roundedIntegers = below(place.roundedIntegers, place.path);
  const { encryption, obstacle } = place;
  const why = obstacle === undefined ? {} : { obstacle };
  return [{ group, version, kind, object: value, source, roundedIntegers, encryption, ...why }];
}

function itemType(apiVersion: string, kind: string): Place['inherited'] {
  return kind === 'List' ? undefined : { apiVersion, kind: kind.slice(0, -'List'.length) };
}

function expandList(list: JsonObject, place: Place, collector: FindingCollector): RawObject[] {
  const items = field(list, 'items') ?? [];
  const source: SourceRef = { document: place.document, path: place.path };
  if (!Array.isArray(items)) {
    const message = `The items of the List must be a list, not ${describeType(items)}.`;
    collector.add('InvalidObject', source, ['items'], message, { hold: true });
    return [];
  }
  return (items as readonly JsonValue[]).flatMap((item, index) => {
    const path = [...place.path, 'items', index];
    if (isJsonObject(item)) return expand(item, { ...place, path }, collector);
    const message = `Item ${index} of the List must be a Kubernetes object, not ${describeType(item)}.`;
    collector.add('InvalidObject', source, ['items', index], message, { hold: true });
    return [];
  });
}

function below(paths: readonly NodePath[], prefix: NodePath): readonly NodePath[] {
  if (paths.length === 0 || prefix.length === 0) return paths;
  return paths
    .filter((path) => prefix.every((part, index) => path[index] === part))
    .map((path) => path.slice(prefix.length));
}

/** A list of anything may be a patch or a tool's settings; a bare scalar is what is left of a file that broke. */
function reportNoMapping(value: JsonValue, source: SourceRef, collector: FindingCollector): void {
  const isForeignList = Array.isArray(value) && !value.some((item: JsonValue) => looksFederated(item));
  const message = `The document is ${describeType(value)}, not a Kubernetes object.`;
  if (isForeignList) {
    collector.add('NotFederated', source, [], `${message} It is not applied; .gitfedignore silences this.`);
    return;
  }
  collector.add('InvalidObject', source, [], `${message} Use one document for each object, or kind: List.`, {
    hold: true,
  });
}

function reportNoKind(
  value: JsonObject,
  apiVersion: JsonValue | undefined,
  kind: JsonValue | undefined,
  source: SourceRef,
  collector: FindingCollector,
): void {
  if (!looksFederated(value)) {
    const message =
      'The document has no apiVersion and kind: it is not applied. List the file in .gitfedignore if that is meant.';
    collector.add('NotFederated', source, [], message);
    return;
  }
  const [name, found] = typeof apiVersion === 'string' ? ['kind', kind] : ['apiVersion', apiVersion];
  const message = `The object's ${name} must be a string, not ${describeType(found)}: which object this is cannot be told.`;
  collector.add('InvalidObject', source, found === undefined ? [] : [name], message, { hold: true });
}

function looksFederated(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const apiVersion = field(value, 'apiVersion');
  const kind = field(value, 'kind');
  if (typeof kind === 'string' && /^(?:Federated|KubeFed)/.test(kind)) return true;
  const items = field(value, 'items');
  if (Array.isArray(items) && items.some((item: JsonValue) => looksFederated(item))) return true;
  return typeof apiVersion === 'string' && isFederationGroup(apiVersion.split('/')[0] ?? '');
}
