import { branchOfRemote, openRepository, readPushedRefs } from '../../git/index.ts';
import { defineCommand } from '../command.ts';
import { decidePush } from '../hook/decide-push.ts';
import { folderInRepository, fullRef, lookAtPush } from '../hook/look-at-push.ts';
import { lookOptions, refusalOptions, remoteOption } from '../hook/options.ts';
import { readHookSettings } from '../hook/settings.ts';

export const hookPrePush = defineCommand({
  description:
    'Runs in a clone before it pushes: tells what the push means for every cluster, compared with what the remote has, and keeps it back where it brings errors or a gate fails. Git gives it the refs on standard input. Exit code 1 keeps the push back; git push --no-verify does without this hook.',
  options: { ...lookOptions, remote: remoteOption, ...refusalOptions },
  examples: [
    ['gitfed hook pre-push', 'Looks at a push of the default branch of origin.'],
    ['gitfed hook pre-push --ref production --remote upstream', 'Looks at pushes of another branch to another remote.'],
  ],
  async run({ options }, io) {
    const path = folderInRepository(options.path);
    const updates = readPushedRefs((await io.readInput?.()) ?? '');
    const repository = await openRepository(io.cwd);
    const { remote } = options;
    const followed = options.ref === undefined ? await branchOfRemote(repository, remote) : fullRef(options.ref);
    const update = updates.find(({ ref }) => ref === followed);
    if (update === undefined) return 0;
    const settings = await readHookSettings(repository, options);
    const refusesErrors = settings.onErrors === 'refuse';
    const { timeoutMs } = settings;
    const look = await lookAtPush({ hook: 'pre-push', path, update, remote, refusesErrors, repository, timeoutMs }, io);
    const decision = {
      refusal: 'Nothing is pushed',
      wayOut: 'To push all the same: git push --no-verify',
    };
    return await decidePush(look, settings, decision, io);
  },
});
