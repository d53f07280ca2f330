import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureGoBinary } from '../controlplane/go-binary.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Twice what it is: a dependency that was not meant to be there, or test data, would double it. */
const MOST_BYTES = 2_900_000;

/** The kubectl that bench/ measures against, built once; undefined without Go. */
const kubectl = await ensureGoBinary({
  name: 'kubectl',
  directory: join(ROOT, 'bench', 'kubectl'),
  notice: 'building kubectl for the tests; the first time takes about a minute',
});

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly integrity: string;
  readonly files: readonly { readonly path: string }[];
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

let folder: string;
let packed: Packed;
let tarball: string;
let consumer: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gitfed-package-'));
  run(process.execPath, ['scripts/build.ts'], ROOT);
  packed = pack();
  tarball = join(folder, packed.filename);
  consumer = install();
}, 300_000);

// An installation is many files, and a disk may be busy.
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
}

function pack(): Packed {
  const json = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT);
  const answer = JSON.parse(json) as Packed[] | Record<string, Packed>;
  const [first] = Object.values(answer);
  if (first === undefined) throw new Error('npm packed nothing');
  return { ...first, filename: basename(first.filename) };
}

/**
 * Installs the tarball into an empty folder, with the dependencies that this repository has locked: no version is
 * looked up, so what `npm ci` has in its cache is enough.
 */
function install(): string {
  const target = join(folder, 'consumer');
  mkdirSync(target);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const locked = Object.entries<LockedPackage>(lock.packages).filter(
    ([name, { dev, devOptional }]) => name !== '' && dev !== true && devOptional !== true,
  );
  const root = { name: 'consumer', version: '1.0.0', dependencies: { gitfed: `file:${tarball}` } };
  const gitfed = {
    version: manifest.version,
    resolved: `file:${tarball}`,
    integrity: packed.integrity,
    dependencies: manifest.dependencies,
    bin: manifest.bin,
    engines: manifest.engines,
  };
  const packages = { '': root, 'node_modules/gitfed': gitfed, ...Object.fromEntries(locked) };
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...root, private: true, type: 'module' }));
  writeFileSync(join(target, 'package-lock.json'), JSON.stringify({ ...root, lockfileVersion: 3, packages }));
  run('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], target);
  return target;
}

