/**
 * What the objects of a fleet take in memory while they are watched, and what a pass over a member takes in which nothing changed.
 * Run with `npm run bench:cache -- [--members N] [--objects N]`.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { buildModel } from '../src/api/index.ts';
import { type LaneInput, PlanMemo, runLane } from '../src/apply/index.ts';
import { liveProjection } from '../src/apply/live-projection.ts';
import { ApiClient, type Discovery, Interner, type LiveObject, type ObjectSource } from '../src/cluster/index.ts';
import { ObjectStore } from '../src/cluster/object-store.ts';
import { project } from '../src/cluster/projection.ts';
import { type ClusterRendering, render } from '../src/render/index.ts';
import { liveTexts, parentObject } from './cache/members.ts';
import { snapshotOf } from './cache/repository.ts';
import { formatTable, median } from './table.ts';

const { values } = parseArgs({
  options: { members: { type: 'string', default: '100' }, objects: { type: 'string', default: '1000' } },
});
const members = Number(values.members);
const objects = Number(values.objects);

const model = buildModel(snapshotOf(members, objects));
const rendering = render(model);
const identity = { name: 'bench', namespace: 'kube-federation-system', repository: 'file:///bench', path: '' };

const rows = [measureMemory(false), measureMemory(true)];
console.log(`${members} members × ${objects} objects, a third of them Deployments:\n`);
console.log(formatTable(['', 'as sent', 'in memory', 'in all'], rows));
const times = await measurePass();
console.log(`\nA pass over ${objects} objects of which none changed, all of them in memory:\n`);
const [first] = times;
console.log(formatTable(['first', 'median of the last 40', 'slowest'], [passRow(first ?? 0, times.slice(-40))]));
console.log(`\nResident in all: ${mb(process.memoryUsage.rss())}.`);

function passRow(cold: number, warm: readonly number[]): readonly string[] {
  return [cold, median(warm), Math.max(...warm)].map((ms) => `${ms.toFixed(1)} ms`);
}

function measureMemory(isWhole: boolean): readonly string[] {
  const interner = new Interner();
  const projection = liveProjection({ group: 'apps', kind: 'Deployment' }, { isWhole, rules: [] });
  // All that is there before, such as the rendering, is not counted.
  const sent = liveTexts(firstMember(), identity, isWhole).reduce((sum, text) => sum + text.length, 0) / objects;
  const before = used();
  const stores = rendering.clusters.map((one) => {
    const store = new ObjectStore();
    for (const text of liveTexts(one, identity, isWhole)) store.there(project(parse(text), projection, interner));
    return store;
  });
  const bytes = used() - before;
  const count = stores.reduce((sum, { size }) => sum + size, 0);
  return [
    isWhole ? 'whole, for their status' : 'metadata alone',
    `${Math.round(sent)} bytes each`,
    `${Math.round(bytes / count)} bytes each`,
    mb(bytes),
  ];
}

async function measurePass(): Promise<readonly number[]> {
  const memo = new PlanMemo();
  const source = heldSource(firstMember());
  const taken: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const begin = performance.now();
    const result = await runLane(laneInput(firstMember(), source, memo));
    taken.push(performance.now() - begin);
    const changed = result.objects.find(({ action }) => action !== 'unchanged');
    if (result.state !== 'Synced' || changed !== undefined) throw new Error(`${changed?.id.name} is not unchanged`);
  }
  return taken;
}

function laneInput(own: ClusterRendering, source: ObjectSource, memo: PlanMemo): LaneInput {
  const resources = ['ConfigMap', 'Deployment', 'Namespace'].map((kind) => ({
    group: kind === 'Deployment' ? 'apps' : '',
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    scope: kind === 'Namespace' ? ('Cluster' as const) : ('Namespaced' as const),
    verbs: new Set<string>(),
  }));
  const discovery: Discovery = {
    find: (group, kind) => resources.find((one) => one.group === group && one.kind === kind),
    resources,
    staleGroups: new Set(),
  };
  const nowhere = { url: new URL('https://127.0.0.1:1'), tls: {}, authenticate: async () => ({}) };
  return {
    client: new ApiClient(nowhere),
    objects: source,
    memo,
    discovery: { isRemembered: true, get: async () => discovery, refresh: async () => discovery },
    model,
    rendering: own,
    identity,
    commit: '0'.repeat(40),
    mode: 'apply',
    prune: true,
    isAllowedSince: async () => false,
    guardBefore: async () => undefined,
    isReturning: () => false,
    isRecordedElsewhere: () => false,
    isRecordedHere: () => false,
    held: new Map(),
    prepared: new WeakMap(),
    lease: {},
    now: 0,
    onObject: () => undefined,
  };
}

/** As a cache answers that is warm. */
function heldSource(own: ClusterRendering): ObjectSource {
  const interner = new Interner();
  const projection = liveProjection({ group: '', kind: 'ConfigMap' }, { isWhole: false, rules: [] });
  const held = Map.groupBy(
    liveTexts(own, identity, false).map((text) => project(parse(text), projection, interner)),
    (_object, index) => own.objects[index]?.id.kind ?? '',
  );
  held.set('Secret', [parentObject(identity, own.cluster, 'ConfigMap,Deployment.apps,Namespace', 'bench')]);
  return {
    list: async ({ kind }) => held.get(kind) ?? [],
    keepsWhole: () => false,
    observe: (_resource, _id, work) => work(),
  };
}

function firstMember(): ClusterRendering {
  const [own] = rendering.clusters;
  if (own === undefined) throw new Error('there is no member');
  return own;
}

function parse(text: string): LiveObject {
  return JSON.parse(text) as LiveObject;
}

function used(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function mb(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
