import { plainLines } from './narrator.ts';
import { type Cast, gitfedOutput } from './story.ts';

const README_LINES = 12;

/** What is left of it all in git. */
export async function showRecord(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { checkout } = stage;
  await narrator.heading('5. What git remembers');
  await narrator.say('Each commit to the branch gitfed/status says what happened, and to which commit of the shop it belongs:');
  await checkout.git('fetch', '--quiet');
  const log = await checkout.git('log', '--oneline', 'origin/gitfed/status');
  await narrator.command('git log --oneline origin/gitfed/status', plainLines(log));
  await narrator.say('Its README.md is the page that a git forge shows of the branch. It begins like this:');
  const page = await checkout.git('show', 'origin/gitfed/status:README.md');
  await narrator.command(`git show origin/gitfed/status:README.md | head -${README_LINES}`, plainLines(page).slice(0, README_LINES));
  await narrator.command('gitfed status', await gitfedOutput(cast, ['status']));
  await narrator.pause(5);
}

/** Where to go from here. */
export async function showNext({ narrator }: Cast): Promise<void> {
  await narrator.heading('6. What next');
  await narrator.show([
    'gitfed demo --keep           leaves all of this running: look around with kubectl, and commit',
    'gitfed init my-fleet         writes a repository for clusters of your own',
    'docs/coming-from-kubefed.md  if you have KubeFed: your files work as they are',
  ]);
}
