import { plainText } from '../../report/plain-text.ts';

/** One thing that could stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What could stand where the cursor is. `files` and `folders` are for the shell to list. */
export type Completion = readonly Candidate[] | 'files' | 'folders';

/**
 * The answer to a shell, in the format of Cobra, which kubectl reads too: a line for each candidate, with a tab before
 * its description, and at last what the shell is to do. 0: complete files if there is no candidate. 4: do not. 16: complete folders.
 */
export function formatCompletion(completion: Completion): string {
  if (completion === 'files') return ':0\n';
  if (completion === 'folders') return ':16\n';
  return `${completion.filter(isPrintable).map(formatCandidate).join('')}:4\n`;
}

/** What would not come through a line as it is cannot be completed. */
function isPrintable({ value }: Candidate): boolean {
  return value !== '' && value === plainText(value);
}

function formatCandidate({ value, description }: Candidate): string {
  return description === undefined ? `${value}\n` : `${value}\t${plainText(description)}\n`;
}

/** The first sentence, without its full stop: what fits beside a candidate. */
export function shortDescription(text: string): string {
  return text.replace(/(?:\.|:|;)(?:\s.*)?$/s, '');
}
