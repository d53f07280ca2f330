import { GitfedError } from '../../errors.ts';
import { type Repository, readGitSection } from '../../git/index.ts';
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
  const section = await readGitSection(repository, 'gitfed');
  const choose = (key: string, option: string, value: string | undefined, fallback: string): Chosen => {
    if (value !== undefined) return { name: option, value };
    const setting = section.get(key.toLowerCase());
    return setting === undefined ? { name: option, value: fallback } : { name: `gitfed.${key}`, value: setting.value };
  };
  const timeout = choose('hookTimeout', '--timeout', given.timeout, '30s');
  const onTimeout = choose('hookOnTimeout', '--on-timeout', given['on-timeout'], 'allow');
  const onFailure = choose('hookOnFailure', '--on-failure', given['on-failure'], 'allow');
  const onErrors = choose('hookOnErrors', '--on-errors', given['on-errors'], 'refuse');
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

function asPolicy({ name, value }: Chosen): Policy {
  if (value === 'allow' || value === 'refuse') return value;
  throw new GitfedError('USAGE', `${name} must be allow or refuse, not ${JSON.stringify(value)}`);
}
