import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../helpers/git-repository.ts';

export interface TracedGit {
  /** Everything that every git process, and whatever it started, said of itself: command lines above all. */
  trace(): string;
}

/** Lets git write down the command lines of all its processes until the test ends, with these settings as the person's own. */
export function traceGit(configuration = ''): TracedGit {
  const folder = temporaryFolder();
  const [file, config] = [path.join(folder, 'trace'), path.join(folder, 'gitconfig')];
  writeFileSync(config, `${configuration}\n[trace2]\n\teventTarget = ${file}\n`);
  vi.stubEnv('GIT_CONFIG_GLOBAL', config);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { trace: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}
