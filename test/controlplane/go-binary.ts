import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { access, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { poll } from './poll.ts';

/** The oldest Go which the control plane and its dependencies build with. */
const MINIMUM_GO = { major: 1, minor: 26 };

/** A holder of the lock touches it this often; one that has not for much longer is dead. */
const LOCK_HEARTBEAT_MS = 2_000;
const LOCK_STALE_MS = 30_000;
const BUILD_TIMEOUT_MS = 45 * 60_000;

export interface GoProgram {
  /** The name of the program and of its folder in the cache. */
  name: string;
  /** The folder of its main package, which has a go.mod of its own. */
  directory: string;
  ldflags?: string;
  /** Said on stderr before a build, for builds that take long. */
  notice?: string;
}

/**
 * The path of the compiled program, building it when the cache does not have it; undefined without a recent Go.
 *
 * The cache is outside the repository, so that it outlives a fresh clone, and is keyed by everything that goes into
 * the binary.
 */
export async function ensureGoBinary(program: GoProgram): Promise<string | undefined> {
  const goVersion = await recentGoVersion();
  if (goVersion === undefined) {
    return undefined;
  }
  const directory = path.join(cacheDirectory(), program.name, await fingerprint(program, goVersion));
  const binary = path.join(directory, program.name);
  if (await exists(binary)) {
    return binary;
  }
  await mkdir(directory, { recursive: true });
  await withLock(`${binary}.lock`, async () => {
    // Whoever held the lock before us may have built it.
    if (!(await exists(binary))) {
      await build(program, binary);
    }
  });
  return binary;
}

/** The version of the installed Go, for example "go1.26.8"; undefined without one or when it is too old. */
export async function recentGoVersion(): Promise<string | undefined> {
  try {
    // Not in the program's folder and without the toolchain switch: the question is what is installed.
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION'], { cwd: tmpdir(), env: goEnvironment() });
    const version = stdout.trim();
    return isRecentGo(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

function isRecentGo(version: string): boolean {
  const match = /^go(\d+)\.(\d+)/.exec(version);
  const major = Number(match?.[1]);
  const minor = Number(match?.[2]);
  return major > MINIMUM_GO.major || (major === MINIMUM_GO.major && minor >= MINIMUM_GO.minor);
}

function goEnvironment(): NodeJS.ProcessEnv {
  // Neither a go.work around the repository nor a toolchain download may change what is built.
  return { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off' };
}

/** Where everything that tests build or fetch is kept. */
export function cacheDirectory(): string {
  const cacheHome = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cacheHome, 'gitfed');
}

async function fingerprint(program: GoProgram, goVersion: string): Promise<string> {
  const hash = createHash('sha256');
  const add = (text: string | Buffer): void => {
    // With lengths, so that no two lists of parts run together to the same bytes.
    hash.update(`${Buffer.byteLength(text)}:`).update(text);
  };
  for (const part of [goVersion, process.platform, process.arch, program.ldflags ?? '']) {
    add(part);
  }
  const files = (await readdir(program.directory)).filter(isSource).sort();
  for (const file of files) {
    add(file);
    add(await readFile(path.join(program.directory, file)));
  }
  return hash.digest('hex');
}

function isSource(file: string): boolean {
  return file === 'go.mod' || file === 'go.sum' || (file.endsWith('.go') && !file.endsWith('_test.go'));
}

async function build(program: GoProgram, binary: string): Promise<void> {
  if (program.notice !== undefined) {
    process.stderr.write(`${program.notice}\n`);
  }
  // A rename within one folder is atomic: nobody ever starts half a binary.
  const unfinished = `${binary}.${process.pid}.tmp`;
  try {
    await goBuild(program, unfinished);
    await rename(unfinished, binary);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function goBuild(program: GoProgram, output: string): Promise<void> {
  const args = [
    'build',
    '-buildvcs=false',
    '-trimpath',
    '-ldflags',
    `-s -w ${program.ldflags ?? ''}`,
    '-o',
    output,
    '.',
  ];
  const child = spawn('go', args, {
    cwd: program.directory,
    env: goEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`go build of ${program.name} failed (exit code ${code}):\n${errors}`);
  }
}

/**
 * Runs `action` while no other process runs one under the same lock.
 *
 * The lock is a file whose time of modification its holder keeps fresh, so that the lock of a killed process goes
 * stale, wherever its process id was valid. Should two waiters clear a stale lock at the same moment, both build,
 * which costs time but is safe: builds do not share files.
 */
async function withLock(lock: string, action: () => Promise<void>): Promise<void> {
  const handle = await acquire(lock);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => {}); // the next beat tries again
  }, LOCK_HEARTBEAT_MS);
  try {
    await action();
  } finally {
    clearInterval(heartbeat);
    await handle.close();
    await rm(lock, { force: true });
  }
}

function acquire(lock: string): Promise<FileHandle> {
  const attempt = async (): Promise<FileHandle | undefined> => {
    try {
      return await open(lock, 'wx');
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) {
        throw error;
      }
    }
    if (await isStale(lock)) {
      await rm(lock, { force: true });
    }
    return undefined;
  };
  return poll(attempt, { what: `lock ${lock} is free`, timeoutMs: BUILD_TIMEOUT_MS, intervalMs: 50 });
}

async function isStale(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs > LOCK_STALE_MS;
  } catch {
    return false; // gone by now
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
