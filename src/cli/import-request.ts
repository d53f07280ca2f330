import path from 'node:path';
import type { Options } from 'yargs';
import { GitfedError } from '../errors.ts';
import type { ImportOptions } from '../reconcile/import-options.ts';
import { plainText } from '../report/plain-text.ts';
import { askSecrets } from './ask-secrets.ts';
import { parseTimeout } from './duration.ts';
import { readSecretsPolicy } from './federate-request.ts';
import type { Io } from './io.ts';
import { inventoryName } from './starter.ts';

/** Options of every import. */
export const importOptions = {
  'output-dir': {
    type: 'string',
    requiresArg: true,
    description: 'Writes the repository here: a folder that is not there yet or is empty. Needed.',
  },
  inventory: {
    type: 'string',
    requiresArg: true,
    description:
      'Names the inventory in gitfed.yaml, under which members remember what came from the repository. The default is the name of the folder.',
  },
  'age-recipient': {
    type: 'string',
    array: true,
    requiresArg: true,
    description: 'Encrypts Secrets for this recipient of age; may be repeated. Needs --secrets encrypt.',
  },
} as const satisfies Record<string, Options>;

/** What an import was given of them, and of what is its own to describe. */
export interface ImportArguments {
  readonly 'output-dir': string | undefined;
  readonly inventory: string | undefined;
  readonly secrets: string | undefined;
  readonly 'age-recipient': readonly string[] | undefined;
  readonly 'credentials-dir': string | undefined;
  readonly 'request-timeout': string;
}

const INVENTORY = /^[a-z0-9](?:[-a-z0-9]{0,54}[a-z0-9])?$/;

/**
 * What every import is asked for.
 *
 * @param secretKind what a person is asked about.
 * @throws {GitfedError} `USAGE`
 */
export function importRequest(
  given: ImportArguments,
  { command, secretKind, io }: { readonly command: string; readonly secretKind: string; readonly io: Io },
): Pick<ImportOptions, 'outputDir' | 'inventory' | 'secrets' | 'credentialsDir'> &
  Required<Pick<ImportOptions, 'requestTimeoutMs' | 'signal'>> {
  const { 'output-dir': output, 'credentials-dir': credentials, inventory } = given;
  if (output === undefined) {
    throw new GitfedError('USAGE', `Name the folder of the repository: ${command} --output-dir fleet`);
  }
  if (inventory !== undefined && !INVENTORY.test(inventory)) {
    throw new GitfedError(
      'USAGE',
      `--inventory ${plainText(inventory)} is no name of an inventory: lower-case letters, digits and dashes, at most 56`,
    );
  }
  const outputDir = path.resolve(io.cwd, output);
  const secrets = readSecretsPolicy(given);
  return {
    outputDir,
    inventory: inventory ?? inventoryName(path.basename(outputDir)),
    secrets: secrets ?? (io.ask === undefined ? undefined : (names) => askSecrets(names, secretKind, io)),
    credentialsDir: credentials === undefined ? undefined : path.resolve(io.cwd, credentials),
    requestTimeoutMs: parseTimeout('--request-timeout', given['request-timeout']),
    signal: io.interruption(),
  };
}
