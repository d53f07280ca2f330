import { describe, expect, it } from 'vitest';
import type { IgnoreRule } from '../api/index.ts';
import { Interner, type LiveObject } from '../cluster/index.ts';
import { liveProjection } from './live-projection.ts';

const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };

const LIVE = {
  metadata: {},
  spec: {
    replicas: 3,
    progressDeadlineSeconds: 600,
    updateStrategy: { type: 'OnDelete' },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'web', image: 'web:1' }], nodeName: 'n' },
    },
  },
  status: { readyReplicas: 2 },
} as LiveObject;

function rule(jsonPointers: readonly string[], rest: Partial<IgnoreRule> = {}): IgnoreRule {
  return { jsonPointers, managers: [], ...rest } as IgnoreRule;
}

const NUMBERS = { replicas: 3, progressDeadlineSeconds: 600, updateStrategy: { type: 'OnDelete' } };

describe('what a pass reads of a whole object', () => {
  it('is nothing but its metadata where nothing else is needed', () => {
    const projection = liveProjection(DEPLOYMENT, { isWhole: false, rules: [rule(['/spec/paused'])] });
    expect(projection.whole).toBe(false);
    expect(projection.rest(LIVE, new Interner())).toEqual({});
  });

  it.each([
    ['replicas and status', [], NUMBERS],
    [
      'a field that a rule leaves to others, too',
      [rule(['/spec/template/metadata/labels/a'])],
      { ...NUMBERS, template: { metadata: { labels: { a: 'b' } } } },
    ],
    [
      'the whole list that a pointer leads into',
      [rule(['/spec/template/spec/containers/0/image'])],
      { ...NUMBERS, template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } } },
    ],
    [
      'two fields of one place',
      [rule(['/spec/template/spec/nodeName', '/spec/template/metadata/labels'])],
      { ...NUMBERS, template: { spec: { nodeName: 'n' }, metadata: { labels: { a: 'b' } } } },
    ],
    ['nothing of a rule for another kind', [rule(['/spec/template'], { kind: 'Job' })], NUMBERS],
    ['nothing that is not there', [rule(['/spec/none/of/it', '/data', '/metadata/labels'])], NUMBERS],
  ])('is %s', (_title, rules, spec) => {
    const { rest, whole } = liveProjection(DEPLOYMENT, { isWhole: true, rules });
    expect(whole).toBe(true);
    expect(rest(LIVE, new Interner())).toEqual({ spec, status: { readyReplicas: 2 } });
  });

  it('is a label or an annotation of others where a rule names it, besides those that mean something to us', () => {
    const rules = [rule(['/metadata/labels/team', '/metadata/annotations'])];
    const { keepsLabel, keepsAnnotation } = liveProjection(DEPLOYMENT, { isWhole: true, rules });
    expect(['team', 'kubefed.io/managed', 'app'].map(keepsLabel)).toEqual([true, true, false]);
    expect(['gitfed.io/applied', 'anything'].map(keepsAnnotation)).toEqual([true, true]);
    const plain = liveProjection(DEPLOYMENT, { isWhole: false, rules });
    expect(['gitfed.io/applied', 'anything'].map(plain.keepsAnnotation)).toEqual([true, false]);
  });

  it('is named, so that other rules ask again', () => {
    const key = (pointers: readonly string[]): string =>
      liveProjection(DEPLOYMENT, { isWhole: true, rules: [rule(pointers)] }).key;
    expect(key(['/spec/a'])).toBe(key(['/spec/a']));
    expect(key(['/spec/a'])).not.toBe(key(['/spec/b']));
  });
});
