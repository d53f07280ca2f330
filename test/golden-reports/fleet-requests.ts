import { clusterName, generatedFleet } from './generated-fleet.ts';
import type { PullRequest } from './pull-request.ts';
import { edit } from './pull-request.ts';

const FLEET = generatedFleet();

/** So many lines that no two texts of another word have one in common. */
function longText(word: string, lines: number): string {
  return JSON.stringify(Array.from({ length: lines }, (_, index) => `${word} ${index} ${'x'.repeat(80)}`).join('\n'));
}

/** Pull requests over 100 clusters × 500 objects, by the name of their report. Made when they are asked for: some are large. */
export const FLEET_REQUESTS: Readonly<Record<string, () => PullRequest>> = {
  'fleet-one-image': () => ({
    about: 'one image in 100 clusters is one entry',
    before: FLEET,
    after: edit(FLEET, 'apps/app-001.yaml', ['app-001:1.0', 'app-001:1.1']),
  }),
  'fleet-all-images': () => ({ about: 'all images change', before: FLEET, after: generatedFleet({ tag: '1.1' }) }),
  'fleet-outliers': () => ({
    about: 'three clusters get something else: they come first',
    before: FLEET,
    after: generatedFleet({
      more: (index) => {
        const entries = [7, 42, 99].map(
          (at) => `{clusterName: ${clusterName(at)}, clusterOverrides: [{path: /spec/replicas, value: ${at}}]}`,
        );
        return index === 3 ? `, overrides: [${entries.join(', ')}]` : index === 6 ? ', overrides: []' : '';
      },
    }),
  }),
  'fleet-each-its-own': () => ({
    about: 'every object changes in a way of its own: only some have a place in a comment',
    before: FLEET,
    after: Object.fromEntries(
      Object.entries(FLEET).map(([name, text], index) => [
        name,
        text.replace(/(?<=:)1\.0'/, `2.${index}'`).replace('mode: plain', `mode: m${index}`),
      ]),
    ),
  }),
  'fleet-everything-deleted': () => ({
    about: '50,000 deletions',
    before: FLEET,
    after: { 'fleet.yaml': FLEET['fleet.yaml'] ?? '' },
  }),
  'fleet-every-cluster-differs': () => ({
    about: 'one object has another number in each of 100 clusters: the table folds what is left over',
    before: FLEET,
    after: generatedFleet({
      more: (index) =>
        index === 4
          ? `, overrides: [${Array.from({ length: 100 }, (_, at) => `{clusterName: ${clusterName(at)}, clusterOverrides: [{path: /spec/replicas, value: ${at}}]}`).join(', ')}]`
          : '',
    }),
  }),
  'fleet-40-megabytes': () => ({
    about: '40 MB of differences',
    before: generatedFleet({ data: (index) => `{text: ${longText(`old ${index}`, 2300)}}` }),
    after: generatedFleet({ data: (index) => `{text: ${longText(`new ${index}`, 2300)}}` }),
  }),
};
