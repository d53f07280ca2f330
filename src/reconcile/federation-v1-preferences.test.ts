import { describe, expect, it } from 'vitest';
import { preferencesToJson, readPreferences } from './federation-v1-preferences.ts';

describe('preferences of Federation v1', () => {
  it.each([
    [
      'reads all fields',
      '{"rebalance":true,"clusters":{"A":{"minReplicas":1,"maxReplicas":5,"weight":2}}}',
      true,
      { A: { minReplicas: 1, maxReplicas: 5, weight: 2 } },
    ],
    [
      'reads keys in any letter case',
      '{"Rebalance":true,"CLUSTERS":{"A":{"MINREPLICAS":1,"MaxReplicas":5,"Weight":2}}}',
      true,
      { A: { minReplicas: 1, maxReplicas: 5, weight: 2 } },
    ],
    [
      'reads the two letters that Go folds to ASCII',
      '{"clu\u017fter\u017f":{"A":{"weight":3}}}',
      false,
      { A: { weight: 3 } },
    ],
    [
      'keeps names of clusters as they are written',
      '{"clusters":{"a":{"weight":1},"A":{"weight":2}}}',
      false,
      { a: { weight: 1 }, A: { weight: 2 } },
    ],
    ['takes the last of two spellings', '{"clusters":{"A":{"weight":1,"Weight":2}}}', false, { A: { weight: 2 } }],
    [
      'puts a second map of clusters into the first',
      '{"clusters":{"A":{"weight":1}},"Clusters":{"B":{"weight":2}}}',
      false,
      { A: { weight: 1 }, B: { weight: 2 } },
    ],
    [
      'takes null for nothing said',
      '{"rebalance":null,"clusters":{"A":{"minReplicas":null,"maxReplicas":null,"weight":null}}}',
      false,
      { A: { weight: 0 } },
    ],
    ['takes null for an empty preference', '{"clusters":{"A":null}}', false, { A: { weight: 0 } }],
    [
      'keeps a maximum of nothing',
      '{"clusters":{"A":{"maxReplicas":0,"weight":1}}}',
      false,
      { A: { maxReplicas: 0, weight: 1 } },
    ],
    ['gives nobody anything without clusters', '{}', false, { '*': { weight: 0 } }],
    ['gives nobody anything with no clusters', '{"clusters":{}}', false, { '*': { weight: 0 } }],
    ['gives nobody anything with null for clusters', '{"clusters":null}', false, { '*': { weight: 0 } }],
    ['gives nobody anything with null for all of it', 'null', false, { '*': { weight: 0 } }],
    [
      'leaves out what it does not know',
      '{"mood":"good","clusters":{"*":{"weight":1,"colour":"red"}}}',
      false,
      { '*': { weight: 1 } },
    ],
    [
      'keeps a cluster that is called __proto__',
      '{"clusters":{"__proto__":{"weight":1}}}',
      false,
      Object.fromEntries([['__proto__', { weight: 1 }]]),
    ],
    [
      'keeps every digit',
      '{"clusters":{"A":{"weight":9223372036854775807}}}',
      false,
      { A: { weight: 9223372036854775807n } },
    ],
  ])('%s', (_, text, rebalance, clusters) => {
    const read = readPreferences(text);
    expect(read?.rebalance).toBe(rebalance);
    expect(preferencesToJson(read?.clusters ?? new Map())).toEqual(clusters);
  });

  it.each([
    ['nothing', ''],
    ['half an object', '{"clusters":'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['more than one value', '{} {}'],
    ['a weight in quotes', '{"clusters":{"A":{"weight":"1"}}}'],
    ['a weight with a fraction', '{"clusters":{"A":{"weight":1.5}}}'],
    ['a whole weight that is written with a fraction', '{"clusters":{"A":{"weight":1.0}}}'],
    ['a weight with an exponent', '{"clusters":{"A":{"weight":1e2}}}'],
    ['a weight beyond int64', '{"clusters":{"A":{"weight":9223372036854775808}}}'],
    ['rebalance in quotes', '{"rebalance":"true"}'],
    ['clusters in a list', '{"clusters":["A"]}'],
    ['a cluster that is a number', '{"clusters":{"A":1}}'],
  ])('are not read from %s', (_, text) => {
    expect(readPreferences(text)).toBeUndefined();
  });
});
