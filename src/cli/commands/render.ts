import path from 'node:path';
import { GitfedError } from '../../errors.ts';
import { formatRendering } from '../../render/index.ts';
import type { Rendering } from '../../render/types.ts';
import { hasErrors } from '../../report/findings.ts';
import type { OutputSummary } from '../../report/output-directory.ts';
import { plainJson } from '../../report/plain-text.ts';
import { writeRendering } from '../../report/rendering-files.ts';
import { formatYamlStream } from '../../report/rendering-yaml.ts';
import { selectClusters } from '../../report/select-clusters.ts';
import { count } from '../../report/wording.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { colourOption, PATH, refOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { renderPath } from '../repository.ts';
import { writePieces } from '../write-pieces.ts';

export const render = defineCommand({
  positional: PATH,
  description:
    'Prints the manifests of every cluster as they would be applied, or writes them into a directory. Needs no cluster. Findings go to standard error; exit code 1 if one is an error, the rest is rendered all the same.',
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
    cluster: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Renders for this cluster only; may be repeated. The default is all of them.',
    },
    observed: {
      type: 'string',
      requiresArg: true,
      description: 'Plans replicas with these observations of the members. The default is that every cluster is ready.',
    },
    ref: refOption,
    color: colourOption,
  },
  examples: [
    ['gitfed render --cluster eu-1 | kubectl diff -f -', 'Compares one cluster with what it should be.'],
    ['gitfed render --output-dir rendered', 'Writes a file for each object.'],
  ],
  async run({ positional, options }, io) {
    if (options.output !== undefined && options['output-dir'] !== undefined) {
      throw new GitfedError('USAGE', '--output says how to print, --output-dir prints nothing: use one of them');
    }
    const { model, rendering } = await renderPath(
      { path: positional, ref: options.ref, observed: options.observed },
      io,
    );
    const chosen = options.cluster === undefined ? rendering : selectClusters(rendering, options.cluster);
    await printFindings(rendering.findings, io.stderr, styleFor(io.stderr, options.color, io));
    if (options['output-dir'] === undefined) {
      await writePieces(options.output === 'json' ? jsonPieces(chosen) : formatYamlStream(chosen), io.stdout);
    } else {
      const isPart = options.cluster !== undefined;
      const summary = writeRendering(path.resolve(io.cwd, options['output-dir']), chosen, { model, isPart });
      await io.stderr.write(formatOutputSummary(summary));
    }
    return hasErrors(rendering.findings) ? 1 : 0;
  },
});

function* jsonPieces(rendering: Rendering): Generator<string> {
  for (const piece of formatRendering(rendering)) yield plainJson(piece);
}

function formatOutputSummary({ written, unchanged, removed, kept }: OutputSummary): string {
  const rest = kept === 0 ? '' : `, ${kept} kept because of the errors above`;
  return `${count(written, 'file')} written, ${unchanged} unchanged, ${removed} removed${rest}\n`;
}
