import type { ObjectResult } from '../../apply/types.ts';
import { formatFieldPath, formatObjectId, stringifyJson } from '../../core/index.ts';
import { plainText } from '../../report/plain-text.ts';
import { formatTable } from '../../report/table.ts';
import {
  type Cast,
  changedByHand,
  commitAndPush,
  duration,
  shownDiff,
  statusOutput,
  untilPass,
  untilRecorded,
} from './story.ts';

const HOTFIX = 'registry.shop.example/web:hotfix';
const WEB = 'shop/web.yaml';

/** Somebody changes a cluster by hand. */
export async function changeByHand(cast: Cast): Promise<void> {
  const { narrator, stage } = cast;
  const { fleet } = stage;
  await narrator.heading('3. A change by hand');
  await narrator.say('Somebody in Virginia is in a hurry, and changes the storefront there without git:');
  const since = performance.now();
  await fleet.setImage('us-1', 'web', HOTFIX);
  await narrator.command(`kubectl --context us-1 -n shop set image deployment/web web=${HOTFIX}`);
  const { ms, pass } = await untilPass(cast, 'the change by hand is put back', since, (event) => {
    return event.cluster === 'us-1' && changedByHand(event).some(({ action }) => action === 'configured');
  });
  await narrator.say('That is drift. gitfed watches what it manages, and has seen what was changed, and by whom:');
  await narrator.show(changedByHand(pass).flatMap((result) => driftLines(cast, pass.cluster, result)));
  await narrator.say(
    `${duration(ms)} after the change it was put back. The image in us-1 is ${fleet.imageOf('us-1', 'web')}.`,
  );
  await narrator.pause(6);
  await untilRecorded(cast, 'the status tells of the drift', pass.commit, ({ drift }) => drift.corrected > 0);
}

function driftLines(
  { narrator: { style } }: Cast,
  cluster: string,
  { id, drift = [] }: ObjectResult,
): readonly string[] {
  return [
    `${cluster}: ${plainText(formatObjectId(id))}`,
    ...drift.flatMap(({ path, live, desired, manager, time }) => [
      `  ${plainText(formatFieldPath(path))}`,
      `    is         ${style.removed(plainText(stringifyJson(live ?? null)))}`,
      `    should be  ${style.added(plainText(stringifyJson(desired ?? null)))}`,
      `    written by ${plainText(`${manager ?? 'nobody knows whom'}${time === undefined ? '' : `, ${time}`}`)}`,
    ]),
  ];
}

/** A cluster cannot be reached while a commit comes. */
export async function loseCluster(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.heading('4. A cluster is lost');
  await fleet.get('ap-1').pause();
  await narrator.say(
    'The API server of Singapore has just gone. Ada does not know, and releases a new version of the storefront for all clusters:',
  );
  await checkout.edit(WEB, 'web:4.12.0', 'web:4.13.0');
  await narrator.command('git diff', await shownDiff(cast));
  const { commit, since } = await commitAndPush(cast, 'Storefront 4.13.0');
  const others = fleet.clusters.map(({ name }) => name).filter((name) => name !== 'ap-1');
  const passes = await Promise.all(
    others.map((name) =>
      untilPass(cast, `${commit} in ${name}`, since, (event) => {
        return event.cluster === name && event.commit === commit && event.result.state === 'Synced';
      }),
    ),
  );
  await narrator.say(`${duration(Math.max(...passes.map(({ ms }) => ms)))} after the push began, the others have it:`);
  await showImages(cast);
  await narrator.pause(3);
  await untilRecorded(cast, 'the status tells of the lost cluster', commit, ({ states }) => {
    return states.NotReady === 1 && states.Synced === others.length;
  });
  await narrator.say(
    'How the clusters are, gitfed writes to a branch of the same repository. Any clone can tell, and no cluster is asked:',
  );
  await narrator.command('gitfed status --fetch', await statusOutput(cast, { fetch: true }));
  await narrator.pause(5);
  await recover(cast, commit);
}

async function recover(cast: Cast, commit: string): Promise<void> {
  const { fleet } = cast.stage;
  await cast.narrator.say('Singapore is back. gitfed asks for it every second here; by default, every ten seconds.');
  const since = performance.now();
  await fleet.get('ap-1').resume();
  const { ms } = await untilPass(cast, 'ap-1 has caught up', since, (event) => {
    return event.cluster === 'ap-1' && event.commit === commit && event.result.state === 'Synced';
  });
  await cast.narrator.say(`${duration(ms)} later it has what it missed, and nobody had to do anything:`);
  await showImages(cast);
  await cast.narrator.pause(4);
}

async function showImages({ stage: { fleet }, narrator }: Cast): Promise<void> {
  const rows = fleet.clusters.map(({ name }) => [name, fleet.imageOf(name, 'web')]);
  await narrator.show(formatTable(['cluster', 'image of web'], rows, 2));
}
