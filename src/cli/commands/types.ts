import path from 'node:path';
import { buildModel } from '../../api/index.ts';
import { stringifyJson } from '../../core/index.ts';
import { readFolder } from '../../git/index.ts';
import { listTypes } from '../../reconcile/type-list.ts';
import { plainJson } from '../../report/plain-text.ts';
import { formatTypes, typesToJson } from '../../report/types-report.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { colourOption, PATH, refOption } from '../options.ts';
import { printFindings } from '../print-findings.ts';

export const types = defineCommand({
  positional: PATH,
  description:
    'Lists the kinds that are federated: what FederatedTypeConfigs enable and disable, and the built-in kinds that objects use. Exit code 1 if a FederatedTypeConfig is in error, or an object is of a kind that is not known.',
  options: {
    all: {
      type: 'boolean',
      default: false,
      description: 'Lists built-in kinds that no object uses, too.',
    },
    output: {
      alias: 'o',
      choices: ['text', 'json'],
      default: 'text',
      requiresArg: true,
      description: 'Prints a table, or a JSON document.',
    },
    ref: refOption,
    color: colourOption,
  },
  examples: [
    ['gitfed types', 'Lists what is federated.'],
    ['gitfed types --all -o json', 'Lists what could be, for a program.'],
  ],
  async run({ positional, options }, io) {
    const model = buildModel(await readFolder(path.resolve(io.cwd, positional ?? '.'), options.ref));
    const listed = listTypes(model, options.all);
    const isJson = options.output === 'json';
    await io.stdout.write(isJson ? `${plainJson(stringifyJson(typesToJson(listed), 2))}\n` : formatTypes(listed));
    const errors = model.findings.filter(({ code }) => code === 'InvalidTypeConfig' || code === 'UnknownFederatedType');
    await printFindings(errors, io.stderr, styleFor(io.stderr, options.color, io));
    return errors.length > 0 ? 1 : 0;
  },
});
