import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../../errors.ts';
import { CHAINED, type HookScript, hookScript, isHookScript } from './hook-script.ts';

export interface InstallRequest {
  readonly folder: string;
  readonly script: HookScript;
  /** What becomes of a hook of somebody else: it stays, it is run first, or it is kept under another name. */
  readonly others: 'keep' | 'chain' | 'replace';
}

/** What is going to be done about one hook. Nothing is done yet. */
export interface InstallPlan {
  readonly file: string;
  readonly text: string;
  /** Where a hook of somebody else goes. */
  readonly moved?: string;
  readonly action: 'write' | 'nothing';
}

/** The name that a hook of somebody else gets with `--force`. */
const REPLACED = '.replaced';

/** @throws {GitfedError} `USAGE` where there is a hook of somebody else, and nobody said what becomes of it. */
export function planInstall({ folder, script, others }: InstallRequest): InstallPlan {
  const file = path.join(folder, script.hook);
  const text = hookScript(script);
  if (!isThere(file)) return { file, text, action: 'write' };
  const present = readText(file);
  if (present !== undefined && isHookScript(present)) {
    return { file, text, action: present === text && isExecutable(file) ? 'nothing' : 'write' };
  }
  if (others === 'keep') {
    throw new GitfedError(
      'USAGE',
      `${file} is there already, and not from gitfed. Nothing was written. With --chain it becomes ${script.hook}${CHAINED} and is run first; with --force it becomes ${script.hook}${REPLACED} and is run no more.`,
    );
  }
  const moved = `${file}${others === 'chain' ? CHAINED : REPLACED}`;
  if (!isThere(moved)) return { file, text, moved, action: 'write' };
  throw new GitfedError('USAGE', `${file} cannot be moved: ${moved} is there already. Move one of them yourself.`);
}

export function install({ file, text, moved, action }: InstallPlan): void {
  if (action === 'nothing') return;
  mkdirSync(path.dirname(file), { recursive: true });
  if (moved !== undefined) renameSync(file, moved);
  // A push that comes meanwhile sees one hook or the other, and no half of one.
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text);
  chmodSync(fresh, 0o755);
  renameSync(fresh, file);
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function isExecutable(file: string): boolean {
  return ((lstatSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o111) === 0o111;
}

/** `undefined` for what cannot be read, such as a link to nowhere. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
