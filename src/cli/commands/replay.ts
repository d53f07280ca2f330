import { formatYaml, type JsonObject, stringifyJson } from '../../core/index.ts';
import { replay as replayPlan } from '../../reconcile/replay.ts';
import { plainJson } from '../../report/plain-text.ts';
import { type ReplayView, replayToJson } from '../../report/replay-json.ts';
import { formatReplay } from '../../report/replay-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { colourOption } from '../options.ts';
import { createPhaseProgress } from '../phase-progress.ts';
import { sourceOf } from '../read-status.ts';

export const replay = defineCommand({
  positional: {
    name: 'source-commit',
    description: 'The commit that was planned. Alone, it is a commit of the status branch, which says both.',
  },
  second: {
    name: 'observations',
    description:
      'What was observed: a commit of the status branch, the tree that its trailer Observations-Tree names, or a file.',
  },
  description:
    'Plans replicas again from a commit and from observations: the plan that a daemon made from the two, byte for byte the same on any machine. Without arguments it is that of the last status commit. Needs no cluster.',
  options: {
    output: {
      alias: 'o',
      choices: ['text', 'yaml', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or one document of YAML or JSON.',
    },
    check: {
      type: 'boolean',
      default: false,
      description: 'Compares with what the status commit says was applied; exit code 1 if a number differs.',
    },
    path: {
      type: 'string',
      requiresArg: true,
      description:
        'Reads this repository: a folder, a folder of one, or a URL that git can fetch. The default is the current folder.',
    },
    color: colourOption,
  },
  examples: [
    ['gitfed replay', 'Plans what the last status commit tells of.'],
    ['gitfed replay gitfed/status~3 --check', 'Whether an earlier one is what was applied.'],
    ['gitfed replay main observed.yaml', 'Plans with observations of a file.'],
  ],
  async run({ positional, second, options }, io) {
    const names = second === undefined ? { observed: positional } : { commit: positional, observed: second };
    const progress = createPhaseProgress(io.stderr);
    let view: ReplayView;
    try {
      progress.begin('planning');
      const request = { source: sourceOf(options.path, io), cwd: io.cwd, check: options.check, ...names };
      const { model, ...result } = await replayPlan(request);
      view = { ...result, holds: model.holds };
    } finally {
      progress.clear();
    }
    await io.stdout.write(format(view, options, io));
    return view.check !== undefined && view.check.differences.length > 0 ? 1 : 0;
  },
});

function format(
  view: ReplayView,
  { output, color }: { readonly output: string; readonly color: boolean | undefined },
  io: Io,
): string {
  if (output === 'text') return formatReplay(view, styleFor(io.stdout, color, io));
  const document: JsonObject = replayToJson(view);
  return output === 'yaml' ? formatYaml(document) : `${plainJson(stringifyJson(document, 2))}\n`;
}
