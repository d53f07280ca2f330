import ignore, { type Ignore } from 'ignore';
import { type Configuration, type RepositoryEntry, type RepositorySnapshot, readConfiguration } from '../api/index.ts';
import { compareText, Memo } from '../core/index.ts';
import { type ReadableFile, ReadMemo } from './read-memo.ts';

/** What lies at a path, before anything of it is read. Paths are relative to the repository's root, `/` as separator. */
export interface ListedFile {
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'submodule' | 'other';
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Differs for different contents of one path; absent where that is not known without opening the file. */
  readonly stamp?: string;
}

/** A tree of files, in a commit or on a disk. */
export interface TreeListing {
  /** Everything below the chosen path (or the one file that it names). */
  readonly files: readonly ListedFile[];
  /** `gitfed.yaml` at the repository's root, where the chosen path lies deeper. */
  readonly rootConfiguration: ListedFile | undefined;
  /** What a symbolic link says, without following it; `/` where it cannot be told. */
  readLink(file: ListedFile): Promise<string>;
  /** @returns the content, or in plain words why it cannot be read. */
  read(file: ListedFile): Promise<{ readonly content: Uint8Array } | { readonly problem: string }>;
}

type Readable = Extract<RepositoryEntry, { kind: 'file' | 'unreadable' }>;

const CONFIGURATION = 'gitfed.yaml';
const IGNORE_FILE = '.gitfedignore';

/** Lists, one path a line, what gitfed wrote into a folder or a branch. Such a folder below the chosen path is output, and not read. */
export const INDEX_FILE = '.gitfed-index';

const MARKERS: ReadonlySet<string> = new Set([
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
  'Chart.yaml',
  INDEX_FILE,
]);
const DOCUMENT = /\.(?:ya?ml|json)$/;
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Whether a file of that name can make a difference: a document, or one that says what is read. */
export function mayMatter(name: string): boolean {
  return DOCUMENT.test(name) || decidesReading(name);
}

/** Whether a file of that name says what is read and how: also where it is itself left out. */
export function decidesReading(name: string): boolean {
  return MARKERS.has(name) || RULES.has(name) || name === CONFIGURATION;
}

/** Files that say what is not read. */
export const RULES: ReadonlySet<string> = new Set([IGNORE_FILE, '.gitignore']);

/**
 * The rules of what is read, the same for a commit and for a working tree.
 *
 * @param prefix the chosen path.
 */
export async function readListing(
  unread: TreeListing,
  prefix: string,
  memo: ReadMemo = new ReadMemo(),
): Promise<RepositorySnapshot> {
  const listing = { ...unread, memo };
  memo.begin();
  const isSingleFile = listing.files.length === 1 && listing.files[0]?.path === prefix;
  const below = (file: string): string => (prefix === '' || isSingleFile ? file : file.slice(prefix.length + 1));
  const configurationFile =
    listing.files.find((file) => below(file.path) === CONFIGURATION && !isSingleFile) ?? listing.rootConfiguration;
  const configuration =
    configurationFile === undefined ? undefined : await readConfigurationFile(listing, configurationFile);
  const { limits } = readConfiguration(configuration).configuration;

  const visible = listing.files.filter((file) => isSingleFile || !isHidden(below(file.path)));
  const foreign = isSingleFile ? new Map<string, string>() : foreignDirectories(visible, prefix);
  const candidates = visible.filter((file) => !isBelow(foreign, file.path));
  const { ignores, problems } = await readIgnoreFiles(listing, candidates, limits);
  memo.leavesOut = (path) => isIgnored(ignores, path);
  const kept = candidates.filter((file) => file.path !== configurationFile?.path && !isIgnored(ignores, file.path));

  const entries: RepositoryEntry[] = [
    ...problems,
    ...foreignEntries(foreign, ignores),
    ...(await linkEntries(listing, kept)),
  ];
  const documents = kept
    .filter((file) => (file.kind === 'file' || file.kind === 'other') && DOCUMENT.test(file.path))
    .sort((a, b) => compareText(a.path, b.path));
  const complete = documents.length <= limits.files;
  for (const file of documents.slice(0, limits.files)) entries.push(await readFile(listing, file, limits.fileBytes));
  memo.finish();
  return {
    entries: entries.toSorted((a, b) => compareText(a.path, b.path)),
    ...(configuration === undefined ? {} : { configuration }),
    complete,
  };
}

interface RememberedListing extends TreeListing {
  readonly memo: ReadMemo;
}

async function readConfigurationFile(listing: RememberedListing, file: ListedFile): Promise<Readable> {
  const { configuration } = readConfiguration(undefined);
  return await readFile(listing, file, configuration.limits.fileBytes);
}

