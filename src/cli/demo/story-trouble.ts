import type { ObjectResult } from '../../apply/types.ts';
import { formatFieldPath, formatObjectId, stringifyJson } from '../../core/index.ts';
import type { ReplicaMove } from '../../daemon/replica-moves.ts';
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

/** A cluster cannot be reached while a commit comes, and then loses its replicas to the others. */
export async function loseCluster(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.heading('4. A cluster is lost');
  const lost = performance.now();
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
  await moveReplicas(cast, lost);
  await recover(cast, commit);
}

/** What the storefront lost, the others get. */
async function moveReplicas(cast: Cast, lost: number): Promise<void> {
  const { narrator, stage } = cast;
  const { at, move } = await untilMoved(cast, 'the replicas of ap-1 move', lost, ({ to }) => to === undefined);
  const { ms } = await untilPass(cast, 'us-1 has more replicas', at, ({ cluster, result }) => {
    return cluster === 'us-1' && result.state === 'Synced';
  });
  await stage.fleet.settled();
  await narrator.say(
    `Singapore does not come back at once, so that ${duration(at - lost)} after it was lost gitfed plans without it: its ${move.from} replicas of web go to clusters that have room, and run there ${duration(ms)} later. By default that takes a minute.`,
  );
  await showReplicas(cast);
  await narrator.pause(5);
}

async function recover(cast: Cast, commit: string): Promise<void> {
  const { fleet } = cast.stage;
  await cast.narrator.say('Singapore is back. gitfed asks for it every second here; by default, every ten seconds.');
  const since = performance.now();
  await fleet.get('ap-1').resume();
  await untilPass(cast, 'ap-1 is reached', since, ({ cluster, result }) => {
    return cluster === 'ap-1' && result.state === 'Synced';
  });
  const { at } = await untilMoved(cast, 'replicas come back to ap-1', since, ({ from }) => from === undefined);
  const { ms } = await untilPass(cast, 'ap-1 has caught up', at, (event) => {
    return event.cluster === 'ap-1' && event.commit === commit && event.result.state === 'Synced';
  });
  await fleet.settled();
  await cast.narrator.say(
    `When it has been there for three seconds without a break (five minutes by default), it counts again: ${duration(at + ms - since)} after its return it has what it missed, its replicas come back, and nobody had to do anything:`,
  );
  await showImages(cast);
  await showReplicas(cast);
  await cast.narrator.pause(4);
}

/** Until another plan of the storefront takes a cluster in or out. */
async function untilMoved(
  { events }: Cast,
  what: string,
  since: number,
  isWanted: (move: ReplicaMove) => boolean,
): Promise<{ readonly at: number; readonly move: ReplicaMove }> {
  const { at, value } = await events.first(what, since, (event) => {
    if (event.type !== 'observed') return undefined;
    return event.moves.find(({ workload, cluster, ...move }) => {
      return (
        workload === 'FederatedDeployment/shop/web' && cluster === 'ap-1' && isWanted({ workload, cluster, ...move })
      );
    });
  });
  return { at, move: value };
}

async function showReplicas({ stage: { fleet }, narrator }: Cast): Promise<void> {
  const rows = fleet.clusters.map(({ name }) => [name, `${fleet.countRunning(name, 'web')}`]);
  await narrator.show(formatTable(['cluster', 'pods of web'], rows, 1));
}

async function showImages({ stage: { fleet }, narrator }: Cast): Promise<void> {
  const rows = fleet.clusters.map(({ name }) => [name, fleet.imageOf(name, 'web')]);
  await narrator.show(formatTable(['cluster', 'image of web'], rows, 2));
}
