import { formatObjectId } from '../../core/index.ts';
import { fieldLines } from '../../report/drift-text.ts';
import { plainText } from '../../report/plain-text.ts';
import { formatTable } from '../../report/table.ts';
import { type Cast, changedByHand, duration, gitfedOutput, push, untilApplied, untilPass, untilRecorded } from './story.ts';

const HOTFIX = 'registry.shop.example/web:hotfix';
const WEB = 'shop/web.yaml';

/** Somebody changes a cluster by hand. */
export async function changeByHand(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet } = stage;
  await narrator.heading('3. A change by hand');
  await narrator.say('Somebody in Virginia is in a hurry, and goes around git:');
  const since = performance.now();
  await fleet.setImage('us-1', 'web', HOTFIX);
  await narrator.command(`kubectl --context us-1 --namespace shop set image deployment/web web=${HOTFIX}`);
  const { ms, pass } = await untilPass(cast, 'the change by hand is put back', since, (event) => {
    return event.cluster === 'us-1' && changedByHand(event).length > 0;
  });
  await narrator.say('');
  await narrator.say('gitfed watches what it keeps. It reports what was changed, by whom and when:');
  await narrator.say('');
  await narrator.show(
    changedByHand(pass).flatMap(({ id, drift = [] }) => [
      `us-1  ${plainText(formatObjectId(id))}`,
      ...fieldLines(drift, narrator.style),
    ]),
  );
  await narrator.say(`And it has put it back, ${duration(ms)} after the change. The image in us-1 is ${fleet.imageOf('us-1', 'web')} again.`);
  await narrator.pause(6);
}

/** A cluster cannot be reached while a commit comes. */
export async function loseCluster(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.heading('4. A cluster is lost');
  await narrator.say('Nobody reaches the API server of Singapore any more. Meanwhile Ada releases a new version of the storefront, for all clusters.');
  await fleet.get('ap-1').pause();
  await checkout.edit(WEB, 'web:4.12.0', 'web:4.13.0');
  await narrator.command('git diff', await checkout.diff());
  const commit = await checkout.commit('Storefront 4.13.0');
  const since = await push(cast);
  await narrator.command("git commit --all --message 'Storefront 4.13.0' && git push");
  const ms = await untilApplied(cast, commit, since);
  await untilPass(cast, 'ap-1 is known to be lost', since, ({ cluster, result }) => {
    return cluster === 'ap-1' && result.state === 'NotReady';
  });
  await showImages(cast, `${duration(ms)} later the other clusters have it; Singapore holds up nobody:`);
  await untilRecorded(cast, since);
  await narrator.say('gitfed writes down how the clusters are, in the same repository, on a branch of its own. Any clone can tell:');
  await narrator.command('gitfed status --fetch', await gitfedOutput(cast, ['status', '--fetch']));
  await narrator.pause(6);
  await narrator.say('Singapore can be reached again.');
  const back = performance.now();
  await fleet.get('ap-1').resume();
  const recovery = await untilPass(cast, 'ap-1 has caught up', back, ({ cluster, result }) => {
    return cluster === 'ap-1' && result.state === 'Synced';
  });
  await showImages(cast, `${duration(recovery.ms)} later it has what it missed:`);
  await untilRecorded(cast, back);
  await narrator.pause(5);
}

async function showImages({ stage: { fleet }, narrator }: Cast, text: string): Promise<void> {
  await narrator.say('');
  await narrator.say(text);
  await narrator.say('');
  await narrator.show(formatTable(['cluster', 'image of web'], fleet.clusters.map(({ name }) => [name, fleet.imageOf(name, 'web')]), 2));
}
