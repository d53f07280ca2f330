import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { GitfedError } from '../errors.ts';
import { gitEnvironment, gitSettings } from './run-git.ts';

/** An object as git has it; `undefined` where the object is missing. */
export type GitObject = { readonly id: string; readonly type: string; readonly content: Uint8Array } | undefined;

interface Pending {
  readonly resolve: (object: GitObject) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A long-lived `git cat-file --batch`: one process answers for any number of objects, requests in flight are answered in order.
 * Close it, or bind it with `await using`.
 */
export class ObjectReader implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending: Pending[] = [];
  /** Not sent yet: what is asked in one turn goes to the process in one piece. */
  #unsent = '';
  readonly #ended: Promise<void>;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes that must be there before looking again: spares joining the chunks of a large object over and over. */
  #wanted = 1;
  #failure: Error | undefined;

  constructor(gitDir: string) {
    this.#child = spawn('git', [...gitSettings(), '--git-dir', gitDir, 'cat-file', '--batch'], {
      env: gitEnvironment(),
    });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.resume();
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => this.#fail(error));
      this.#child.on('close', () => {
        this.#fail(new Error('the process ended'));
        resolve();
      });
    });
  }

  /** @throws {GitfedError} `GIT` when the process died: an object that could not be read is never a missing one. */
  read(objectId: string): Promise<GitObject> {
    if (!/^[0-9a-f]{40,64}$/.test(objectId))
      return Promise.reject(new GitfedError('INTERNAL', `not an object id: ${objectId}`));
    return this.#ask(objectId);
  }

  /** What a revision names, such as `main^{commit}` or `COMMIT:path`. @throws {GitfedError} `GIT` when the process died. */
  async find(revision: string): Promise<GitObject> {
    // A request is a line.
    return /[\n\0]/.test(revision) || revision === '' ? undefined : await this.#ask(revision);
  }

  #ask(name: string): Promise<GitObject> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      if (this.#unsent === '') queueMicrotask(() => this.#send());
      this.#unsent += `${name}\n`;
    });
  }

  #send(): void {
    const text = this.#unsent;
    this.#unsent = '';
    if (this.#failure === undefined) this.#child.stdin.write(text);
  }

  async close(): Promise<void> {
    this.#send();
    this.#child.stdin.end();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fail(cause: Error): void {
    this.#failure ??= new GitfedError('GIT', `git cat-file stopped answering: ${cause.message}`, { cause });
    for (const { reject } of this.#pending.splice(0)) reject(this.#failure);
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#pending.length > 0 && this.#buffered >= this.#wanted && this.#answer());
  }

  /** Answers the oldest request when all of its object has arrived. */
  #answer(): boolean {
    const buffer = this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    this.#chunks = [buffer];
    const lineEnd = buffer.indexOf(0x0a);
    if (lineEnd < 0) return false;
    // Anything else says that there is none, and repeats what was asked for.
    const found = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(buffer.toString('latin1', 0, lineEnd));
    if (found === null) return this.#take(lineEnd + 1, undefined, buffer);
    const [, id = '', type = '', size] = found;
    const length = Number(size);
    const end = lineEnd + 1 + length + 1;
    if (buffer.length < end) {
      this.#wanted = end;
      return false;
    }
    const content = new Uint8Array(buffer.subarray(lineEnd + 1, end - 1));
    return this.#take(end, { id, type, content }, buffer);
  }

  #take(length: number, object: GitObject, buffer: Buffer): boolean {
    const rest = buffer.subarray(length);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
    this.#wanted = 1;
    this.#pending.shift()?.resolve(object);
    return true;
  }
}
