import { GitfedError } from '../../errors.ts';
import { type Repository, readGitSetting } from '../../git/index.ts';
import { parseTimeout } from '../duration.ts';

export type Policy = 'allow' | 'refuse';

export interface HookSettings {
  readonly timeoutMs: number;
  readonly onTimeout: Policy;
  readonly onFailure: Policy;
  readonly onErrors: Policy;
}

export interface GivenSettings {
  readonly timeout: string | undefined;
  readonly 'on-timeout'?: Policy | undefined;
  readonly 'on-failure'?: Policy | undefined;
  readonly 'on-errors'?: Policy | undefined;
}

/**
 * The options, else git's configuration, else the defaults. Not `gitfed.yaml`: whoever pushes could change it.
 *
 * @throws {GitfedError} `USAGE` for a value that is none.
 */
export async function readHookSettings(repository: Repository, given: GivenSettings): Promise<HookSettings> {
  const [timeout, onTimeout, onFailure, onErrors] = await Promise.all([
    choose(repository, 'gitfed.hookTimeout', '--timeout', given.timeout, '30s'),
    choose(repository, 'gitfed.hookOnTimeout', '--on-timeout', given['on-timeout'], 'allow'),
    choose(repository, 'gitfed.hookOnFailure', '--on-failure', given['on-failure'], 'allow'),
    choose(repository, 'gitfed.hookOnErrors', '--on-errors', given['on-errors'], 'refuse'),
  ]);
  return {
    timeoutMs: parseTimeout(timeout.name, timeout.value),
    onTimeout: asPolicy(onTimeout),
    onFailure: asPolicy(onFailure),
    onErrors: asPolicy(onErrors),
  };
}

interface Chosen {
  /** What a message calls it. */
  readonly name: string;
  readonly value: string;
}

async function choose(
  repository: Repository,
  key: string,
  option: string,
  given: string | undefined,
  fallback: string,
): Promise<Chosen> {
  if (given !== undefined) return { name: option, value: given };
  const setting = (await readGitSetting(repository, key)).at(-1);
  return setting === undefined ? { name: option, value: fallback } : { name: key, value: setting.value };
}

function asPolicy({ name, value }: Chosen): Policy {
  if (value === 'allow' || value === 'refuse') return value;
  throw new GitfedError('USAGE', `${name} must be allow or refuse, not ${JSON.stringify(value)}`);
}
