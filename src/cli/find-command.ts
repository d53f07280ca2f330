import { COMMANDS, type CommandEntry } from './commands.ts';

/** A command, and the words of the command line that follow its name. */
export interface FoundCommand {
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

/**
 * The command that a command line names. A name of two words wins over one of its first word alone: what follows
 * `gitfed drift` may be a folder, and one that is called `accept` is `./accept`.
 */
export function findCommand(
  words: readonly string[],
  commands: readonly CommandEntry[] = COMMANDS,
): FoundCommand | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const entry = commands.find((known) => known.name === name);
    if (entry !== undefined) return { entry, rest: words.slice(length) };
  }
  return undefined;
}

/** The commands whose second word may follow this first one. */
export function commandsBelow(
  first: string,
  commands: readonly CommandEntry[] = COMMANDS,
): readonly { readonly word: string; readonly entry: CommandEntry }[] {
  return commands.flatMap((entry) => {
    const [head, word] = entry.name.split(' ');
    return head === first && word !== undefined ? [{ word, entry }] : [];
  });
}
