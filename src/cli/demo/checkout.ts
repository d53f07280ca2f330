import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../../errors.ts';
import { runGit } from '../../git/run-git.ts';
import { plainLines } from './narrator.ts';

const PERSON = { name: 'Ada', email: 'ada@shop.example' };

/** The same for everybody who runs the demo. */
const ENVIRONMENT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

/** A clone in which a person works. */
export class Checkout {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a repository of a folder with files, and a bare one beside it that it pushes to. */
  static async create(folder: string, bare: string, message: string): Promise<Checkout> {
    const checkout = new Checkout(folder);
    await runGit(path.dirname(bare), ['init', '--quiet', '--bare', '--initial-branch=main', bare], {
      env: ENVIRONMENT,
    });
    await checkout.git('init', '--quiet', '--initial-branch=main');
    await checkout.git('config', 'user.name', PERSON.name);
    await checkout.git('config', 'user.email', PERSON.email);
    await checkout.git('remote', 'add', 'origin', bare);
    await checkout.commit(message);
    await checkout.git('push', '--quiet', '--set-upstream', 'origin', 'main');
    return checkout;
  }

  async git(...args: readonly string[]): Promise<string> {
    return await runGit(this.folder, args, { env: ENVIRONMENT });
  }

  async edit(name: string, from: string, to: string): Promise<void> {
    const file = path.join(this.folder, name);
    const text = await readFile(file, 'utf8');
    if (!text.includes(from)) {
      throw new GitfedError(
        'USAGE',
        `${name} of the example lacks ${JSON.stringify(from)}: install the package again.`,
      );
    }
    await writeFile(file, text.replaceAll(from, to));
  }

  /** What is changed and not committed; of the headers, only which files. */
  async diff(): Promise<readonly string[]> {
    const text = await this.git('diff', '--unified=2', '--no-color');
    return plainLines(text).filter((line) => !/^(?:diff |index |@@)/.test(line));
  }

  /** Commits everything. @returns the commit. */
  async commit(message: string): Promise<string> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
    return (await this.git('rev-parse', 'HEAD')).trim();
  }
}
