import { stringifyJson } from '../../core/index.ts';
import type { RepositoryMemo } from '../../reconcile/repository-memo.ts';
import { findingToJson } from '../../render/index.ts';
import {
  countFindings,
  formatAnnotation,
  formatFinding,
  formatFindingCounts,
  hasErrors,
} from '../../report/findings.ts';
import { plainJson } from '../../report/plain-text.ts';
import { findingsToSarif } from '../../report/sarif.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { ExitCode, Io } from '../io.ts';
import { colourOption, PATH, refOption, watchOption } from '../options.ts';
import { renderPath } from '../repository.ts';

export const validate = defineCommand({
  positional: PATH,
  description:
    'Reports everything that is wrong or doubtful in a repository, with file, line and column: what does not parse, what does not fit, and what would not do what it seems to say. Needs no cluster. Exit code 1 if there is an error.',
  options: {
    output: {
      alias: 'o',
      choices: ['text', 'json', 'github', 'sarif'],
      default: 'text',
      requiresArg: true,
      description:
        'Prints lines for people, a JSON document, annotations for GitHub Actions, or SARIF 2.1.0 for code scanning.',
    },
    ref: refOption,
    watch: watchOption,
    color: colourOption,
  },
  examples: [
    ['gitfed validate', 'Checks the working tree in the current folder.'],
    ['gitfed validate --watch', 'Checks it again after each change.'],
    ['gitfed validate -o sarif > gitfed.sarif', 'Writes a file that code scanning of GitHub takes.'],
    ['gitfed validate --ref v1.4 -o json', 'Checks a tag, for another program.'],
  ],
  async run({ positional, options }, io) {
    if (!options.watch) return await show(positional, options, io);
    const { watchRepository } = await import('../watch.ts');
    const reads = { workingTree: options.ref === undefined, refs: options.ref !== undefined };
    return await watchRepository({ path: positional, reads, isJson: isJson(options.output) }, io, (to, memo) =>
      show(positional, options, to, memo),
    );
  },
});

async function show(
  path: string | undefined,
  options: { readonly ref: string | undefined; readonly output: string; readonly color: boolean | undefined },
  io: Io,
  memo?: RepositoryMemo,
): Promise<ExitCode> {
  const { rendering } = await renderPath({ path, ref: options.ref }, io, memo);
  const { findings } = rendering;
  const counts = countFindings(findings);
  const style = styleFor(io.stdout, options.color, io);
  if (isJson(options.output)) {
    const json = { ...counts, findings: findings.map(findingToJson) };
    const document = options.output === 'json' ? json : findingsToSarif(findings);
    await io.stdout.write(`${plainJson(stringifyJson(document, 2))}\n`);
  } else {
    const format = options.output === 'github' ? formatAnnotation : undefined;
    for (const finding of findings) await io.stdout.write(`${format?.(finding) ?? formatFinding(finding, style)}\n`);
    await io.stderr.write(`${formatFindingCounts(counts)}\n`);
  }
  return hasErrors(findings) ? 1 : 0;
}

function isJson(output: string): boolean {
  return output === 'json' || output === 'sarif';
}
