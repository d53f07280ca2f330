import { formatTable } from '../../report/table.ts';
import { count } from '../../report/wording.ts';
import type { Narrator } from './narrator.ts';
import { plainLines } from './narrator.ts';
import { SHOP_CLUSTERS } from './shop-example.ts';
import type { Stage } from './stage.ts';
import { type Cast, commitAndPush, duration, shownDiff, untilApplied } from './story.ts';

const SETTINGS = 'shop/web-settings.yaml';

/** What there is before gitfed comes. */
export async function showStage({ fleet, checkout }: Stage, narrator: Narrator): Promise<void> {
  await narrator.say(
    'gitfed keeps many Kubernetes clusters as one git repository says: what runs in which of them, and what is different there. This is how that looks, in less than a minute. Git and gitfed are the real ones, nothing is made up, and nothing of it stays on this machine.',
  );
  await narrator.heading('1. Three clusters, one repository');
  await narrator.say(
    'These clusters live in this process. They answer as Kubernetes does, but no programs run in their pods.',
  );
  const rows = SHOP_CLUSTERS.map(({ name, place, capacity }) => [name, place, fleet.get(name).url, `${capacity}`]);
  await narrator.show(formatTable(['cluster', 'place', 'API server', 'room for pods'], rows, 3));
  await narrator.say(
    'The repository describes a shop. What several clusters get is written once: a template (what it is), a placement (which clusters get it; {} is all) and overrides (what is different there). Some settings of the shop:',
  );
  const text = await checkout.git('show', `HEAD:${SETTINGS}`);
  const lines = plainLines(text).filter((line) => !line.startsWith('#'));
  await narrator.command(`grep -v '^#' ${SETTINGS}`, lines);
  await narrator.pause(8);
}

/** The first commit comes to all clusters. */
export async function firstSync(cast: Cast, since: number): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.say('A daemon follows the repository from now on, and gives the clusters what it says:');
  await narrator.command('gitfed daemon ../shop.git --kubeconfig ../kubeconfig --status-min-interval 1s');
  const commit = (await checkout.git('rev-parse', 'HEAD')).trim();
  const ms = await untilApplied(cast, commit, since);
  await fleet.settled();
  const seen = fleet.clusters.map(({ name }) => ({
    name,
    objects: fleet.countManaged(name),
    running: fleet.countRunning(name),
    web: fleet.countRunning(name, 'web'),
  }));
  const objects = seen.reduce((sum, one) => sum + one.objects, 0);
  const web = seen.reduce((sum, one) => sum + one.web, 0);
  await narrator.say(
    `${duration(ms)} after its start, ${count(objects, 'object')} are in the clusters, and their pods run:`,
  );
  const rows = seen.map((one) => [one.name, `${one.objects}`, `${one.running}`, `${one.web}`]);
  await narrator.show(formatTable(['cluster', 'objects', 'pods', 'pods of web'], rows, 1));
  await narrator.say(
    `The storefront, web, has ${web} pods. shop/web.yaml says how many there are in all, and how much weight each cluster has; gitfed computed the shares.`,
  );
  await narrator.pause(6);
}

/** A commit that matters in one cluster. */
export async function changeOverride(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.heading('2. A commit');
  await narrator.say('Singapore changes the provider of its text messages. Ada edits the override:');
  await checkout.edit(SETTINGS, 'singtel.example', 'starhub.example');
  await narrator.command('git diff', await shownDiff(cast));
  fleet.forgetWrites();
  const { commit, since } = await commitAndPush(cast, 'Singapore has another SMS provider');
  const ms = await untilApplied(cast, commit, since);
  await narrator.say(
    `${duration(ms)} after the push began, Singapore has it: SMS_PROVIDER is ${fleet.settingOf('ap-1', 'web-settings', 'SMS_PROVIDER')} there. Beside gitfed's own notes, the API servers have been asked to write since then:`,
  );
  const rows = fleet.clusters.map(({ name }) => [name, fleet.writes(name).join(', ') || 'nothing']);
  await narrator.show(formatTable(['cluster', 'writes'], rows, 2));
  await narrator.pause(5);
}
