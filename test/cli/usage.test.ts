import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { VERSION } from '../../src/version.ts';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { createFolder, gitfed, ROOT, spawnGitfed } from './run-gitfed.ts';

describe('the command line', () => {
  it.each([['--help'], ['-h'], ['help']])('%s lists every command on standard output', async (option) => {
    const { code, stdout, stderr } = await gitfed([option], ROOT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { usage, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^ {2}${usage.replace(/[[\]]/g, '\\$&')} +${summary}$`, 'm'));
  });

  it.each<[words: string, args: readonly string[]]>([
    ['migrate --help', ['migrate', '--help']],
    ['migrate -h', ['migrate', '-h']],
    ['help migrate', ['help', 'migrate']],
  ])('%s lists what migrate has', async (_words, args) => {
    const { code, stdout, stderr } = await gitfed(args, ROOT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: gitfed migrate COMMAND [options]\n');
    const names = [...stdout.matchAll(/^ {2}(migrate \w+)/gm)].map(([, name]) => name);
    expect(names).toEqual(['migrate plan', 'migrate check', 'migrate cutover', 'migrate rollback']);
  });

  it('import alone says what may follow it, and does not end well', async () => {
    const { code, stdout, stderr } = await gitfed(['import'], ROOT);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^ {2}import kubefed .*\n {2}import federation-v1 /m);
  });

  it.each([['--version'], ['version']])('%s prints the version of the package', async (option) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(VERSION).toBe(manifest.version);
    expect(await gitfed([option], ROOT)).toEqual({ code: 0, stdout: `gitfed ${manifest.version}\n`, stderr: '' });
  });

  it.each(COMMANDS.map(({ name }) => [name]))('%s --help says what each option does and ends well', async (name) => {
    const { code, stdout, stderr } = await gitfed([...name.split(' '), '--help'], ROOT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: gitfed ${COMMANDS.find((entry) => entry.name === name)?.usage}`);
  });

  it.each(COMMANDS.map((entry) => [entry.name, entry] as const))(
    'every option of %s is a full sentence, and is in docs/cli.md',
    async (_name, entry) => {
      const { options } = await entry.load();
      const page = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8');
      const section = page.split(/^## /m).find((text) => text.startsWith(`gitfed ${entry.usage}\n`)) ?? '';
      expect(section).not.toBe('');
      for (const [option, { description }] of Object.entries(options)) {
        expect(description, option).toMatch(/^[A-Z].*\.$/s);
        expect(section, option).toContain(`--${option}`);
      }
    },
  );

  it.each<[title: string, args: readonly string[], message: RegExp]>([
    ['a command that is not there', ['redner'], /no command "redner": did you mean gitfed render\?/],
    [
      'a second word that is not there',
      ['migrate', 'chekc'],
      /no command "migrate chekc": did you mean gitfed migrate check\?/,
    ],
    [
      'a second word far from any',
      ['import', 'helm'],
      /no command "import helm": commands are import kubefed, import federation-v1/,
    ],
    ['a command far from any', ['frobnicate'], /commands are init, validate/],
    ['an option before the command', ['--ref', 'x', 'render'], /Options come after the command/],
    ['an unknown option', ['validate', '--frob'], /validate has no option --frob\. See: gitfed validate --help/],
    ['a misspelt option', ['render', '--clutser', 'x'], /did you mean --cluster\?/],
    ['an unknown short option', ['render', '-x'], /Unknown argument: x/],
    ['an argument too many', ['validate', 'a', 'b'], /Unknown argument: b/],
    ['an option without its value', ['render', '--cluster'], /[Nn]ot enough arguments.*cluster/],
    ['an option that comes twice', ['render', '--ref', 'a', '--ref', 'b'], /--ref was given more than once/],
    ['a format that comes twice', ['render', '-o', 'yaml', '-o', 'json'], /--output was given more than once/],
    ['a format that is not there', ['validate', '-o', 'xml'], /Choices: "text", "json", "github", "sarif"/],
    ['two ways of output', ['render', '-o', 'json', '--output-dir', 'x'], /use one of them/],
    ['a number that is none', ['sync', '--allow-deletions', 'many'], /must be a whole number/],
    ['a negative number', ['sync', '--allow-deletions=-1'], /must be a whole number/],
    ['a time without a unit', ['sync', '--request-timeout', '15'], /such as 15s/],
    ['options that need another', ['init', '--context', 'a'], /need --from-kubeconfig/],
  ])('%s is a usage error: exit code 2, and words on standard error', async (_title, args, message) => {
    const { code, stdout, stderr } = await gitfed(args, createFolder());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('without a command shows the help on standard error', async () => {
    const { code, stdout, stderr } = await gitfed([], ROOT);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: gitfed COMMAND');
  });

  it.each<[title: string, args: readonly string[]]>([
    ['a folder that is not there', ['validate', 'nowhere']],
    ['a commit without a repository', ['render', '--ref', 'HEAD']],
    ['a comparison without a repository', ['diff']],
    ['observations that are not there', ['render', '--observed', 'nowhere.yaml']],
  ])('%s means that it could not run', async (_title, args) => {
    const { code, stdout, stderr } = await gitfed(args, createFolder({ 'fleet.yaml': FLEET }));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^gitfed: /);
    expect(stderr).not.toMatch(/internal error/);
  });

  it('takes a path that looks like a number for a path', async () => {
    const folder = createFolder({ '1e3/fleet.yaml': FLEET });
    expect(await gitfed(['validate', '1e3'], folder)).toMatchObject({ code: 0 });
  });

  it('takes everything after -- for a path', async () => {
    const folder = createFolder({ '--odd/fleet.yaml': FLEET });
    expect(await gitfed(['validate', '--', '--odd'], folder)).toMatchObject({ code: 0 });
  });
});

describe('the process', () => {
  it('ends with the exit code of the command', () => {
    expect(spawnGitfed(['validate'], createFolder({ 'bad.yaml': '[' }))).toMatchObject({ code: 1 });
    expect(spawnGitfed(['--help'], ROOT)).toMatchObject({ code: 0, stderr: '' });
    expect(spawnGitfed(['nothing'], ROOT)).toMatchObject({ code: 2, stdout: '' });
  });

  it('does not mind a reader that has seen enough', async () => {
    const objects = Array.from({ length: 3000 }, (_, index) =>
      federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', `{name: c${index}, namespace: shop}`),
    );
    const folder = createFolder({ 'fleet.yaml': FLEET, 'many.yaml': documents(...objects) });
    const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'render'], { cwd: folder });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('colour', () => {
  const folder = (): string => createFolder({ 'bad.yaml': '[' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colour is made of.
  const COLOUR = /\u001b\[/;
  it('is off where nobody sees it, and on if it is asked for', async () => {
    expect((await gitfed(['validate'], folder())).stdout).not.toMatch(COLOUR);
    expect((await gitfed(['validate', '--color'], folder())).stdout).toMatch(COLOUR);
    expect((await gitfed(['validate', '--no-color'], folder())).stdout).not.toMatch(COLOUR);
  });
});
