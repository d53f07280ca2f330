import type { FederatedObject } from '../../api/index.ts';
import { stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { WhatIf } from '../../render/index.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { isBad, type WhatIfView, whatIfToJson } from '../../report/what-if-json.ts';
import { formatWhatIfMarkdown } from '../../report/what-if-markdown.ts';
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
      choices: ['text', 'json', 'markdown'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, a JSON document, or Markdown for reviewers.',
    },
    namespace: {
      alias: 'n',
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Tells of the objects of this namespace only; may be repeated.',
    },
    kind: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Tells of this kind of member objects only, such as Deployment; may be repeated.',
    },
    name: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Tells of objects with this name only; may be repeated.',
    },
    observed: {
      type: 'string',
      requiresArg: true,
      description:
        'Plans replicas with these observations of the members, by which capacity is known: a file, a commit of the status branch, or a tree. The default is that every cluster is ready and runs what is planned.',
    },
    ref: refOption,
    color: colourOption,
  },
  examples: [
    ['gitfed whatif --lose eu-1', 'Says what happens without eu-1.'],
    ['gitfed whatif --lose eu-1 --lose eu-2', 'Without both of them.'],
    ['gitfed whatif --each', 'Says of each cluster what its loss would do.'],
    ['gitfed whatif --each --namespace shop -o markdown', 'The same of one namespace, as Markdown.'],
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
      view = ask(read, lose, options);
    } finally {
      progress.clear();
    }
    await printNotes(view, io);
    await io.stdout.write(format(view, options, io));
    return view.losses.some(isBad) ? 1 : 0;
  },
});

function format(
  view: WhatIfView,
  { output, color }: { readonly output: string; readonly color: boolean | undefined },
  io: Io,
): string {
  if (output === 'json') return `${plainJson(stringifyJson(whatIfToJson(view), 2))}\n`;
  if (output === 'markdown') return formatWhatIfMarkdown(view);
  return formatWhatIf(view, styleFor(io.stdout, color, io));
}

/** Each absent: all of them. */
interface Filter {
  readonly namespace: readonly string[] | undefined;
  readonly kind: readonly string[] | undefined;
  readonly name: readonly string[] | undefined;
}

function isAsked({ namespace, kind, name }: Filter): (object: FederatedObject) => boolean {
  const has = (names: readonly string[] | undefined, one: string): boolean => names?.includes(one) ?? true;
  return ({ target }) => has(namespace, target.namespace) && has(kind, target.kind) && has(name, target.name);
}

/** @param lose absent: each cluster by itself. */
function ask({ model, observations }: ReadModel, lose: readonly string[] | undefined, filter: Filter): WhatIfView {
  requireRegistered(
    lose ?? [],
    model.clusters.map(({ name }) => name),
  );
  const known = observations === undefined ? {} : { observations };
  const whatIf = new WhatIf(model, { ...known, only: isAsked(filter) });
  return {
    losses: lose === undefined ? whatIf.ready.map((name) => whatIf.lose([name])) : [whatIf.lose(lose)],
    isEach: lose === undefined,
    running: observations === undefined ? 'AsPlanned' : 'Observed',
    leftOut: whatIf.leftOut,
    keptLive: whatIf.keptLive,
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

async function printNotes({ leftOut, keptLive, holds }: WhatIfView, io: Io): Promise<void> {
  if (leftOut > 0) {
    const which = `${count(leftOut, 'object')} ${leftOut === 1 ? 'is' : 'are'} in error or switched off`;
    await io.stderr.write(
      `${which}, and ${leftOut === 1 ? 'stays' : 'stay'} as applied last: left out here. See: gitfed validate\n`,
    );
  }
  if (keptLive > 0) {
    await io.stderr.write(
      `${count(keptLive, 'object')} ${keptLive === 1 ? 'is' : 'are'} kept live (keepLive in gitfed.yaml): left out here.\n`,
    );
  }
  if (holds.length > 0) {
    const places = list(holds.map(({ file, line, code }) => `${file}:${line} (${code})`));
    await io.stderr.write(
      `No planned replica moves, and nothing is complete here, until this is corrected: ${places}\n`,
    );
  }
}
