import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { repositoryValues } from '../../src/cli/completion/repository-values.ts';
import { optionValue, positionalValue } from '../../src/cli/option-values.ts';
import { cluster, documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, git, gitfed, ROOT, writeFiles } from './run-gitfed.ts';

/** What a shell gets as an answer: candidates with their descriptions, and what it is to do. */
async function answer(words: readonly string[], folder: string, env = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await gitfed(['__complete', ...words], folder, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
}

/** Without descriptions. */
async function values(words: readonly string[], folder: string): Promise<readonly string[]> {
  return (await answer(words, folder)).map((line) => line.split('\t')[0] ?? '');
}

const OBJECTS = documents(
  federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', '{name: web, namespace: shop}'),
  federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}', '{name: other, namespace: till}'),
);

describe('completion', () => {
  it('offers every command with what it does, and the words that stand for one', async () => {
    const lines = await answer([''], ROOT);
    // A word that is no command by itself is told by the first one that begins with it.
    const heads = COMMANDS.map(({ name }) => name.split(' ')[0]);
    const expected = COMMANDS.flatMap(({ summary }, index) =>
      heads.indexOf(heads[index]) === index ? [`${heads[index]}\t${summary}`] : [],
    );
    expect(lines.slice(0, expected.length)).toEqual(expected);
    expect(lines.slice(expected.length)).toEqual([
      '--help\tShows the help',
      '--version\tPrints the version of gitfed',
      ':4',
    ]);
    expect(await values(['help', 'va'], ROOT)).toEqual(['validate', ':4']);
  });

  it.each<[title: string, words: readonly string[], offered: readonly string[]]>([
    ['options by their beginning', ['render', '--out'], ['--output', '--output-dir', ':4']],
    ['no option twice', ['render', '--output', 'yaml', '--out'], ['--output-dir', ':4']],
    ['an option twice that may be repeated', ['render', '--cluster', 'a', '--cl'], ['--cluster', ':4']],
    ['both ways of a switch without a default', ['validate', '--c'], ['--color', ':4']],
    ['the way off of a switch that is on', ['sync', '--no-p'], ['--no-prune', ':4']],
    ['choices', ['validate', '--output', 'j'], ['json', ':4']],
    ['choices of a short option', ['validate', '-o', 'j'], ['json', ':4']],
    ['choices behind an equals sign', ['validate', '--output=j'], ['--output=json', ':4']],
    ['choices of an argument', ['completion', ''], ['bash', 'zsh', 'fish', ':4']],
    ['clusters', ['render', '--cluster', 'eu'], ['eu-1', ':4']],
    ['clusters of a path that was given', ['render', 'inner', '--cluster', ''], ['moon', ':4']],
    ['clusters of a commit that was given', ['render', '--ref', 'v1', '--cluster', ''], ['eu-1', 'us-1', ':4']],
    ['branches and tags', ['diff', '--against', ''], ['HEAD', 'main', 'v1', ':4']],
    ['folders for a path', ['render', ''], [':16']],
    ['folders after --', ['render', '--', '-'], [':16']],
    ['files', ['render', '--observed', ''], [':0']],
    ['nothing where a time stands', ['sync', '--wait-timeout', ''], [':4']],
    ['nothing after an unknown command', ['redner', ''], [':4']],
    ['nothing for a value of an unknown option', ['render', '--frob='], [':4']],
    ['nothing for a commit that is not there', ['render', '--ref', 'nowhere', '--cluster', ''], [':4']],
    ['nothing of a repository that is elsewhere', ['sync', 'https://git.example/x', '--ref', ''], [':4']],
    ['nothing of a folder that is not there', ['render', 'nowhere', '--cluster', ''], [':4']],
  ])('offers %s', async (_title, words, offered) => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    git(folder, 'tag', 'v1');
    writeFiles(folder, { 'inner/moon.yaml': cluster('moon') });
    expect(await values(words, folder)).toEqual(offered);
  });

  it('offers clusters of HEAD in a bare repository, and of the home folder behind a tilde', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    const home = createFolder();
    git(home, 'clone', '--quiet', '--bare', folder, 'fleet.git');
    expect(await values(['sync', 'fleet.git', '--cluster', ''], home)).toEqual(['eu-1', 'us-1', ':4']);
    const lines = await answer(['sync', '~/fleet.git', '--cluster', ''], folder, { HOME: home });
    expect(lines).toEqual(['eu-1', 'us-1', ':4']);
  });

  it('offers no name that would not come through a line, and describes in one line', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    commitAll(folder);
    git(folder, 'branch', 'evil\u202etxt');
    git(folder, 'branch', 'grün');
    expect(await values(['diff', '--ref', ''], folder)).toEqual(['HEAD', 'grün', 'main', ':4']);
    for (const { name } of COMMANDS) {
      for (const line of (await answer([...name.split(' '), '-'], folder)).slice(0, -1)) {
        expect(line, name).toMatch(/^-[\w-]+\t[^\t]{1,110}$/);
      }
    }
  });

  it('offers federated objects and their namespaces', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'objects.yaml': OBJECTS });
    const io = { cwd: folder, env: {} };
    const request = { folder: undefined, ref: undefined, namespace: undefined };
    expect(await repositoryValues('OBJECT', request, io)).toEqual([
      'FederatedConfigMap/web',
      'FederatedConfigMap/other',
      'FederatedNamespace/shop',
    ]);
    const inTill = { ...request, namespace: 'till' };
    expect(await repositoryValues('OBJECT', inTill, io)).toEqual(['FederatedConfigMap/other']);
    const typed = ['explain', '--path', '.', '-n', 'till', 'Fed'];
    expect(await values(typed, folder)).toEqual(['FederatedConfigMap/other', ':4']);
    expect(await repositoryValues('NAMESPACE', request, io)).toEqual(['shop', 'till']);
  });

  it.each(COMMANDS.map((entry) => [entry.name, entry] as const))(
    'knows what every value of %s is',
    async (_n, entry) => {
      const { options, positional } = await entry.load();
      for (const [name, { type, choices }] of Object.entries(options)) {
        if (type !== 'boolean' && choices === undefined) expect(optionValue(name), name).not.toBe('VALUE');
      }
      if (positional !== undefined && positional.choices === undefined) {
        expect(positionalValue(positional.name)).not.toBe('VALUE');
      }
    },
  );
});

describe('gitfed completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { code, stdout, stderr } = await gitfed(['completion', shell], ROOT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('gitfed __complete');
  });

  it.each([[[]], [['tcsh']]])('asks for a shell that it knows: %j', async (args) => {
    const { code, stdout, stderr } = await gitfed(['completion', ...args], ROOT);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/bash.*zsh.*fish/);
  });
});
