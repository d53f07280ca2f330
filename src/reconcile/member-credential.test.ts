import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../cluster/index.ts';
import { ConfigMalformedError } from '../cluster/index.ts';
import { expiryState, readCredential } from './member-credential.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe('expiryState', () => {
  it.each([
    ['now', 0, 90 * DAY, 'Expired'],
    ['since yesterday', -DAY, 90 * DAY, 'Expired'],
    ['in six days, of ninety', 6 * DAY, 90 * DAY, 'ExpiresSoon'],
    ['in eight days, of ninety', 8 * DAY, 90 * DAY, 'Valid'],
    ['in eleven minutes, of an hour', 11 * 60_000, HOUR, 'ExpiresSoon'],
    ['in thirteen minutes, of an hour, before a pod renews it', 13 * 60_000, HOUR, 'Valid'],
    ['in a day, of a time that is not known', DAY, undefined, 'ExpiresSoon'],
  ])('of what ends %s', (_when, left, life, state) => {
    const expires = new Date(NOW.getTime() + left);
    const issuedAt = life === undefined ? undefined : (expires.getTime() - life) / 1000;
    expect(expiryState(expires, issuedAt, NOW)).toBe(state);
  });
});

describe('readCredential', () => {
  const endpointWith = (authenticate: Endpoint['authenticate']): Endpoint => ({
    url: new URL('https://member.example'),
    tls: {},
    authenticate,
  });
  const bearer = (payload: object): Endpoint =>
    endpointWith(async () => ({
      Authorization: `Bearer e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`,
    }));
  const asking = { client: undefined, now: NOW };

  it('says of a token whose it is, and that it has expired, without asking anyone', async () => {
    expect(await readCredential(bearer({ sub: 'a', iat: 1, exp: 601 }), asking)).toEqual({
      subject: 'a',
      expires: new Date(601_000),
      state: 'Expired',
    });
  });

  it('says that a token lasts', async () => {
    expect(await readCredential(bearer({ sub: 'a' }), asking)).toEqual({
      subject: 'a',
      expires: 'never',
      state: 'Valid',
    });
  });

  it('says nothing of what says nothing', async () => {
    expect(
      await readCredential(
        endpointWith(async () => ({})),
        asking,
      ),
    ).toBeUndefined();
    const broken = endpointWith(async () => {
      throw new ConfigMalformedError('there is no token');
    });
    expect(await readCredential(broken, asking)).toBeUndefined();
  });
});
