import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Whoever runs the tests must not show in them. */
const HERMETIC = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@gitfed.example',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@gitfed.example',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'gitfed-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A real repository in a temporary folder. */
export class TestRepository {
  readonly folder: string;

  constructor(options: { readonly bare?: boolean } = {}) {
    this.folder = temporaryFolder();
    this.git('init', '--quiet', '--initial-branch=main', ...(options.bare === true ? ['--bare'] : []));
  }

  git(...args: readonly string[]): string {
    return this.gitWith('', ...args);
  }

  /** Runs git with something on its standard input. */
  gitWith(input: string | Buffer, ...args: readonly string[]): string {
    const env = { ...process.env, ...HERMETIC };
    return execFileSync('git', args, {
      cwd: this.folder,
      env,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trim();
  }

  /** Writes files, by path; `null` removes one, `{link}` makes a symbolic link. */
  write(files: Readonly<Record<string, string | Buffer | null | { readonly link: string }>>): this {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      if (content === null) rmSync(file, { recursive: true });
      else if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, file);
      else writeFileSync(file, content);
    }
    return this;
  }

  /** Commits everything. @returns the commit. */
  commit(message = 'change'): string {
    this.git('add', '--all', '.');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }
}
