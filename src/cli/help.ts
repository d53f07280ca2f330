import { COMMANDS } from './commands.ts';
import { commandsBelow } from './find-command.ts';

/** What the exit codes of every command mean. */
export const EXIT_CODES = [
  [0, 'fine'],
  [1, 'errors or differences were found'],
  [2, 'it could not run'],
] as const;

/** `gitfed --help`, made without a parser of arguments: it must be instant. `program` is what a person types before the command. */
export function programHelp(program = 'gitfed'): string {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return [
    'gitfed federates Kubernetes clusters from a git repository.',
    '',
    `Usage: ${program} COMMAND [options]`,
    '',
    'Commands:',
    ...COMMANDS.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    '',
    'Options:',
    `  ${'-h, --help'.padEnd(width)}  Shows this, or the help of a command`,
    `  ${'--version'.padEnd(width)}  Prints the version of gitfed`,
    '',
    `Exit codes: ${EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join(', ')}.`,
    '',
  ].join('\n');
}

/** The help of a first word that several commands share: `gitfed migrate --help`. */
export function groupHelp(group: string, program = 'gitfed'): string {
  const entries = commandsBelow(group).map(({ entry }) => entry);
  const width = Math.max(...entries.map(({ usage }) => usage.length));
  return [
    `Usage: ${program} ${group} COMMAND [options]`,
    '',
    'Commands:',
    ...entries.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    '',
    `The options of each: ${program} ${group} COMMAND --help`,
    '',
  ].join('\n');
}
