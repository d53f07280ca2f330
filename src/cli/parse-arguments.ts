import { GitfedError } from '../errors.ts';
import type { Command, CommandArguments, OptionDeclarations } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { asCalled } from './invocation.ts';
import { suggest } from './suggest.ts';

/** The arguments of a command as typed options, or the text of its help. */
export type ParsedArguments =
  | { readonly type: 'arguments'; readonly arguments: CommandArguments<OptionDeclarations> }
  | { readonly type: 'help'; readonly text: string };

/**
 * @param program what a person types before the command.
 * @throws {GitfedError} `USAGE` for anything that the command does not know, with what was probably meant.
 */
export async function parseArguments(
  entry: CommandEntry,
  command: Command,
  args: readonly string[],
  program = 'gitfed',
): Promise<ParsedArguments> {
  const called = `${program} ${entry.name}`;
  rejectUnknownOptions(called, command, args);
  const { positional, second } = command;
  const { default: yargs } = await import('yargs');
  let parsed: CommandArguments<OptionDeclarations> | undefined;
  let help = '';
  const parser = yargs()
    .scriptName(called)
    .locale('en')
    .usage(`Usage: ${program} ${entry.usage} [options]\n\n${command.description}`)
    .parserConfiguration({
      'greedy-arrays': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'strip-dashed': false,
    })
    .command(
      ['$0', ...[positional, second].flatMap((one) => (one === undefined ? [] : [`[${one.name}]`]))].join(' '),
      false,
      (builder) => {
        const declared = builder.options(command.options);
        if (positional === undefined) return declared;
        const first = declared.positional(positional.name, {
          type: 'string',
          describe: positional.description,
          ...(positional.choices === undefined ? {} : { choices: positional.choices }),
        });
        return second === undefined
          ? first
          : first.positional(second.name, { type: 'string', describe: second.description });
      },
      (argv) => {
        const given = (one: { readonly name: string } | undefined): string | undefined => {
          const value = one === undefined ? undefined : argv[one.name];
          return typeof value === 'string' ? value : undefined;
        };
        parsed = {
          positional: given(positional),
          second: given(second),
          options: argv as CommandArguments<OptionDeclarations>['options'],
        };
      },
    )
    .epilogue(formatExamples(command, program))
    .strict()
    .version(false)
    .help('help')
    .alias('help', 'h')
    .describe('help', 'Shows this.')
    .wrap(110)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageError(called, message);
    });
  try {
    await parser.parseAsync([...args], {}, (_error, _argv, output) => {
      help = output;
    });
  } catch (error) {
    if (error instanceof GitfedError) throw error;
    throw usageError(called, error instanceof Error ? error.message : `${error}`);
  }
  if (parsed !== undefined) rejectRepeatedOptions(called, command, parsed);
  return parsed === undefined ? { type: 'help', text: `${help}\n` } : { type: 'arguments', arguments: parsed };
}

/** A line is never broken: it is there to be copied. */
function formatExamples({ examples }: Command, program: string): string {
  const entries = examples.map(([line, description]) => `  ${asCalled(line, program)}\n      ${description}\n`);
  return `Examples:\n${entries.join('')}`.trimEnd();
}

function usageError(called: string, message: string): GitfedError {
  const sentence = message.trim().replaceAll(/\s*\n\s*/g, ' ');
  return new GitfedError('USAGE', `${sentence}. See: ${called} --help`);
}

/** yargs makes a list of an option that comes twice; which of the two is meant, nobody knows. */
function rejectRepeatedOptions(called: string, command: Command, parsed: CommandArguments<OptionDeclarations>): void {
  const values: Readonly<Record<string, unknown>> = parsed.options;
  for (const [name, { array }] of Object.entries(command.options)) {
    if (array !== true && Array.isArray(values[name])) throw usageError(called, `--${name} was given more than once`);
  }
}

/** yargs only says that an option is unknown; a person wants to know what it is called. */
function rejectUnknownOptions(called: string, command: Command, args: readonly string[]): void {
  const known = ['help', ...Object.keys(command.options)];
  const negated = Object.entries(command.options)
    .filter(([, { type }]) => type === 'boolean')
    .map(([name]) => `no-${name}`);
  const end = args.indexOf('--');
  for (const argument of end < 0 ? args : args.slice(0, end)) {
    const name = /^--(?<name>[^=]+)/.exec(argument)?.groups?.['name'];
    if (name === undefined || known.includes(name) || negated.includes(name)) continue;
    const meant = suggest(name, [...known, ...negated]);
    const hint = meant === undefined ? '' : ` (did you mean --${meant}?)`;
    throw new GitfedError('USAGE', `${called} has no option --${name}${hint}. See: ${called} --help`);
  }
}
