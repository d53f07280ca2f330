import type { Command } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { commandsBelow, findCommand } from '../find-command.ts';
import type { Io } from '../io.ts';
import { isOfRepository, optionValue, positionalValue, type ValueKind } from '../option-values.ts';
import { type Candidate, type Completion, formatCompletion, shortDescription } from './candidate.ts';
import { readOption, readTypedWords, type TypedWords, takesValue } from './command-line.ts';

const HELP: Candidate = { value: '--help', description: 'Shows the help' };

/** Answers a shell. Whatever goes wrong, there is nothing to offer, and not a word: the person is typing. */
export async function answerShell(words: readonly string[], io: Pick<Io, 'cwd' | 'env'>): Promise<string> {
  try {
    return formatCompletion(await complete(words, io));
  } catch {
    return formatCompletion([]);
  }
}

/**
 * What could stand in place of the last word, which is `''` where nothing was typed yet.
 *
 * @param words what follows `gitfed`, up to the cursor.
 */
export async function complete(words: readonly string[], io: Pick<Io, 'cwd' | 'env'>): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const [name, ...typed] = before;
  if (name === undefined)
    return matching(
      [...commands(), HELP, { value: '--version', description: 'Prints the version of gitfed' }],
      current,
    );
  if (name === 'help') return matching(typed.length === 0 ? commands() : secondWords(typed), current);
  const second = matching(secondWords(before), current);
  const found = findCommand(before);
  if (found === undefined) return second;
  // A shell completes names of files or words of ours, not both: what was begun decides.
  if (current !== '' && second.length > 0) return second;
  const command = await found.entry.load();
  const completion = await completeArgument(command, readTypedWords(command, found.rest), current, io);
  return typeof completion === 'string' ? completion : [...second, ...completion];
}

/** The first words of commands. */
function commands(): readonly Candidate[] {
  const words = COMMANDS.map(({ name, summary }) => ({ value: name.split(' ')[0] ?? name, description: summary }));
  return words.filter(({ value }, index) => words.findIndex((other) => other.value === value) === index);
}

/** The second words that may follow, if one was typed before and nothing else. */
function secondWords([first = '', ...more]: readonly string[]): readonly Candidate[] {
  if (more.length > 0) return [];
  return commandsBelow(first).map(({ word, entry }) => ({ value: word, description: entry.summary }));
}

async function completeArgument(
  command: Command,
  typed: TypedWords,
  current: string,
  io: Pick<Io, 'cwd' | 'env'>,
): Promise<Completion> {
  const { pending, positionals, isEnded } = typed;
  if (pending !== undefined) return await completeOption(command, pending, current, typed, io);
  const attached = isEnded ? undefined : /^(?<flag>(?:--[\w-]+|-\w)=)(?<value>.*)$/s.exec(current)?.groups;
  if (attached !== undefined) {
    const { flag = '', value = '' } = attached;
    const { name } = readOption(command, flag);
    if (!takesValue(command, name)) return [];
    const completion = await completeOption(command, name, value, typed, io);
    if (typeof completion === 'string') return completion;
    return completion.map((candidate) => ({ ...candidate, value: `${flag}${candidate.value}` }));
  }
  const options = isEnded ? [] : optionCandidates(command, typed);
  if (current.startsWith('-') && !isEnded) return matching(options, current);
  const { positional } = command;
  if (positional === undefined || positionals.length > 0) return matching(options, current);
  if (positional.choices !== undefined) return choose(positional.choices, current);
  return await completeValue(positionalValue(positional.name), current, command, typed, io);
}

async function completeOption(
  command: Command,
  name: string,
  current: string,
  typed: TypedWords,
  io: Pick<Io, 'cwd' | 'env'>,
): Promise<Completion> {
  const choices = command.options[name]?.choices;
  if (choices !== undefined) return choose(choices.map(String), current);
  return await completeValue(optionValue(name), current, command, typed, io);
}

async function completeValue(
  kind: ValueKind,
  current: string,
  command: Command,
  typed: TypedWords,
  io: Pick<Io, 'cwd' | 'env'>,
): Promise<Completion> {
  if (kind === 'FILE') return 'files';
  if (kind === 'DIR') return 'folders';
  if (!isOfRepository(kind)) return [];
  const { repositoryValues } = await import('./repository-values.ts');
  const isPath = command.positional !== undefined && positionalValue(command.positional.name) === 'DIR';
  const request = {
    folder: isPath ? typed.positionals[0] : typed.values.get('path'),
    ref: kind === 'REF' ? undefined : typed.values.get('ref'),
    namespace: typed.values.get('namespace'),
  };
  return choose(await repositoryValues(kind, request, io), current);
}

function optionCandidates({ options }: Command, { given }: TypedWords): readonly Candidate[] {
  const declared = Object.entries(options).flatMap(([name, option]): readonly Candidate[] => {
    if (given.has(name) && option.array !== true) return [];
    const description = { description: shortDescription(option.description ?? '') };
    const alias = typeof option.alias === 'string' ? [{ value: `-${option.alias}`, ...description }] : [];
    const isSwitchedOff = option.type === 'boolean' && option.default !== false;
    const positive = option.default === true ? [] : [{ value: `--${name}`, ...description }];
    const negative = isSwitchedOff ? [{ value: `--no-${name}`, description: `Switches --${name} off` }] : [];
    return [...positive, ...negative, ...alias];
  });
  return [...declared, HELP];
}

function choose(values: readonly string[], current: string): readonly Candidate[] {
  return matching(
    values.map((value) => ({ value })),
    current,
  );
}

function matching(candidates: readonly Candidate[], current: string): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current));
}
