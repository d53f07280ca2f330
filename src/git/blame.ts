import { GitProcessError } from './errors.ts';
import { isShallow, type Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Who wrote a line. */
export type LineHistory =
  | {
      readonly committed: true;
      readonly commit: string;
      readonly author: string;
      /** ISO 8601, UTC, to the second. */
      readonly date: string;
      readonly subject: string;
      /** The clone is shallow, and begins here: an earlier commit may have written the line. */
      readonly isOldest: boolean;
    }
  /** The working tree has it, and no commit. */
  | { readonly committed: false };

/**
 * Who wrote lines of a file, by line. Lines that git knows nothing of are left out: the file has changed since it was read, say.
 *
 * @param commit reads the file there; absent: as it stands in the working tree.
 * @throws {GitfedError} `GIT` when git fails for another reason.
 */
export async function blameLines(
  repository: Repository,
  file: string,
  lines: readonly number[],
  commit?: string,
): Promise<ReadonlyMap<number, LineHistory>> {
  if (lines.length === 0) return new Map();
  const ranges = [...new Set(lines)].flatMap((line) => ['-L', `${line},${line}`]);
  // The first commit counts as one that wrote its lines, except where it is only the first one that was fetched.
  const root = (await isShallow(repository)) ? [] : ['--root'];
  const revision = commit === undefined ? [] : [commit];
  // No program that a configuration names turns the file into something else.
  const args = ['blame', '--line-porcelain', '--no-textconv', ...root, ...ranges, ...revision, '--', file];
  try {
    return readPorcelain(await runGit(repository.directory, args));
  } catch (error) {
    const words = error instanceof GitProcessError ? error.stderr : '';
    if (/no such (?:path|ref)/.test(words)) {
      return new Map(commit === undefined ? lines.map((line) => [line, { committed: false }]) : []);
    }
    if (/has only \d+ line/.test(words)) return new Map();
    throw error;
  }
}

function readPorcelain(text: string): ReadonlyMap<number, LineHistory> {
  const found = new Map<number, LineHistory>();
  let header: string[] = [];
  for (const line of text.split('\n')) {
    // The line itself ends its entry.
    if (!line.startsWith('\t')) {
      header.push(line);
      continue;
    }
    const [ids = '', ...fields] = header;
    const [commit = '', , number = ''] = ids.split(' ');
    found.set(Number(number), readEntry(commit, fields));
    header = [];
  }
  return found;
}

function readEntry(commit: string, fields: readonly string[]): LineHistory {
  if (/^0+$/.test(commit)) return { committed: false };
  const get = (name: string): string =>
    fields.find((field) => field.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  const seconds = Number(get('author-time'));
  return {
    committed: true,
    commit,
    author: get('author'),
    date: new Date(Number.isSafeInteger(seconds) ? seconds * 1000 : 0).toISOString().replace('.000Z', 'Z'),
    subject: get('summary'),
    isOldest: fields.includes('boundary'),
  };
}
