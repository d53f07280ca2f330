import { describe, expect, it } from 'vitest';
import { allowanceFor, confirmsFailover, gatesNamed, parseAllowTrailer } from './allowance.ts';

describe('the trailer Gitfed-Allow', () => {
  it.each<[text: string, gates: readonly string[], reason: string]>([
    ['maxDeletions', ['maxDeletions'], ''],
    ['maxDeletions the shop closes', ['maxDeletions'], 'the shop closes'],
    ['maxDeletions: the shop closes', ['maxDeletions'], 'the shop closes'],
    ['maxDeletions, maxClusters the shop closes', ['maxDeletions', 'maxClusters'], 'the shop closes'],
    ['maxDeletions maxClusters the shop closes', ['maxDeletions', 'maxClusters'], 'the shop closes'],
    ['protected, maxClusters: agreed', ['protected', 'maxClusters'], 'agreed'],
    ['MAXDELETIONS, Protected.Kinds', ['MAXDELETIONS', 'Protected.Kinds'], ''],
    ['prune.maxDeletions because', ['prune.maxDeletions'], 'because'],
    ['maxDeletions protected namespaces go', ['maxDeletions'], 'protected namespaces go'],
    ['maxDeletions, protected, all of it', ['maxDeletions', 'protected'], 'all of it'],
    ['maxDeletions: maxClusters was always too low', ['maxDeletions'], 'maxClusters was always too low'],
    ['maxDeletion a slip', ['maxDeletion'], 'a slip'],
    ['', [], ''],
    [', because', [], ', because'],
  ])('reads %j', (text, gates, reason) => {
    expect(parseAllowTrailer(text)).toEqual({ gates, reason });
  });

  it.each<[word: string, gates: readonly string[]]>([
    ['maxdeletions', ['maxDeletions']],
    ['gates.maxClusters', ['maxClusters']],
    ['protected', ['protected.kinds', 'protected.namespaces', 'protected.clusters']],
    ['protected.kinds', ['protected.kinds']],
    ['maxDeletion', []],
    ['', []],
    ['__proto__', []],
  ])('means by %j the gates %j', (word, gates) => {
    expect(gatesNamed(word)).toEqual(gates);
  });

  it.each<[text: string, gates: readonly string[], reason: string]>([
    ['failover the building is gone', ['failover'], 'the building is gone'],
    ['maxClusters, Failover both', ['maxClusters', 'Failover'], 'both'],
    ['maxClusters failover is what we do here', ['maxClusters'], 'failover is what we do here'],
  ])('reads a word about lost clusters in %j', (text, gates, reason) => {
    expect(parseAllowTrailer(text)).toEqual({ gates, reason });
    expect(gatesNamed('failover')).toEqual([]);
    expect(gates.some(confirmsFailover)).toBe(reason !== 'failover is what we do here');
  });

  it('counts from whoever said it last', () => {
    const [first, second] = [
      { gate: 'protected', reason: 'agreed' },
      { gate: 'protected.kinds', reason: 'earlier' },
    ];
    expect(allowanceFor('protected.kinds', [first, second])).toBe(first);
    expect(allowanceFor('maxClusters', [first, second])).toBeUndefined();
  });
});
