import { dataCommand, FastImport, pathArgument } from './fast-import.ts';
import type { Repository } from './repository.ts';
import { type CommitRequest, changedCommit, commitEnd, commitStart, temporaryRef } from './write-commit.ts';

export interface FilesRequest extends Omit<CommitRequest, 'changes'> {
  /** Object ids by path; `null` removes the file. What is not named stays. */
  readonly changes: ReadonlyMap<string, string | null>;
  /** A commit of the repository. */
  readonly source: string;
}

/**
 * Writes a commit of very many files without a work tree and without moving any branch, through one git process: first the contents that
 * the repository does not have, then the tree by object ids. Bind it with `await using`: without its commit nothing is written.
 */
export class FilesWriter implements AsyncDisposable {
  readonly #gitDir: string;
  #process: FastImport | undefined;

  constructor(repository: Repository) {
    this.#gitDir = repository.gitDir;
  }

  /**
   * Writes a content. Texts that resemble each other should follow each other: git stores how one differs from the last.
   *
   * @returns what to wait for before the next one, if anything.
   */
  blob(text: string): Promise<void> | undefined {
    return this.#open().write(`blob\n${dataCommand(text)}`);
  }

  /** @returns the commit's id; `undefined` when its tree would be that of its parent. */
  async commit(request: FilesRequest): Promise<string | undefined> {
    const process = this.#open();
    const ref = temporaryRef();
    await process.write(commitStart(ref, request));
    for (const [path, id] of request.changes) {
      const argument = pathArgument(path);
      const wait = process.write(id === null ? `D ${argument}\n` : `M 100644 ${id} ${argument}\n`);
      if (wait !== undefined) await wait;
    }
    await process.write(commitEnd(ref, request.parent, request.source.length));
    return changedCommit(await process.finish());
  }

  #open(): FastImport {
    this.#process ??= new FastImport(this.#gitDir);
    return this.#process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
