import { GitfedError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { describeFailure } from './failure.ts';
import { commandsBelow, type FoundCommand, findCommand } from './find-command.ts';
import { groupHelp, programHelp } from './help.ts';
import { COMPLETE_COMMAND, HOOK_WORK_COMMAND } from './invocation.ts';
import type { ExitCode, Io } from './io.ts';
import { suggest } from './suggest.ts';

/**
 * Runs one command line and returns its exit code. Never throws: what stops a command becomes words on stderr and 2.
 *
 * @param program what a person types before the command.
 */
export async function runProgram(args: readonly string[], io: Io, program = 'gitfed'): Promise<ExitCode> {
  try {
    return await dispatch(args, io, program);
  } catch (error) {
    await io.stderr.write(`${describeFailure(error, args)}\n`);
    return 2;
  }
}

async function dispatch(args: readonly string[], io: Io, program: string): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === undefined) {
    await io.stderr.write(programHelp(program));
    return 2;
  }
  if (first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    await io.stdout.write(programHelp(program));
    return 0;
  }
  if (first === '--version' || first === '-v') {
    await io.stdout.write(`gitfed ${VERSION}\n`);
    return 0;
  }
  if (first === COMPLETE_COMMAND) {
    const { answerShell } = await import('./completion/complete.ts');
    await io.stdout.write(await answerShell(rest, io));
    return 0;
  }
  if (first === HOOK_WORK_COMMAND) {
    const { workForHook } = await import('./hook/work.ts');
    return await workForHook(rest, io);
  }
  const group = groupIn(first === 'help' ? [...rest, '--help'] : args);
  if (group !== undefined) {
    await (group.isAsked ? io.stdout : io.stderr).write(groupHelp(group.word, program));
    return group.isAsked ? 0 : 2;
  }
  if (first === 'help') return await runCommand(readCommand(rest, program).entry, ['--help'], io, program);
  const command = readCommand(args, program);
  return await runCommand(command.entry, command.rest, io, program);
}

/** A word that begins the names of several commands, and is none itself: alone, or with a question for its help. */
function groupIn([word = '', option, ...rest]: readonly string[]): { word: string; isAsked: boolean } | undefined {
  const isAsked = option === '--help' || option === '-h';
  if (rest.length > 0 || (option !== undefined && !isAsked)) return undefined;
  return findCommand([word]) === undefined && commandsBelow(word).length > 0 ? { word, isAsked } : undefined;
}

function readCommand(words: readonly string[], program: string): FoundCommand {
  const found = findCommand(words);
  if (found !== undefined) return found;
  const [first = '', second] = words;
  if (first.startsWith('-')) {
    throw new GitfedError(
      'USAGE',
      `Options come after the command: ${program} COMMAND ${first}. See: ${program} --help`,
    );
  }
  const group = commandsBelow(first).map(({ entry }) => entry.name);
  const name = group.length > 0 && second !== undefined ? `${first} ${second}` : first;
  const names = group.length > 0 ? group : COMMANDS.map((entry) => entry.name);
  const meant = suggest(name, names);
  const hint = meant === undefined ? `commands are ${names.join(', ')}` : `did you mean ${program} ${meant}?`;
  throw new GitfedError('USAGE', `There is no command "${name}": ${hint}`);
}

async function runCommand(entry: CommandEntry, args: readonly string[], io: Io, program: string): Promise<ExitCode> {
  const [command, { parseArguments }] = await Promise.all([entry.load(), import('./parse-arguments.ts')]);
  const parsed = await parseArguments(entry, command, args, program);
  if (parsed.type === 'help') {
    await io.stdout.write(parsed.text);
    return 0;
  }
  return await command.run(parsed.arguments, io);
}
