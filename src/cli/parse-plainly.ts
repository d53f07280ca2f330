import type { Command, CommandArguments, OptionDeclarations } from './command.ts';

type Value = string | boolean | readonly string[];

/**
 * The arguments of an ordinary command line, as yargs reads them: declared options with their values, each once, and a positional argument.
 * Loading yargs takes longer than reading a repository; whatever is not plain is left to it.
 *
 * @returns `undefined` for anything else, right or wrong, and where help is asked for.
 */
export function parsePlainly(
  { options, positional }: Pick<Command, 'options' | 'positional'>,
  args: readonly string[],
): CommandArguments<OptionDeclarations> | undefined {
  const values = new Map<string, Value>();
  let place: string | undefined;
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (!argument.startsWith('-')) {
      if (positional === undefined || place !== undefined || argument === '') return undefined;
      place = argument;
      continue;
    }
    const { name, value } = /^--(?<name>[a-z][a-z-]*)(?:=(?<value>.+))?$/s.exec(argument)?.groups ?? {};
    if (name === undefined || values.has(name) || !Object.hasOwn(options, name)) return undefined;
    const { type, array, choices } = options[name] ?? {};
    if (type === 'boolean') {
      if (value !== undefined) return undefined;
      values.set(name, true);
      continue;
    }
    const text = value ?? args[index + 1];
    if (value === undefined) index += 1;
    if (text === undefined || !isPlainText(text) || !(type === 'string' || choices?.includes(text))) return undefined;
    values.set(name, array === true ? [text] : text);
  }
  const defaults = Object.entries(options).flatMap(([name, { default: given }]) =>
    given === undefined || values.has(name) ? [] : [[name, given] as const],
  );
  const parsed = Object.fromEntries<unknown>([...defaults, ...values]);
  return { positional: place, options: parsed as CommandArguments<OptionDeclarations>['options'] };
}

/** Text that no parser takes for something else: no option, no quotes to be taken off. */
function isPlainText(text: string): boolean {
  return /^[^-"'\s][^"']*$/.test(text);
}