function gitfed(args: readonly string[], nodeArgs: readonly string[] = [], node = process.execPath) {
  const bin = join(consumer, 'node_modules', 'gitfed', 'bin', 'gitfed.js');
  const { status, stdout, stderr } = spawnSync(node, [...nodeArgs, bin, ...args], {
    cwd: consumer,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

describe('the packed package', () => {
  it('is small, and holds the program, the library and its types, and no tests or sources', () => {
    console.log(`packed: ${(packed.size / 1e6).toFixed(2)} MB in ${packed.files.length} files`);
    expect(packed.size).toBeLessThan(MOST_BYTES);
    const files = packed.files.map(({ path }) => path);
    expect(files).toEqual(
      expect.arrayContaining(['bin/gitfed.js', 'dist/cli/main.js', 'dist/lib/index.d.ts', 'LICENSE']),
    );
    expect(files).toContain('dist/cli/LICENSES.txt');
    expect(files.filter((file) => /\.test\.|^src\/|^test\/|^dist\/action|^examples\/(?!repo\/)/.test(file))).toEqual(
      [],
    );
  });

  it('exports what its manifest says, and nothing else can be reached', () => {
    const script = `
      import * as gitfed from 'gitfed';
      import * as render from 'gitfed/render';
      import manifest from 'gitfed/package.json' with { type: 'json' };
      const hidden = await import('gitfed/dist/lib/index.js').then(() => 'reached', (error) => error.code);
      const empty = [gitfed, render].flatMap((module) => Object.entries(module)).filter(([, value]) => value === undefined);
      const model = gitfed.buildModel({ entries: [], complete: true });
      const { clusters } = render.render(model);
      console.log(JSON.stringify({ names: Object.keys(gitfed), version: manifest.version, hidden, empty, clusters }));
    `;
    writeFileSync(join(consumer, 'use.js'), script);
    const seen = JSON.parse(run(process.execPath, ['use.js'], consumer));
    expect(seen).toMatchObject({ hidden: 'ERR_PACKAGE_PATH_NOT_EXPORTED', empty: [], clusters: [] });
    expect(seen.names).toEqual(expect.arrayContaining(['buildModel', 'render', 'sync', 'GitfedError']));
  });

  it('runs as a program', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(gitfed(['version'])).toEqual({ code: 0, stdout: `gitfed ${version}\n`, stderr: '' });
    expect(gitfed(['--help']).stdout).toContain('Usage: gitfed COMMAND');
    for (const command of ['init', 'validate', 'render', 'diff', 'sync', 'schema', 'version']) {
      expect(gitfed([command, '--help']), command).toMatchObject({ code: 0, stderr: '' });
    }
    expect(gitfed(['validate', '--frob'])).toMatchObject({ code: 2, stdout: '' });
    const link = join(consumer, 'node_modules', '.bin', 'gitfed');
    expect(run(link, ['--version'], consumer)).toBe(`gitfed ${version}\n`);
  });

  it('is a plug-in of kubectl, which says how it was called', () => {
    const bin = join(consumer, 'node_modules', '.bin');
    const help = run(join(bin, 'kubectl-gitfed'), ['--help'], consumer);
    expect(help).toContain('Usage: kubectl gitfed COMMAND');
    const { status, stderr } = spawnSync(join(bin, 'kubectl-gitfed'), ['validate', '--frob'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'gitfed: kubectl gitfed validate has no option --frob. See: kubectl gitfed validate --help\n',
    });
    expect(run(join(bin, 'kubectl_complete-gitfed'), ['completion', 'f'], consumer)).toBe('fish\n:4\n');
  });

  it.skipIf(kubectl === undefined)('is found by kubectl, which completes it', () => {
    const bins = [join(consumer, 'node_modules', '.bin'), dirname(process.execPath)];
    const askWith = (PATH: string, ...args: string[]) =>
      execFileSync(kubectl ?? '', args, {
        cwd: join(ROOT, 'examples/repo'),
        encoding: 'utf8',
        env: { ...process.env, PATH, KUBECONFIG: '/dev/null' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const ask = (...args: string[]) => askWith([...bins, process.env.PATH].join(delimiter), ...args);
    // kubectl complains of a plug-in that it finds twice, as it does where gitfed is installed on this machine.
    expect(askWith(bins.join(delimiter), 'plugin', 'list')).toContain('kubectl-gitfed');
    expect(ask('gitfed', 'render', '--help')).toMatch(
      /^Usage: kubectl gitfed render \[path\].*^ {2}kubectl gitfed render --o/ms,
    );
    expect(ask('__complete', 'gitfed', 'vali')).toMatch(/^validate\tReports [^\n]*\n:4\n/);
    expect(ask('__complete', 'gitfed', 'render', '--cluster', 'eu')).toBe('eu-1\neu-2\n:4\n');
    expect(ask('__complete', 'gitfed', 'render', '--observed', '')).toBe(':0\n');
    expect(ask('__complete', 'gitfed', 'render', '')).toBe(':16\n');
  });

  it('renders the example to its golden case', () => {
    const golden = join(ROOT, 'test/golden/examples-repo/expected/clusters');
    const out = join(folder, 'rendered');
    expect(gitfed(['render', join(ROOT, 'examples/repo'), '--output-dir', out])).toMatchObject({ code: 0 });
    const index = readFileSync(join(out, '.gitfed-index'), 'utf8').trim().split('\n');
    expect(index.length).toBeGreaterThan(50);
    for (const file of index) {
      expect(readFileSync(join(out, file), 'utf8'), file).toBe(readFileSync(join(golden, file), 'utf8'));
    }
  });

  it('writes a starter repository that it finds nothing wrong with', () => {
    expect(gitfed(['init', 'fleet'])).toMatchObject({ code: 0 });
    expect(gitfed(['validate', 'fleet'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('reads a kubeconfig, for which the bundle holds the Kubernetes client', () => {
    const config = join(folder, 'config');
    writeFileSync(
      config,
      'apiVersion: v1\nkind: Config\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nclusters: [{name: a, cluster: {server: "https://a.example"}}]\nusers: [{name: a, user: {}}]\n',
    );
    expect(gitfed(['init', 'joined', '--from-kubeconfig', '--kubeconfig', config])).toMatchObject({ code: 0 });
  });

  it('needs none of its dependencies to run: they are in the bundle', () => {
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    run('tar', ['-xzf', tarball, '-C', alone], folder);
    const bin = join(alone, 'package', 'bin', 'gitfed.js');
    for (const command of ['init', 'validate', 'render', 'diff', 'sync']) {
      expect(run(process.execPath, [bin, command, '--help'], alone)).toContain(`Usage: gitfed ${command}`);
    }
  });

  it('shows itself from its own files, without dependencies and without a network', () => {
    const alone = join(folder, 'demo');
    const temporary = join(folder, 'temporary');
    for (const made of [alone, temporary]) mkdirSync(made);
    run('tar', ['-xzf', tarball, '-C', alone], folder);
    const preload = join(folder, 'offline.cjs');
    writeFileSync(
      preload,
      `const { Socket } = require('node:net');
       const { connect } = Socket.prototype;
       Socket.prototype.connect = function (...args) {
         const [{ host, path } = {}] = args.flat();
         if (path === undefined && host !== '127.0.0.1') throw new Error('a connection to ' + host);
         return connect.apply(this, args);
       };`,
    );
    const bin = join(alone, 'package', 'bin', 'gitfed.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', preload, bin, 'demo'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: temporary },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('All 3 clusters are in order.');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('passes publint', () => {
    const publint = join(ROOT, 'node_modules/publint/src/cli.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [publint, tarball, '--strict'], {
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/All good/);
  });

  it('has types that every resolution of modules finds', () => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [attw, tarball, '--profile', 'esm-only'], {
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
  });
});

describe('a build', () => {
  it('gives the same bytes again', () => {
    const before = snapshot();
    run(process.execPath, ['scripts/build.ts', '--force'], ROOT);
    expect(snapshot()).toEqual(before);
  });

  function snapshot(): Readonly<Record<string, string>> {
    const files = packed.files.map(({ path }) => path).filter((path) => path.startsWith('dist/'));
    return Object.fromEntries(files.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
  }
});

describe('an older Node', () => {
  const REQUIRED = [22, 22] as const;

  it('is what engines and the program agree on', () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(engines.node).toBe(`>=${REQUIRED.join('.')}`);
    expect(readFileSync(join(ROOT, 'bin/gitfed.js'), 'utf8')).toContain(`var REQUIRED = [${REQUIRED.join(', ')}];`);
  });

  it.each(['12.22.12', '20.20.2', '22.21.1'])(
    '%s (as it names itself) gets one plain line and exit code 2',
    (version) => {
      const preload = join(folder, `node-${version}.cjs`);
      const versions = `Object.assign({}, process.versions, { node: '${version}' })`;
      writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
      expectRefusal(gitfed(['--help'], ['--require', preload]), version);
    },
  );

  it.each(['22.22.0', '23.0.0', '100.1.0'])('%s is no older one', (version) => {
    const preload = join(folder, `node-${version}.cjs`);
    const versions = `Object.assign({}, process.versions, { node: '${version}' })`;
    writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
    expect(gitfed(['--help'], ['--require', preload])).toMatchObject({ code: 0, stderr: '' });
  });

  it('that is really installed here is refused in the same way', () => {
    const older = olderNodes();
    console.log(`older Node.js on this machine: ${older.map(({ version }) => version).join(', ') || 'none'}`);
    for (const { file, version } of older) expectRefusal(gitfed(['--help'], [], file), version);
  });

  function expectRefusal(result: ReturnType<typeof gitfed>, version: string): void {
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toBe(`gitfed needs Node.js 22.22 or newer; this is ${version}. Install a newer Node.js.\n`);
  }

  function olderNodes(): { readonly file: string; readonly version: string }[] {
    const files = (process.env.PATH ?? '').split(delimiter).map((entry) => join(entry, 'node'));
    return files
      .filter((file) => existsSync(file) && statSync(file).isFile())
      .map((file) => ({ file, version: run(file, ['--version'], folder).trim().slice(1) }))
      .filter(({ version }) => {
        const [major = 0, minor = 0] = version.split('.').map(Number);
        return major >= 14 && (major < REQUIRED[0] || (major === REQUIRED[0] && minor < REQUIRED[1]));
      });
  }
});
