import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GitfedError } from '../../errors.ts';
import { plainText } from '../../report/plain-text.ts';
import { defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { exampleClusters, inventoryName, type StarterFile, starterFiles } from '../starter.ts';

export const init = defineCommand({
  positional: {
    name: 'dir',
    description: 'Where to write. It is created if it is not there. The default is the current folder.',
  },
  description:
    'Writes a starter repository: clusters, a namespace with one workload, gitfed.yaml and a workflow for GitHub. Files that are there already are left as they are.',
  options: {
    'from-kubeconfig': {
      type: 'boolean',
      default: false,
      description: 'Writes one KubeFedCluster for each context of a kubeconfig, without its credentials.',
    },
    context: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Takes only this context of the kubeconfig; may be repeated. The default is all of them.',
    },
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      description: 'Reads this kubeconfig. The default is $KUBECONFIG, else ~/.kube/config.',
    },
  },
  examples: [
    ['gitfed init fleet', 'Writes a starter repository into the folder fleet.'],
    [
      'gitfed init --from-kubeconfig --context eu-1 --context us-1',
      'Writes one here, with two clusters of a kubeconfig.',
    ],
  ],
  async run({ positional, options }, io) {
    const fromKubeconfig = options['from-kubeconfig'];
    if (!fromKubeconfig && (options.context !== undefined || options.kubeconfig !== undefined)) {
      throw new GitfedError('USAGE', '--context and --kubeconfig need --from-kubeconfig');
    }
    const root = path.resolve(io.cwd, positional ?? '.');
    const clusters = fromKubeconfig
      ? await readKubeconfig(options.kubeconfig, options.context ?? [], io)
      : exampleClusters();
    const files = [...clusters, ...starterFiles(inventoryName(path.basename(root)))];

    for (const starter of files) {
      const written = writeNew(root, starter);
      await io.stdout.write(`${written ? 'created' : 'kept   '} ${plainText(starter.path)}\n`);
    }
    await io.stderr.write(nextSteps(positional, fromKubeconfig));
    return 0;
  },
});

async function readKubeconfig(
  file: string | undefined,
  contexts: readonly string[],
  io: Io,
): Promise<readonly StarterFile[]> {
  const { clustersFromKubeconfigs, defaultKubeconfigs } = await import('../kubeconfig-clusters.ts');
  const files = file === undefined ? defaultKubeconfigs(io.env) : [path.resolve(io.cwd, file)];
  return clustersFromKubeconfigs(files, contexts);
}

/** False where something is there already: `wx` neither overwrites nor follows a symbolic link. */
function writeNew(root: string, { path: name, content }: StarterFile): boolean {
  const target = path.join(root, name);
  makeDirectory(root, path.dirname(name));
  try {
    writeFileSync(target, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function makeDirectory(root: string, name: string): void {
  mkdirSync(root, { recursive: true });
  if (name === '.') return;
  makeDirectory(root, path.dirname(name));
  const directory = path.join(root, name);
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) mkdirSync(directory);
  else if (!found.isDirectory())
    throw new GitfedError('USAGE', `${directory} is not a directory: nothing was written into it`);
}

function nextSteps(directory: string | undefined, fromKubeconfig: boolean): string {
  const steps = [
    ...(directory === undefined ? [] : [`cd ${plainText(directory)}`]),
    ...(fromKubeconfig ? [] : ['# put the real endpoints into clusters/']),
    'gitfed validate',
    'git init && git add . && git commit -m "A fleet"',
    `gitfed sync ${fromKubeconfig ? '--kubeconfig FILE' : '--credentials-dir DIR'}   # nothing is applied before this`,
  ];
  return `\nNext:\n${steps.map((step) => `  ${step}\n`).join('')}`;
}
