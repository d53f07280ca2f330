import { stringifyJson } from '../../core/index.ts';
import { findingToJson } from '../../render/index.ts';
import { changeSetToJson } from '../../report/change-json.ts';
import { type ChangeSet, compareRenderings, isEmptyChangeSet } from '../../report/change-set.ts';
import { formatChangeSet } from '../../report/change-text.ts';
import { hasErrors } from '../../report/findings.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { colourOption, PATH, refOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { type ComparedPath, comparePath } from '../repository.ts';

export const diff = defineCommand({
  positional: PATH,
  description:
    'Shows what a change of the repository means for every cluster: by object, and folded, so that what is the same in many clusters is said once. Values of Secrets are masked. Needs no cluster. Exit code 1 if there are differences or errors.',
  options: {
    against: {
      type: 'string',
      requiresArg: true,
      description:
        'Compares with this commit, branch or tag. The default is HEAD if there are uncommitted changes, else where the current branch left the default branch.',
    },
    ref: refOption,
    output: {
      alias: 'o',
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or a JSON document.',
    },
    color: colourOption,
  },
  examples: [
    ['gitfed diff', 'Shows what the uncommitted changes, or those of this branch, mean.'],
    ['gitfed diff --against v1.4 --ref v1.5', 'Compares two tags.'],
  ],
  async run({ positional, options }, io) {
    const compared = await comparePath({ path: positional, ref: options.ref, against: options.against }, io);
    const changes = compareRenderings(compared.before.rendering, compared.after.rendering);
    const { findings } = compared.after.rendering;
    if (options.output === 'json') {
      await io.stdout.write(toJson(compared, changes));
    } else {
      await printFindings(findings, io.stderr, styleFor(io.stderr, options.color, io));
      await printHints(compared, changes, io);
      await io.stdout.write(formatChangeSet(changes, styleFor(io.stdout, options.color, io)));
    }
    return isEmptyChangeSet(changes) && !hasErrors(findings) ? 0 : 1;
  },
});

function toJson({ from, to, after }: ComparedPath, changes: ChangeSet): string {
  const document = { from, to, ...changeSetToJson(changes), findings: after.rendering.findings.map(findingToJson) };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

async function printHints({ from, to, before, after }: ComparedPath, changes: ChangeSet, io: Io): Promise<void> {
  const names = `${plainText(from)} and ${plainText(to)}`;
  if (isEmptyChangeSet(changes)) await io.stderr.write(`No difference between ${names}.\n`);
  else await io.stderr.write(`From ${plainText(from)} to ${plainText(to)}:\n`);
  if (hasErrors(before.rendering.findings)) {
    await io.stderr.write(`${plainText(from)} has errors: what they held back is missing on that side.\n`);
  }
  const hold = after.model.holds[0];
  if (hold === undefined) return;
  const place = `${plainText(hold.file)}:${hold.line}`;
  await io.stderr.write(`While ${place} is in error, a sync deletes nothing and changes no planned replicas.\n`);
}
