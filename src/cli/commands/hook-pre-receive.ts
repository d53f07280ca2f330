import { keptCommit, openRepository, readReceivedRefs, servedBranch } from '../../git/index.ts';
import { defineCommand } from '../command.ts';
import { decidePush } from '../hook/decide-push.ts';
import { folderInRepository, fullRef, lookAtPush, unfollowedNote } from '../hook/look-at-push.ts';
import { lookOptions, refusalOptions } from '../hook/options.ts';
import { readHookSettings } from '../hook/settings.ts';

export const hookPreReceive = defineCommand({
  description:
    'Runs in a repository that is pushed to, before a push is accepted: tells whoever pushes what it means for every cluster, and refuses it where it brings errors or a gate fails. Git gives it the refs on standard input. Exit code 1 refuses the push.',
  options: { ...lookOptions, ...refusalOptions },
  examples: [
    ['gitfed hook pre-receive', 'Looks at a push of the branch that clones begin with.'],
    ['gitfed hook pre-receive --timeout 10s --on-timeout refuse', 'Refuses what takes too long to look at.'],
  ],
  async run({ options }, io) {
    const path = folderInRepository(options.path);
    const updates = readReceivedRefs((await io.readInput?.()) ?? '');
    const repository = await openRepository(io.cwd);
    const followed = options.ref === undefined ? await servedBranch(repository) : fullRef(options.ref);
    const update = updates.find(({ ref }) => ref === followed);
    if (update === undefined) {
      const note =
        (await keptCommit(repository, followed)) === undefined ? unfollowedNote(followed, updates) : undefined;
      if (note !== undefined) await io.stderr.write(`${note}\n`);
      return 0;
    }
    const settings = await readHookSettings(repository, options);
    const refusesErrors = settings.onErrors === 'refuse';
    const { timeoutMs } = settings;
    const look = await lookAtPush({ hook: 'pre-receive', path, update, refusesErrors, repository, timeoutMs }, io);
    return await decidePush(look, settings, { refusal: 'The push is refused as a whole, and nothing was changed' }, io);
  },
});
