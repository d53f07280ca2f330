import { plainLines } from './narrator.ts';
import { type Cast, isInOrder, statusOutput, untilRecorded } from './story.ts';

const STATUS = 'origin/gitfed/status';
const README_LINES = 5;

/** What is left of it all in git. */
export async function showRecord(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { checkout } = stage;
  await narrator.heading('5. What git remembers');
  const commit = (await checkout.git('rev-parse', 'HEAD')).trim();
  await untilRecorded(cast, 'the status tells that all is in order', commit, isInOrder);
  await narrator.say(
    'That branch is the memory of the fleet: what happened in the clusters, and at which commit of the shop. ([skip ci] keeps build servers from starting.)',
  );
  await checkout.git('fetch', '--quiet');
  const log = await checkout.git('log', '--oneline', STATUS);
  await narrator.command(`git log --oneline ${STATUS}`, plainLines(log));
  await narrator.say('Its README.md is a page for people, which GitHub and others show. It begins so:');
  const page = await checkout.git('show', `${STATUS}:README.md`);
  await narrator.command(
    `git show ${STATUS}:README.md | head -${README_LINES}`,
    plainLines(page).slice(0, README_LINES),
  );
  await narrator.say('The same for a terminal, and all is well again:');
  await narrator.command('gitfed status', await statusOutput(cast, { fetch: false }));
  await narrator.pause(6);
}

/** Where to go from here. */
export async function showNext({ narrator }: Cast, keep: boolean): Promise<void> {
  await narrator.heading('6. What next');
  await narrator.show([
    ...(keep ? [] : ['gitfed demo --keep   leaves all of this running, for kubectl and for commits of your own']),
    'gitfed init fleet    writes a repository to begin with, for clusters of your own',
    'gitfed validate DIR  checks files that you have from KubeFed, whose format this is',
  ]);
}
