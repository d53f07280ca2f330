import type { InferredOptionTypes, Options } from 'yargs';
import type { ExitCode, Io } from './io.ts';

export type OptionDeclarations = Readonly<Record<string, Options>>;

/** One command: what it accepts, and what it does. No decision is taken here that a library user would need too. */
export interface Command<O extends OptionDeclarations = OptionDeclarations> {
  /** After the command's name: `[path]`. */
  readonly positional?: {
    readonly name: string;
    readonly description: string;
    readonly choices?: readonly string[];
  };
  /** After the first: `[type] [name]`. */
  readonly second?: { readonly name: string; readonly description: string };
  /** A paragraph for `gitfed COMMAND --help`. */
  readonly description: string;
  /** Keys in kebab-case; each has a full sentence as description, and its default. */
  readonly options: O;
  readonly examples: readonly (readonly [command: string, description: string])[];
  run(args: CommandArguments<O>, io: Io): Promise<ExitCode>;
}

export interface CommandArguments<O extends OptionDeclarations> {
  /** The positional argument, if it was given. */
  readonly positional: string | undefined;
  /** The one after it, if it was given. */
  readonly second?: string | undefined;
  readonly options: InferredOptionTypes<O>;
}

/** Keeps the types of a command's options together while it is declared. */
export function defineCommand<const O extends OptionDeclarations>(command: Command<O>): Command<O> {
  return command;
}
