import { GitfedError } from '../errors.ts';
import type { CommitDetails } from './commit-details.ts';
import { dataCommand } from './fast-import.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import { temporaryRef } from './write-commit.ts';

/**
 * Writes commits again as a line, the first of them without a parent: with the same trees, messages, authors and times. No branch is moved.
 *
 * @returns the last one.
 */
export async function writeLine(repository: Repository, commits: readonly CommitDetails[]): Promise<string> {
  const ref = temporaryRef();
  const parts = commits.map(
    ({ tree, message, author, authoredAt, committedAt }, index) =>
      `commit ${ref}\nmark :${index + 1}\n` +
      `author ${plain(author.name)} <${plain(author.email)}> ${authoredAt} +0000\n` +
      `committer ${plain(author.name)} <${plain(author.email)}> ${committedAt} +0000\n` +
      `${dataCommand(message)}${index === 0 ? '' : `from :${index}\n`}M 040000 ${tree} ""\n\n`,
  );
  const none = '0'.repeat(commits[0]?.id.length ?? 40);
  const input = `feature done\n${parts.join('')}get-mark :${commits.length}\nreset ${ref}\nfrom ${none}\n\ndone\n`;
  const args = ['fast-import', '--quiet', '--done', '--date-format=raw'];
  const answer = (await runGit(repository.directory, args, { input })).trim();
  if (!/^[0-9a-f]{40,64}$/.test(answer))
    throw new GitfedError('GIT', 'git fast-import did not say which commit it wrote.');
  return answer;
}

function plain(text: string): string {
  return text.replace(/[<>\r\n\0]/g, '');
}
