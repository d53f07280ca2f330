import { describe, expect, it } from 'vitest';
import { CONFIGURATION, clusterOf, federatedOf } from '../../test/helpers/render-input.ts';
import type { Configuration, FederatedObject, KeepRule } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import type { RenderedObject, Rendering } from '../render/types.ts';
import { type ChangeSet, compareRenderings, isEmptyChangeSet } from './change-set.ts';
import { checkGates, failedGates, type GateReport } from './gates.ts';

type Objects = Readonly<Record<string, readonly RenderedObject[]>>;

interface Side {
  readonly objects: Objects;
  readonly keepLive?: readonly KeepRule[];
}

const SECRETS: readonly KeepRule[] = [{ kind: 'Secret' }];
const DB: readonly KeepRule[] = [{ group: '', kind: 'Secret', namespace: 'shop', name: 'db' }];

function one(kind: string, name: string, manifest: JsonObject = {}, namespace = 'shop'): RenderedObject {
  const [plain = '', ...rest] = kind.split('.');
  const group = rest.join('.');
  const id = { group, kind: plain, namespace, name };
  const federated: FederatedObject = { ...federatedOf({ name, namespace }), target: id };
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  return { id, federated, manifest: { apiVersion, kind: plain, metadata: { name }, ...manifest } };
}

const secret = (name: string, value = 'a'): RenderedObject => one('Secret', name, { data: { value } });
const secrets = (number: number): readonly RenderedObject[] =>
  Array.from({ length: number }, (_, index) => secret(`s${index}`));
const config = (name: string, value = 'a'): RenderedObject => one('ConfigMap', name, { data: { value } });
const web = (replicas: number): RenderedObject => one('Deployment.apps', 'web', { spec: { replicas } });

function configurationOf({ keepLive = [] }: Side, more: Partial<Configuration> = {}): Configuration {
  return { ...CONFIGURATION, ...more, keepLive };
}

function renderingOf({ objects }: Side): Rendering {
  const clusters = Object.entries(objects).map(([cluster, list]) => ({ cluster, objects: list, held: [] }));
  return { clusters, replicas: new Map(), findings: [] };
}

function compare(before: Side, after: Side, more: Partial<Configuration> = {}): ChangeSet {
  const objects = Object.values(after.objects).flatMap((list) => list.map(({ federated }) => federated));
  const configuration = configurationOf(after, more);
  const keptBefore = configurationOf(before).keepLive;
  const model = { configuration, objects, heldTargets: [], holds: [], keptBefore };
  return compareRenderings(renderingOf(before), renderingOf(after), model);
}

function gates(before: Side, after: Side, more: Partial<Configuration> = {}): GateReport {
  const [old, now] = [before, after].map((side) => {
    const objects = Object.values(side.objects).flatMap((list) => list.map(({ federated }) => federated));
    const clusters = Object.keys(side.objects).map((name) => clusterOf(name));
    return {
      model: { configuration: configurationOf(side, more), objects, heldTargets: [], clusters },
      rendering: renderingOf(side),
    };
  });
  if (old === undefined || now === undefined) throw new Error('two sides make two states');
  return checkGates({ before: old, after: now, changes: compare(before, after, more), allowances: [] });
}

const shown = ({ objects }: ChangeSet): readonly string[] =>
  objects.map(({ type, id, clusters }) => `${type} ${id.kind}/${id.name} in ${clusters.join(', ')}`);

describe('what keepLive covers', () => {
  it.each<[title: string, before: Objects, after: Objects, objects: number]>([
    ['comes', { a: [] }, { a: [secret('db')] }, 1],
    ['leaves', { a: [secret('db')], b: [secret('db')] }, { a: [], b: [] }, 2],
    ['changes', { a: [secret('db')] }, { a: [secret('db', 'b')] }, 1],
    ['comes with a new cluster', {}, { a: [secret('db')] }, 1],
    ['stays', { a: [secret('db')] }, { a: [secret('db')] }, 0],
  ])('is no change when it %s, and is counted as kept', (_title, before, after, objects) => {
    const sides = [
      { objects: before, keepLive: DB },
      { objects: after, keepLive: DB },
    ] as const;
    const changes = compare(...sides);
    expect(shown(changes)).toEqual([]);
    expect(changes.replicas).toEqual(new Map());
    expect(changes.unshown ?? []).toEqual(
      objects === 0 ? [] : [{ rule: 'KeptLive', objects, clusters: Object.keys(after) }],
    );
  });

  it('hides nothing else', () => {
    const changes = compare(
      { objects: { a: [secret('db'), secret('api'), config('x')] }, keepLive: DB },
      { objects: { a: [secret('web'), config('x', 'b')] }, keepLive: DB },
    );
    expect(shown(changes)).toEqual(['changed ConfigMap/x in a', 'deleted Secret/api in a', 'created Secret/web in a']);
  });

  it('is no change from the commit on that says so', () => {
    const changes = compare({ objects: { a: [secret('db')] } }, { objects: { a: [] }, keepLive: SECRETS });
    expect(isEmptyChangeSet(changes)).toBe(true);
  });

  it('is told by the name that it has in the member, which an override may give another group', () => {
    const other = one('Deployment.apps', 'web', { apiVersion: 'extensions/v1beta1' });
    const keep = (group: string): Side => ({ objects: { a: [] }, keepLive: [{ group, kind: 'Deployment' }] });
    expect(shown(compare({ objects: { a: [other] } }, keep('extensions')))).toEqual([]);
    expect(shown(compare({ objects: { a: [other] } }, keep('apps')))).toEqual(['deleted Deployment/web in a']);
  });

  it('loses no replicas', () => {
    const keepLive = [{ kind: 'Deployment' }];
    const changes = compare(
      { objects: { a: [web(5), config('x')] }, keepLive },
      { objects: { a: [config('x', 'b')] }, keepLive },
    );
    expect(changes.replicas).toEqual(new Map([['a', { before: 5, after: 5 }]]));
  });
});

