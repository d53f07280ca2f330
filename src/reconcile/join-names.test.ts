import { describe, expect, it } from 'vitest';
import { checkClusterName, joinNames } from './join-names.ts';

const GIVEN = { cluster: 'eu-1', host: 'shop', namespace: 'kube-federation-system', inventory: 'shop' };

describe('joinNames', () => {
  it('forms names as KubeFed does, of the cluster and the host', () => {
    expect(joinNames(GIVEN)).toEqual({
      account: 'eu-1-shop',
      mark: 'kube-federation-system/eu-1-shop',
      user: 'system:serviceaccount:kube-federation-system:eu-1-shop',
      role: 'gitfed:eu-1-shop',
      healthRole: 'gitfed:kube-federation-system:healthcheck-eu-1-shop',
      tokenSecrets: ['eu-1-shop', 'eu-1-shop-2', 'eu-1-shop-3'],
    });
  });

  it('writes capitals small, as an account has none', () => {
    expect(joinNames({ ...GIVEN, cluster: 'EU.West' }).account).toBe('eu.west-shop');
  });

  it('keeps the name that a cluster was joined with', () => {
    expect(joinNames({ ...GIVEN, account: 'eu-1-0a1b2c3d4e' }).account).toBe('eu-1-0a1b2c3d4e');
  });

  it.each([
    ['a slash in the host', { host: 'arn:aws/eu' }, '--host-cluster-name'],
    ['a host that is no name', { host: 'a_b' }, 'does not take'],
    ['names that are too long together', { host: 'a'.repeat(198) }, 'at most 200'],
    ['an account of a file that leaves its path', { account: '../x' }, 'does not take'],
    ['the name of the inventory', { cluster: 'gitfed' }, 'gitfed-shop'],
    ['the name of the inventory for a later token', { cluster: 'gitfed', host: 'a', inventory: 'a-3' }, 'gitfed-a-3'],
  ])('refuses %s', (_what, changed, words) => {
    expect(() => joinNames({ ...GIVEN, ...changed })).toThrow(words);
  });
});

describe('checkClusterName', () => {
  it.each(['eu-1', 'EU.west', 'a'])('takes %s', (name) => {
    expect(() => checkClusterName(name)).not.toThrow();
  });

  it.each(['', '-a', 'a/b', '..', 'a b', 'ä', 'a\n', '\u001b[31mred', 'a'.repeat(254)])('refuses %j', (name) => {
    expect(() => checkClusterName(name)).toThrow('is no name of a cluster');
  });
});
