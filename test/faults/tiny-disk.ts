import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../helpers/git-repository.ts';

/** A file system of a few megabytes that goes with the test. */
export interface TinyDisk {
  readonly folder: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Takes away what filled it. */
  makeRoom(): void;
}

/** For root, and for who may become root without being asked, as on the machines of a CI. */
export function mountTinyDisk(): TinyDisk {
  const folder = temporaryFolder();
  run('mount', '-t', 'tmpfs', '-o', 'size=4m,mode=0777', 'tmpfs', folder);
  onTestFinished(() => run('umount', '--lazy', folder));
  const filler = path.join(folder, 'filler');
  return {
    folder,
    fill() {
      for (let size = 4 * 1024 * 1024; size >= 512; size /= 2) fillWith(filler, size);
    },
    makeRoom: () => rmSync(filler),
  };
}

function fillWith(file: string, size: number): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

function run(...command: readonly [string, ...string[]]): void {
  const [program, ...args] = process.getuid?.() === 0 ? command : (['sudo', '-n', ...command] as const);
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error?.message ?? stderr}`);
}
