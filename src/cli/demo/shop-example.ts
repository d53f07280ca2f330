import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GitfedError } from '../../errors.ts';

/** A cluster of the example that takes part. */
export interface ShopCluster {
  readonly name: string;
  readonly place: string;
  /** Pods that fit into it. */
  readonly capacity: number;
}

/** Three of the five, of three regions. */
export const SHOP_CLUSTERS: readonly ShopCluster[] = [
  { name: 'ap-1', place: 'Singapore', capacity: 20 },
  { name: 'eu-1', place: 'Dublin', capacity: 40 },
  { name: 'us-1', place: 'Virginia', capacity: 40 },
];

const ABSENT = ['eu-2', 'us-2'];

/** For people who read all of it; and what a cluster would need controllers for that a sandbox has not: it would never be done with them. */
const LEFT_OUT = [
  'README.md',
  'clusters/eu-2.yaml',
  'clusters/us-2.yaml',
  'monitoring/node-exporter.yaml',
  'shop/jobs.yaml',
  'shop/search.yaml',
];

/** What the planner waits for until a cluster that is back counts again; five minutes by default. */
const QUICK_FAILBACK =
  '\n# A cluster that was lost takes part again when it was there for so long.\nfailback:\n  stabilization: 3s\n';

/** So that replicas come back to a cluster that was lost, and do not stay where they run by then. */
const REBALANCED: readonly (readonly [string, string])[] = [
  ['  totalReplicas: 24\n', '  totalReplicas: 24\n  rebalance: true\n'],
];

/** The defaults (10s, 3s, 3) are for clusters that are far away and many; a demo is watched. */
const QUICK_HEALTH_CHECKS: readonly (readonly [string, string])[] = [
  ['    availableDelay: 20s', '    availableDelay: 1s'],
  ['    unavailableDelay: 60s', '    unavailableDelay: 5s'],
  ['    period: 10s', '    period: 1s'],
  ['    timeout: 3s', '    timeout: 1s'],
  ['    failureThreshold: 3', '    failureThreshold: 1'],
];

/**
 * Writes `examples/repo` into an empty folder, reduced to {@link SHOP_CLUSTERS}.
 *
 * @param urls of the API servers, by cluster.
 */
export async function writeShopExample(folder: string, urls: ReadonlyMap<string, string>): Promise<void> {
  await cp(findExample(), folder, { recursive: true });
  await Promise.all(LEFT_OUT.map((name) => rm(path.join(folder, name))));
  const files = await readdir(folder, { recursive: true });
  for (const name of files.filter((file) => file.endsWith('.yaml'))) {
    await edit(path.join(folder, name), withoutAbsent);
  }
  for (const [name, url] of urls) {
    await edit(path.join(folder, 'clusters', `${name}.yaml`), (text) => {
      return text.replace(/(?<=apiEndpoint: ).*/, url).replace(/^.*\n.*secretRef:\n.*\n/m, secretOf(name));
    });
  }
  await edit(path.join(folder, 'gitfed.yaml'), (text) => `${text}${QUICK_FAILBACK}`);
  await edit(path.join(folder, 'shop', 'web.yaml'), (text) => replaceAll(text, REBALANCED));
  await edit(path.join(folder, 'kubefed', 'config.yaml'), (text) => replaceAll(text, QUICK_HEALTH_CHECKS));
}

/** Beside the sources, and in the package: the same way up from both. */
function findExample(): string {
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const example = path.join(folder, 'examples', 'repo');
    if (existsSync(path.join(example, 'gitfed.yaml'))) return example;
  }
  throw new GitfedError(
    'USAGE',
    'This installation of gitfed lacks its folder examples/repo: install the package again.',
  );
}

function secretOf(name: string): string {
  return `  # Its token comes from the kubeconfig of the demo, which has a context of this name.\n  secretRef:\n    name: ${name}-credentials\n`;
}

/** Without the entries of clusters that are not there: items of lists, and keys of preferences, with the comments above them. */
function withoutAbsent(text: string): string {
  const kept: string[] = [];
  let comments = 0;
  let removedAt: number | undefined;
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/);
    if (removedAt !== undefined && indent > removedAt) continue;
    removedAt = undefined;
    if (ENTRY.test(line)) {
      kept.splice(kept.length - comments, comments);
      removedAt = indent;
      comments = 0;
    } else {
      comments = line.trimStart().startsWith('#') ? comments + 1 : 0;
      kept.push(line);
    }
  }
  // What has lost its last entry.
  return kept.join('\n').replace(/^ *overrides:\n(?! {4}[-#])/gm, '');
}

const ENTRY = new RegExp(`^ +(?:- (?:clusterName|name): (?:${ABSENT.join('|')})|(?:${ABSENT.join('|')}):)$`);

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  if (changed !== text) await writeFile(file, changed);
}

function replaceAll(text: string, replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((result, [from, to]) => result.replace(from, to), text);
}
