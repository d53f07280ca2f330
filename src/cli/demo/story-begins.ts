import { formatTable } from '../../report/table.ts';
import { count } from '../../report/wording.ts';
import { plainLines } from './narrator.ts';
import { SHOP_CLUSTERS } from './shop-example.ts';
import { type Cast, duration, push, untilApplied } from './story.ts';

const SETTINGS = 'shop/web-settings.yaml';

/** What there is before gitfed comes. */
export async function showStage({ stage, narrator }: Omit<Cast, 'events'>): Promise<void> {
  await narrator.say(
    'gitfed keeps many Kubernetes clusters as one git repository says. This is how that looks, with real git and the real gitfed.',
  );
  await narrator.heading('1. Three clusters, and one repository');
  await narrator.say('These clusters live in this process: they answer as Kubernetes does, but their pods run no programs.');
  await narrator.say('');
  const rows = SHOP_CLUSTERS.map(({ name, place, capacity }) => [name, place, stage.fleet.get(name).url, `${capacity}`]);
  await narrator.show(formatTable(['cluster', 'place', 'address', 'room for pods'], rows, 3));
  await narrator.say(
    'The repository says once what a shop consists of. Each file has a template for all clusters, a placement (which of them get it), and overrides (what is different there):',
  );
  const text = await stage.checkout.git('show', `HEAD:${SETTINGS}`);
  await narrator.command(`cat ${SETTINGS}`, plainLines(text));
  await narrator.pause(7);
}

/** The first commit comes to all clusters. */
export async function firstSync(cast: Cast, since: number): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.say('The daemon follows the repository from now on:');
  await narrator.command('gitfed daemon ../shop.git --kubeconfig ../kubeconfig');
  const commit = (await checkout.git('rev-parse', 'HEAD')).trim();
  const ms = await untilApplied(cast, commit, since);
  await fleet.settled();
  const rows = fleet.clusters.map(({ name }) => [
    name,
    `${fleet.countManaged(name)}`,
    `${fleet.replicasOf(name, 'web')}`,
    `${fleet.countRunning(name)}`,
  ]);
  const total = fleet.clusters.reduce((sum, { name }) => sum + fleet.countManaged(name), 0);
  await narrator.say('');
  await narrator.say(`${duration(ms)} later ${count(total, 'object')} are in the three clusters:`);
  await narrator.say('');
  await narrator.show(formatTable(['cluster', 'objects', 'replicas of web', 'pods running'], rows, 1));
  const replicas = fleet.clusters.reduce((sum, { name }) => sum + fleet.replicasOf(name, 'web'), 0);
  await narrator.say(
    `shop/web.yaml asks for ${replicas} replicas of the storefront, "web", in all, and gives each cluster a weight. Who gets how many is computed from that.`,
  );
  await narrator.pause(6);
}

/** A commit that matters in one cluster. */
export async function changeOverride(cast: Cast): Promise<void> {
  const { stage, narrator } = cast;
  const { fleet, checkout } = stage;
  await narrator.heading('2. A commit');
  await narrator.say('Ada gives Singapore another provider of text messages.');
  await checkout.edit(SETTINGS, 'singtel.example', 'starhub.example');
  await narrator.command('git diff', await checkout.diff());
  const commit = await checkout.commit('Singapore gets another SMS provider');
  fleet.forgetWrites();
  const since = await push(cast);
  await narrator.command("git commit --all --message 'Singapore gets another SMS provider' && git push");
  const ms = await untilApplied(cast, commit, since);
  await narrator.say('');
  await narrator.say(`${duration(ms)} after git push was called, that is in the clusters. What their servers were asked to write:`);
  await narrator.say('');
  await narrator.show(
    fleet.clusters.map(({ name }) => {
      const writes = fleet.writes(name);
      return `${name}  ${writes.length === 0 ? 'nothing' : writes.join(', ')}`;
    }),
  );
  await narrator.pause(6);
}
