import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { cacheDirectory } from '../controlplane/go-binary.ts';

const run = promisify(execFile);

/** A shell that can be started. */
export interface ShellProgram {
  readonly file: string;
  /** What it needs where it is not installed but unpacked. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder that it was unpacked into. */
  readonly root?: string;
}

/** The packages of Debian that a shell is made of, beyond what every Debian has. */
const PACKAGES = { zsh: ['zsh', 'zsh-common'], fish: ['fish', 'fish-common', 'libpcre2-32-0'] } as const;

const FILES = { zsh: ['bin/zsh', 'usr/bin/zsh'], fish: ['usr/bin/fish'] } as const;

/**
 * The shell of the machine; else Debian's, unpacked into the cache, for which no rights are needed.
 * Undefined where there is neither, which is an error in CI.
 */
export async function ensureShell(name: 'zsh' | 'fish'): Promise<ShellProgram | undefined> {
  const installed = await installedShell(name);
  if (installed !== undefined) return { file: installed, env: {} };
  const root = path.join(cacheDirectory(), 'shells', `${name}-${process.arch}`);
  try {
    if (!(await exists(root))) await unpack(name, root);
  } catch (error) {
    if (/^(?:1|true)$/.test(process.env.CI ?? '')) throw new Error(`no ${name}: install it`, { cause: error });
    return undefined;
  }
  for (const file of FILES[name]) {
    const found = path.join(root, file);
    if (await exists(found)) return { file: found, env: { LD_LIBRARY_PATH: await libraryFolder(root) }, root };
  }
  return undefined;
}

async function installedShell(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder !== '' && (await exists(file))) return file;
  }
  return undefined;
}

/** Lists and packages go to a folder of their own: the machine's apt is not touched. */
async function unpack(name: keyof typeof PACKAGES, root: string): Promise<void> {
  process.stderr.write(`unpacking ${name} from Debian for the tests\n`);
  await mkdir(path.dirname(root), { recursive: true });
  const work = await mkdtemp(`${root}-`);
  try {
    const [state, cache, fresh] = ['state', 'cache', 'root'].map((folder) => path.join(work, folder));
    await Promise.all([`${state}/lists/partial`, `${cache}/archives/partial`, fresh ?? ''].map(makeFolder));
    const settings = [`Dir::State=${state}`, 'Dir::State::status=/var/lib/dpkg/status', `Dir::Cache=${cache}`];
    const apt = ['-qq', ...[...settings, 'Debug::NoLocking=1', 'APT::Sandbox::User='].flatMap((item) => ['-o', item])];
    await run('apt-get', [...apt, 'update'], { cwd: work });
    await run('apt-get', [...apt, 'download', ...PACKAGES[name]], { cwd: work });
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', path.join(work, file), fresh ?? '']);
    }
    // Another process may have been quicker; what it unpacked is the same.
    await rename(fresh ?? '', root).catch(async (error) => {
      if (!(await exists(root))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

/** `usr/lib/x86_64-linux-gnu`, whatever the machine is called. */
async function libraryFolder(root: string): Promise<string> {
  const folder = path.join(root, 'usr', 'lib');
  const machine = (await readdir(folder)).find((name) => name.endsWith('-linux-gnu'));
  return path.join(folder, machine ?? '');
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
