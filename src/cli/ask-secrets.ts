import type { SecretsPolicy } from '../reconcile/federate-options.ts';
import { count } from '../report/wording.ts';
import type { Io } from './io.ts';

/** Asks what becomes of Secrets. @returns nothing where the answer is none: it is told what can be said. */
export async function askSecrets(
  names: readonly string[],
  noun: string,
  io: Pick<Io, 'ask'>,
): Promise<SecretsPolicy | undefined> {
  const question = `${count(names.length, noun)} would be readable for everyone who can read the repository.
  omit     leaves them out, and the members keep them as they are
  encrypt  encrypts them for a recipient of age
  plain    writes them as they are
What becomes of them? `;
  const answer = (await io.ask?.(question))?.trim();
  if (answer === 'omit' || answer === 'plain') return answer;
  if (answer !== 'encrypt') return undefined;
  const recipient = (await io.ask?.('The recipient (age1…): '))?.trim();
  return recipient === undefined || recipient === '' ? undefined : { ageRecipients: [recipient] };
}
