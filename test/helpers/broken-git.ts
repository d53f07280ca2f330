import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './git-repository.ts';

/** As the kernel ends a process where there is no memory. */
export const KILLED = 'kill -9 $$';
/** As git says it where it cannot start a process or a thread of its own. */
export const WITHOUT_RESOURCES = 'echo "fatal: Resource temporarily unavailable" >&2; exit 128';

interface BrokenGit {
  /** A command of git, such as `merge-base`; all others work. */
  readonly where: string;
  /** What it does in its place, in words of sh. */
  readonly how: string;
}

/** The git that is found from now on fails at one of its commands. @returns mends it; the end of the test does, too. */
export function breakGit({ where, how }: BrokenGit): () => void {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const folder = temporaryFolder();
  const broken = path.join(folder, 'broken');
  const git = path.join(folder, 'git');
  writeFileSync(broken, '');
  const script = `[ -e ${broken} ] && for word in "$@"; do [ "$word" = ${where} ] && { ${how}; }; done`;
  writeFileSync(git, `#!/bin/sh\n${script}\nexec ${real} "$@"\n`);
  chmodSync(git, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  const mend = (): void => rmSync(broken, { force: true });
  onTestFinished(() => {
    mend();
    vi.unstubAllEnvs();
  });
  return mend;
}
