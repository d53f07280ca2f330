import { hash } from 'node:crypto';
import { blobId } from './blobs.ts';
import { EMPTY_TREE } from './write-commit.ts';

/**
 * The id of the tree that holds files, by path in it; all of them plain files.
 *
 * @param like any id of the repository: those of SHA-256 are longer.
 */
export function treeIdOf(files: ReadonlyMap<string, string>, like: string): string {
  const algorithm = like.length > EMPTY_TREE.length ? 'sha256' : 'sha1';
  const folders = new Map<string, Map<string, string>>();
  const entries: { readonly name: string; readonly mode: string; readonly id: string }[] = [];
  for (const [path, text] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) entries.push({ name: path, mode: '100644', id: blobId(text, like) });
    else {
      const folder = folders.get(path.slice(0, slash)) ?? new Map<string, string>();
      folders.set(path.slice(0, slash), folder.set(path.slice(slash + 1), text));
    }
  }
  for (const [name, below] of folders) entries.push({ name, mode: '40000', id: treeIdOf(below, like) });
  // Git sorts bytes, and a folder as if a slash stood behind its name.
  const key = ({ name, mode }: (typeof entries)[number]): Buffer => Buffer.from(mode === '40000' ? `${name}/` : name);
  const content = Buffer.concat(
    entries
      .sort((a, b) => Buffer.compare(key(a), key(b)))
      .flatMap(({ name, mode, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  return hash(algorithm, Buffer.concat([Buffer.from(`tree ${content.length}\0`), content]));
}
