import { describe, expect, it } from 'vitest';
import { cluster, documents, federated, federatedNamespace, modelOf } from '../../test/helpers/model-of.ts';
import { render } from '../render/index.ts';
import { compareRenderings } from './change-set.ts';
import { checkGates } from './gates.ts';
import { compareFindingsOf } from './new-findings.ts';
import { formatPushSummary } from './push-summary.ts';
import { createStyle } from './style.ts';

type Files = Readonly<Record<string, string>>;

const FLEET = documents(
  ...['eu-1', 'us-1'].map((name) => cluster(name)),
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}',
  federatedNamespace('shop'),
);

function settings(count: number, value: string): string {
  const one = (index: number): string =>
    federated(
      'FederatedConfigMap',
      `{template: {data: {key: ${value}-${index}}}, placement: {clusterSelector: {}}}`,
      `{name: s-${index}, namespace: shop}`,
    );
  return documents(...Array.from({ length: count }, (_, index) => one(index)));
}

/** The summary of a change of files. */
function summarise(before: Files, after: Files): readonly string[] {
  const [old, fresh] = [before, after].map((files) => {
    const model = modelOf({ 'fleet.yaml': FLEET, ...files });
    return { model, rendering: render(model) };
  });
  if (old === undefined || fresh === undefined) throw new Error('there are two sides');
  const changes = compareRenderings(old.rendering, fresh.rendering, fresh.model);
  const change = {
    changes,
    gates: checkGates({ before: old, after: fresh, changes, allowances: [] }),
    findings: compareFindingsOf(old.rendering.findings, fresh.rendering.findings),
    whole: 'gitfed diff',
  };
  const summary = { title: 'main', notes: [], change };
  return formatPushSummary(summary, createStyle(false), 100).trimEnd().split('\n');
}

describe('the summary of a push', () => {
  it('says that nothing changes', () => {
    expect(summarise({}, {})).toEqual(['main', 'Nothing changes in any cluster.']);
  });

  it('leaves out objects at last, and says how many', () => {
    const lines = summarise({ 'a.yaml': settings(40, 'old') }, { 'a.yaml': settings(40, 'new') });
    expect(lines.slice(0, 3)).toEqual(['main', '40 objects in 2 clusters: 80 changed.', '']);
    expect(lines).toHaveLength(3 + 24);
    expect(lines.at(-1)).toBe('… the rest of it, and 32 more changes. All of it: gitfed diff');
  });

  it('is a screenful or so, whatever happens', () => {
    const broken = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`broken-${index}.yaml`, 'a: [\n']));
    const names = Array.from({ length: 80 }, (_, index) => `web-${index}`);
    const web = (name: string, replicas: number): string =>
      federated(
        'FederatedDeployment',
        `{template: {spec: {replicas: ${replicas}}}, placement: {clusters: [{name: eu-1}]}}`,
        `{name: ${name}, namespace: shop}`,
      );
    const all = (replicas: (index: number) => number): string =>
      documents(...names.map((name, index) => web(name, replicas(index))));
    const lines = summarise({ 'web.yaml': all((index) => index + 1) }, { 'web.yaml': all(() => 0), ...broken });
    expect(lines.length).toBeLessThan(70);
    expect(lines.find((line) => line.includes('new error'))).toBe('50 new errors:');
    expect(lines).toContain('  … and 42 more: gitfed validate');
  });

  it('tells a gate that is not passed before the objects, and not as a risk too', () => {
    const files = { 'a.yaml': settings(20, 'x'), 'b.yaml': settings(0, 'x') };
    const lines = summarise(files, { 'a.yaml': settings(1, 'x') });
    const text = lines.join('\n');
    expect(text).toContain('✗ maxDeletions');
    expect(text).not.toContain('would go, more than');
    expect(lines.indexOf('gates:')).toBeLessThan(lines.findIndex((line) => line.startsWith('- ConfigMap')));
  });
});
