import type { Command } from '../command.ts';

/** What was typed before the word under the cursor. */
export interface TypedWords {
  /** Values of options by their long names, those that were given. */
  readonly values: ReadonlyMap<string, string>;
  /** Options that were given, by their long names. */
  readonly given: ReadonlySet<string>;
  readonly positionals: readonly string[];
  /** The option whose value the next word is. */
  readonly pending: string | undefined;
  /** `--` was typed: no more options. */
  readonly isEnded: boolean;
}

/** Reads an unfinished command line, in which anything may be wrong. */
export function readTypedWords(command: Command, words: readonly string[]): TypedWords {
  const values = new Map<string, string>();
  const given = new Set<string>();
  const positionals: string[] = [];
  let pending: string | undefined;
  let isEnded = false;
  for (const word of words) {
    if (pending !== undefined) {
      values.set(pending, word);
      pending = undefined;
    } else if (isEnded || !word.startsWith('-') || word === '-') {
      positionals.push(word);
    } else if (word === '--') {
      isEnded = true;
    } else {
      const { name, value } = readOption(command, word);
      given.add(name);
      if (value !== undefined) values.set(name, value);
      else if (takesValue(command, name)) pending = name;
    }
  }
  return { values, given, positionals, pending, isEnded };
}

/** `--ref=v1` and `-o=json` as the option's long name and its value. */
export function readOption(command: Command, word: string): { readonly name: string; readonly value?: string } {
  const equals = word.indexOf('=');
  const flag = (equals < 0 ? word : word.slice(0, equals)).replace(/^--?/, '');
  const value = equals < 0 ? {} : { value: word.slice(equals + 1) };
  const long = Object.entries(command.options).find(([, { alias }]) => alias === flag)?.[0];
  return { name: word.startsWith('--') ? flag : (long ?? flag), ...value };
}

/** Whether an option is followed by a value. Unknown ones are not. */
export function takesValue(command: Command, name: string): boolean {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  return option !== undefined && option.type !== 'boolean';
}
