import path from 'node:path';
import { GitfedError } from '../../errors.ts';
import { isObservedFile } from '../../reconcile/observed.ts';
import type { RepositoryMemo } from '../../reconcile/repository-memo.ts';
import { formatRendering } from '../../render/index.ts';
import type { Rendering } from '../../render/types.ts';
import { hasErrors } from '../../report/findings.ts';
import { plainJson } from '../../report/plain-text.ts';
import { writeRendering } from '../../report/rendering-files.ts';
import { formatYamlStream } from '../../report/rendering-yaml.ts';
import { selectClusters } from '../../report/select-clusters.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { commitRendering, formatOutputSummary } from '../commit-rendering.ts';
import type { ExitCode, Io } from '../io.ts';
import { colourOption, observedOption, PATH, refOption, watchOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { renderPath } from '../repository.ts';
import { writePieces } from '../write-pieces.ts';

export const render = defineCommand({
  positional: PATH,
  description:
    'Prints the manifests of every cluster as they would be applied, or writes them into a directory or onto a branch. Needs no cluster. Findings go to standard error; exit code 1 if one is an error, the rest is rendered all the same.',
  options: {
    output: {
      alias: 'o',
      choices: ['yaml', 'json'],
      requiresArg: true,
      description: 'Prints a stream of YAML documents (the default), or one JSON document.',
    },
    'output-dir': {
      type: 'string',
      requiresArg: true,
      description:
        'Writes CLUSTER/NAMESPACE/KIND[.GROUP]-NAME.yaml into this directory, and removes what it wrote before.',
    },
    commit: {
      type: 'string',
      requiresArg: true,
      description:
        'Commits the same files on this branch, without checking anything out. Renders HEAD or --ref, never uncommitted changes.',
    },
    cluster: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Renders for this cluster only; may be repeated. The default is all of them.',
    },
    observed: observedOption,
    ref: refOption,
    watch: watchOption,
    color: colourOption,
  },
  examples: [
    ['gitfed render --cluster eu-1 | kubectl diff -f -', 'Compares one cluster with what it should be.'],
    ['gitfed render --output-dir rendered', 'Writes a file for each object.'],
    ['gitfed render --commit gitfed/rendered', 'Commits a file for each object on a branch.'],
    ['gitfed render --output-dir rendered --watch', 'Writes again what each change makes different.'],
  ],
  async run({ positional, options }, io) {
    refuseTwoOutputs(options);
    if (options.commit !== undefined) {
      if (options.watch) {
        throw new GitfedError('USAGE', '--commit and --watch do not go together: a daemon keeps a branch up to date');
      }
      return await commitRendering({ ...options, path: positional, branch: options.commit }, io);
    }
    if (!options.watch) return await show(positional, options, io);
    const { watchRepository } = await import('../watch.ts');
    const { ref, observed, output } = options;
    const files = observed !== undefined && isObservedFile(io.cwd, observed) ? [observed] : [];
    const watching = {
      path: positional,
      reads: {
        workingTree: ref === undefined,
        refs: ref !== undefined || (observed !== undefined && files.length === 0),
      },
      files,
      writes: options['output-dir'],
      isJson: output === 'json',
    };
    return await watchRepository(watching, io, (...context) => show(positional, options, ...context));
  },
});

function refuseTwoOutputs(options: {
  readonly output: string | undefined;
  readonly 'output-dir': string | undefined;
  readonly commit: string | undefined;
}): void {
  const given = (['output', 'output-dir', 'commit'] as const).filter((name) => options[name] !== undefined);
  if (given.length < 2) return;
  const names = given.map((name) => `--${name}`).join(' and ');
  throw new GitfedError('USAGE', `${names} do not go together, since only --output prints: use one of them`);
}

async function show(
  positional: string | undefined,
  options: {
    readonly ref: string | undefined;
    readonly observed: string | undefined;
    readonly cluster: readonly string[] | undefined;
    readonly output: string | undefined;
    readonly 'output-dir': string | undefined;
    readonly color: boolean | undefined;
  },
  io: Io,
  memo?: RepositoryMemo,
  onWrite?: () => void,
): Promise<ExitCode> {
  const request = { path: positional, ref: options.ref, observed: options.observed };
  const { model, rendering } = await renderPath(request, io, memo);
  const chosen = options.cluster === undefined ? rendering : selectClusters(rendering, options.cluster);
  await printFindings(rendering.findings, io.stderr, styleFor(io.stderr, options.color, io));
  if (options['output-dir'] === undefined) {
    await writePieces(options.output === 'json' ? jsonPieces(chosen) : formatYamlStream(chosen), io.stdout);
  } else {
    const isPart = options.cluster !== undefined;
    const summary = writeRendering(path.resolve(io.cwd, options['output-dir']), chosen, { model, isPart });
    if (summary.written + summary.removed > 0) onWrite?.();
    await io.stderr.write(formatOutputSummary(summary));
  }
  return hasErrors(rendering.findings) ? 1 : 0;
}

function* jsonPieces(rendering: Rendering): Generator<string> {
  for (const piece of formatRendering(rendering)) yield plainJson(piece);
}
