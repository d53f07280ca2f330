import { stringifyJson } from '../../core/index.ts';
import { driftToJson } from '../../report/drift-json.ts';
import { formatDrift, hasDrift } from '../../report/drift-text.ts';
import { plainJson } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { gitAccess, gitOptions } from '../git-options.ts';
import { colourOption, memberAccess, memberOptions } from '../options.ts';
import { printFindings } from '../print-findings.ts';
import { createSyncProgress } from '../sync-progress.ts';

export const drift = defineCommand({
  positional: {
    name: 'source',
    description: 'A repository, a folder in it, or a URL that git can clone. The default is the current folder.',
  },
  description:
    'Compares the members as they are now with a commit, and changes nothing: which fields differ, from what to what, who changed them and when; what is missing, and what is there too much. Values of Secrets are masked. Exit code 1 if there are differences, or a member was not reached.',
  options: {
    ref: {
      type: 'string',
      requiresArg: true,
      description: 'Compares with this commit, branch or tag. The default is HEAD.',
    },
    ...memberOptions,
    ...gitOptions,
    output: {
      alias: 'o',
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints text for people, or a JSON document.',
    },
    color: colourOption,
  },
  examples: [['gitfed drift --kubeconfig ~/.kube/config', 'Compares every member with HEAD.']],
  async run({ positional, options }, io) {
    // Loaded here: it brings the Kubernetes client, which the help of this command does without.
    const { sync } = await import('../../reconcile/index.ts');
    const progress = createSyncProgress(io.stderr);
    try {
      const result = await sync({
        ...memberAccess(options),
        ...gitAccess(options, io),
        source: positional ?? io.cwd,
        mode: 'inspect',
        signal: io.interruption(),
        onEvent: progress.show,
        ...(options.ref === undefined ? {} : { ref: options.ref }),
      });
      progress.clear();
      if (options.output === 'json') {
        await io.stdout.write(`${plainJson(stringifyJson(driftToJson(result), 2))}\n`);
      } else {
        await printFindings(result.findings, io.stderr, styleFor(io.stderr, options.color, io));
        await io.stdout.write(formatDrift(result, styleFor(io.stdout, options.color, io)));
      }
      return hasDrift(result) || !result.ok ? 1 : 0;
    } finally {
      progress.clear();
    }
  },
});