async function readFile(listing: RememberedListing, file: ListedFile, maxBytes: number): Promise<Readable> {
  const { memo } = listing;
  const { path } = file;
  const unreadable = (message: string): Readable => ({
    kind: 'unreadable',
    path: printable(path),
    reason: 'UnreadableFile',
    message,
  });
  if (path.includes('\uFFFD')) return unreadable('The name of the file is not UTF-8: rename it.');
  if (file.kind !== 'file') return unreadable('This is not a regular file: remove it, or list it in .gitfedignore.');
  if (file.size > maxBytes) {
    const message = `The file has ${file.size} bytes; the limit is ${maxBytes}. Split it, or raise limits.fileBytes in gitfed.yaml.`;
    return { kind: 'unreadable', path, reason: 'FileTooLarge', message };
  }
  const known = memo.find(path, file.stamp);
  if (known !== undefined) return memo.keep(file.stamp, known);
  const read = await listing.read(file);
  if ('problem' in read) return unreadable(read.problem);
  if (startsWith(read.content, LFS_POINTER)) {
    return unreadable('This is a pointer of Git LFS, not the file itself: keep manifests out of LFS.');
  }
  memo.countRead();
  return memo.keep(file.stamp, { kind: 'file', path, content: read.content });
}

function startsWith(content: Uint8Array, text: string): boolean {
  return (
    Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, text.length)).toString('latin1') ===
    text
  );
}

/** Names of files come from a stranger, and findings print them. */
function printable(path: string): string {
  return path.replaceAll('\uFFFD', '?');
}

function isHidden(path: string): boolean {
  const folders = path.split('/').slice(0, -1);
  return folders.some((folder) => folder.startsWith('.'));
}

/** Folders of Kustomize and Helm, and what gitfed wrote, by path, with the file that says so; none inside another. */
function foreignDirectories(files: readonly ListedFile[], prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of files.toSorted((a, b) => compareText(a.path, b.path))) {
    const slash = file.path.lastIndexOf('/');
    const marker = file.path.slice(slash + 1);
    if (!MARKERS.has(marker)) continue;
    const folder = slash < 0 ? '' : file.path.slice(0, slash);
    // Who names a folder of output wants it read.
    if (marker === INDEX_FILE && folder === prefix) continue;
    if (!found.has(folder)) found.set(folder, marker);
  }
  for (const folder of [...found.keys()]) {
    if ([...found.keys()].some((other) => other !== folder && isInside(folder, other))) found.delete(folder);
  }
  return found;
}

function isInside(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

function isBelow(folders: ReadonlyMap<string, string>, path: string): boolean {
  if (folders.size === 0) return false;
  if (folders.has('')) return true;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (folders.has(path.slice(0, slash))) return true;
  }
  return false;
}

function foreignEntries(foreign: ReadonlyMap<string, string>, ignores: ReadonlyMap<string, Ignore>): RepositoryEntry[] {
  return [...foreign].flatMap(([path, marker]): RepositoryEntry[] => {
    const probe = path === '' ? marker : `${path}/${marker}`;
    if (isIgnored(ignores, probe)) return [];
    return [{ kind: 'foreignDirectory', path: path === '' ? '.' : path, marker }];
  });
}

async function linkEntries(listing: TreeListing, files: readonly ListedFile[]): Promise<RepositoryEntry[]> {
  const entries: RepositoryEntry[] = [];
  for (const file of files) {
    const path = printable(file.path);
    if (file.kind === 'submodule') entries.push({ kind: 'submodule', path });
    if (file.kind === 'symlink') entries.push({ kind: 'symlink', path, target: await listing.readLink(file) });
  }
  return entries;
}

interface IgnoreFiles {
  /** By folder; the deepest folder has the last word, as with .gitignore. */
  readonly ignores: ReadonlyMap<string, Ignore>;
  readonly problems: readonly RepositoryEntry[];
}

/** An Ignore remembers the paths it was asked about. */
const rulesOf = new Memo((entry: ReadableFile) => ignore().add(Buffer.from(entry.content).toString('utf8')));

async function readIgnoreFiles(
  listing: RememberedListing,
  files: readonly ListedFile[],
  limits: Configuration['limits'],
): Promise<IgnoreFiles> {
  const ignores = new Map<string, Ignore>();
  const problems: RepositoryEntry[] = [];
  for (const file of files) {
    const slash = file.path.lastIndexOf('/');
    if (file.path.slice(slash + 1) !== IGNORE_FILE || file.kind !== 'file') continue;
    const read = await readFile(listing, file, limits.fileBytes);
    if (read.kind === 'unreadable') problems.push(read);
    else ignores.set(slash < 0 ? '' : file.path.slice(0, slash), rulesOf.get(read));
  }
  return { ignores, problems };
}

function isIgnored(ignores: ReadonlyMap<string, Ignore>, path: string): boolean {
  if (ignores.size === 0) return false;
  let ignored = false;
  const parts = path.split('/');
  for (let depth = 0; depth < parts.length; depth += 1) {
    const rules = ignores.get(parts.slice(0, depth).join('/'));
    if (rules === undefined) continue;
    const result = rules.test(parts.slice(depth).join('/'));
    if (result.ignored) ignored = true;
    else if (result.unignored) ignored = false;
  }
  return ignored;
}