describe('what keepLive covers no longer', () => {
  it('is created where the repository has it, for it is applied from then on', () => {
    const objects = { a: [secret('db'), config('x')], b: [config('x')] };
    expect(shown(compare({ objects, keepLive: SECRETS }, { objects }))).toEqual(['created Secret/db in a']);
  });

  it('is created with the content that it has now, whatever was written while it was kept', () => {
    const changes = compare(
      { objects: { a: [web(5)] }, keepLive: [{ kind: 'Deployment' }] },
      { objects: { a: [web(2)] } },
    );
    expect(shown(changes)).toEqual(['created Deployment/web in a']);
    expect(changes.replicas).toEqual(new Map([['a', { before: 0, after: 2 }]]));
  });

  it('is a deletion when it leaves with the rule, since it may have been applied before it was kept', () => {
    const changes = compare({ objects: { a: [secret('db')] }, keepLive: DB }, { objects: { a: [] } });
    expect(shown(changes)).toEqual(['deleted Secret/db in a']);
  });

  it('is still kept where another rule covers it', () => {
    const objects = { a: [secret('db')] };
    expect(shown(compare({ objects, keepLive: DB }, { objects, keepLive: SECRETS }))).toEqual([]);
  });
});

describe('gates', () => {
  const keepLive = SECRETS;
  const strict = {
    gates: {
      maxClusters: 0,
      maxReplicasLost: { count: 0, percent: 0 },
      protected: { from: 'Changes', kinds: ['Secret'], namespaces: ['shop'], clusters: ['a'] },
    },
  } as const;

  it('count nothing that is kept', () => {
    const report = gates({ objects: { a: secrets(40) }, keepLive }, { objects: { a: [] }, keepLive }, strict);
    expect(failedGates(report)).toEqual([]);
    expect(report.results.map(({ actual }) => actual)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('count the same without the rule', () => {
    const report = gates({ objects: { a: secrets(40) } }, { objects: { a: [] } }, strict);
    expect(failedGates(report).map(({ gate }) => gate)).toEqual([
      'maxDeletions',
      'maxClusters',
      'protected.kinds',
      'protected.namespaces',
      'protected.clusters',
    ]);
  });

  it.each<[title: string, configs: number, gone: number, deleted: number, all: number | undefined]>([
    ['counts only what is deleted', 100, 20, 20, undefined],
    ['takes a percentage of what is applied, not of what is kept', 40, 20, 20, 40],
  ])('of deletions: %s', (_title, number, gone, actual, all) => {
    const configs = Array.from({ length: number }, (_, index) => config(`c${index}`));
    const before = { objects: { a: [...configs, ...secrets(60)] }, keepLive };
    const after = { objects: { a: configs.slice(gone) }, keepLive };
    const [deletions] = gates(before, after).results;
    expect(deletions).toMatchObject({ gate: 'maxDeletions', actual, passed: all === undefined });
    const risks = compare(before, after).risks.map(({ message }) => message.split(' would go')[0]);
    expect(risks).toEqual(all === undefined ? [] : [`${actual} of ${all} objects`]);
  });

  it('do not count what is kept in a Namespace that goes', () => {
    const namespace = one('Namespace', 'shop', {}, '');
    const before = { objects: { a: [namespace, config('x'), ...secrets(40)] }, keepLive };
    const [deletions] = gates(before, { objects: { a: [] }, keepLive }).results;
    expect(deletions).toMatchObject({ gate: 'maxDeletions', actual: 2 });
  });
});
