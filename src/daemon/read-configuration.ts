import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { type LoadedConfiguration, loadConfiguration } from './configuration.ts';
import type { Texts } from './given-settings.ts';

/** Where a daemon's settings come from. */
export interface ConfigurationSource {
  /** Absent: there is no file. */
  readonly file?: string;
  readonly env: Texts;
  readonly flags: Texts;
  readonly cwd: string;
}

/** Reads the file anew and joins it with the rest. @throws {GitfedError} `USAGE` with everything that is wrong. */
export async function readDaemonConfiguration({ file, ...rest }: ConfigurationSource): Promise<LoadedConfiguration> {
  const read = file === undefined ? {} : { file: { name: file, text: await readText(path.resolve(rest.cwd, file)) } };
  const result = loadConfiguration({ ...rest, ...read });
  if (result.ok) return result;
  const [first = '', ...others] = result.problems;
  const many = [`${result.problems.length} settings cannot be used:`, ...result.problems.map((line) => `  ${line}`)];
  throw new GitfedError('USAGE', others.length === 0 ? first : many.join('\n'));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    throw new GitfedError('USAGE', `${plainText(file)}: the configuration cannot be read (${code})`, { cause: error });
  }
}
