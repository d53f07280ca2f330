import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { WhatIf } from '../../render/index.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { isBad, type WhatIfView, whatIfToJson } from '../../report/what-if-json.ts';
import { formatWhatIf } from '../../report/what-if-text.ts';
import { count, list } from '../../report/wording.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { colourOption, PATH, refOption } from '../options.ts';
import { createPhaseProgress } from '../phase-progress.ts';
import { type ReadModel, readModel } from '../read-model.ts';
import { suggest } from '../suggest.ts';

export const whatif = defineCommand({
  positional: PATH,
  description:
    'Says what the loss of a cluster does: which replicas move where, which find no place and why, which workloads run nowhere else, and which other objects are gone. Needs no cluster. Exit code 1 if a workload has no second home, or planned replicas find no place.',
  options: {
    lose: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Loses this cluster; may be repeated, and then all of them are lost at once.',
    },
    each: {
      type: 'boolean',
      default: false,
      description: 'Loses each cluster by itself: a line for each of them, and the worst that happens.',
    },
    output: {
      alias: 'o',
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or a JSON document.',
    },
    observed: {
      type: 'string',
      requiresArg: true,
      description:
        'Plans replicas with these observations of the members, by which capacity is known. The default is that every cluster is ready and runs what is planned.',
    },
    ref: refOption,
    color: colourOption,
  },
  examples: [
    ['gitfed whatif --lose eu-1', 'Says what happens without eu-1.'],
    ['gitfed whatif --lose eu-1 --lose eu-2', 'Without both of them.'],
    ['gitfed whatif --each', 'Says of each cluster what its loss would do.'],
  ],
  async run({ positional, options }, io) {
    const { lose, each, ref, observed } = options;
    if (each === (lose !== undefined)) {
      const what = each ? 'use one of them' : 'name the cluster to lose with --lose CLUSTER, or use --each';
      throw new GitfedError('USAGE', `--lose and --each say which clusters are lost: ${what}`);
    }
    const progress = createPhaseProgress(io.stderr);
    let view: WhatIfView;
    try {
      progress.begin('reading');
      const read = await readModel({ path: positional, ref, observed }, io);
      progress.begin('planning');
      view = ask(read, lose);
    } finally {
      progress.clear();
    }
    await printNotes(view, io);
    await io.stdout.write(
      options.output === 'json'
        ? `${plainJson(stringifyJson(whatIfToJson(view), 2))}\n`
        : formatWhatIf(view, styleFor(io.stdout, options.color, io)),
    );
    return view.losses.some(isBad) ? 1 : 0;
  },
});

/** @param lose absent: each cluster by itself. */
function ask({ model, observations }: ReadModel, lose: readonly string[] | undefined): WhatIfView {
  requireRegistered(
    lose ?? [],
    model.clusters.map(({ name }) => name),
  );
  const whatIf = new WhatIf(model, observations === undefined ? {} : { observations });
  return {
    losses: lose === undefined ? whatIf.ready.map((name) => whatIf.lose([name])) : [whatIf.lose(lose)],
    isEach: lose === undefined,
    running: observations === undefined ? 'AsPlanned' : 'Observed',
    leftOut: whatIf.leftOut,
    holds: model.holds,
  };
}

function requireRegistered(names: readonly string[], registered: readonly string[]): void {
  const unknown = names.find((name) => !registered.includes(name));
  if (unknown === undefined) return;
  const meant = suggest(unknown, registered);
  const hint =
    meant === undefined ? `registered are ${list(registered) || 'none'}` : `did you mean ${plainText(meant)}?`;
  throw new GitfedError('USAGE', `no cluster ${JSON.stringify(unknown)} is registered: ${hint}`);
}

async function printNotes({ leftOut, holds }: WhatIfView, io: Io): Promise<void> {
  if (leftOut > 0) {
    const which = `${count(leftOut, 'object')} ${leftOut === 1 ? 'is' : 'are'} in error or switched off`;
    await io.stderr.write(
      `${which}, and ${leftOut === 1 ? 'stays' : 'stay'} as applied last: left out here. See: gitfed validate\n`,
    );
  }
  if (holds.length > 0) {
    const places = list(holds.map(({ file, line, code }) => `${file}:${line} (${code})`));
    await io.stderr.write(
      `No planned replica moves, and nothing is complete here, until this is corrected: ${places}\n`,
    );
  }
}
