import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { ensureGoBinary } from '../controlplane/go-binary.ts';

export type YamlCheckResult =
  /** The document as JSON text, in which integers are exact; `JSON.parse` would round those beyond 2^53. */
  { json: string; error?: never } | { json?: never; error: string };

export interface YamlCheckOptions {
  /** Whether a key that appears twice in a mapping is an error; otherwise the last one counts. */
  strict?: boolean;
}

const JSON_PREFIX = '{"json":';

/** How sigs.k8s.io/yaml, the library of kubectl and the controllers, reads YAML. */
export class YamlCheck implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #closed: Promise<void>;
  /** Those who wait for an answer; answers come in the order of the questions. */
  readonly #waiting: PendingAnswer[] = [];
  /** Why there are no more answers. */
  #failure: Error | undefined;

  private constructor(binary: string) {
    this.#child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => {}); // told by 'close' too, where the waiting are answered
    createInterface(this.#child.stdout).on('line', (line) => this.#waiting.shift()?.resolve(parseAnswer(line)));
    this.#closed = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#fail(error));
      this.#child.once('close', () => {
        this.#fail(new Error('yamlcheck has ended'));
        resolve();
      });
    });
  }

  /** Builds the program when the cache does not have it, which takes seconds; undefined without Go. */
  static async start(): Promise<YamlCheck | undefined> {
    const binary = await ensureGoBinary({ name: 'yamlcheck', directory: import.meta.dirname });
    return binary === undefined ? undefined : new YamlCheck(binary);
  }

  /** Reads one document. In a stream of several, everything after the first is ignored. */
  toJson(yaml: string, options: YamlCheckOptions = {}): Promise<YamlCheckResult> {
    if (this.#failure !== undefined) {
      return Promise.reject(this.#failure);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ yaml, strict: options.strict ?? false })}\n`);
    });
  }

  /** Ends the program, after the answers which are still due. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(error);
    }
  }
}

interface PendingAnswer {
  resolve: (result: YamlCheckResult) => void;
  reject: (error: Error) => void;
}

function parseAnswer(line: string): YamlCheckResult {
  // Cut out rather than parsed, for the sake of big integers.
  return line.startsWith(JSON_PREFIX) ? { json: line.slice(JSON_PREFIX.length, -1) } : JSON.parse(line);
}
