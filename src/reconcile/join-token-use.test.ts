import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/index.ts';
import { tokenSecretManifest } from './join-manifests.ts';
import { joinNames } from './join-names.ts';
import type { TokenSecret } from './join-token.ts';
import { freeName, secretInUse } from './join-token-use.ts';

const NAMES = joinNames({ cluster: 'a', host: 'b', namespace: 'n', inventory: 'b' });
const OURS = { sub: NAMES.user };

function tokenOf(claims: JsonObject): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

function lasting(name: string): JsonObject {
  return { ...OURS, 'kubernetes.io/serviceaccount/namespace': 'n', 'kubernetes.io/serviceaccount/secret.name': name };
}

function bound(secret: JsonObject, namespace = 'n'): JsonObject {
  return { ...OURS, 'kubernetes.io': { namespace, secret } };
}

/** `a-b` and `a-b-2` with tokens that last, `a-b-3` for one that expires. */
const FOUND = NAMES.tokenSecrets.map((name, at): TokenSecret => {
  const expires = at === 2;
  const manifest = tokenSecretManifest(NAMES, 'n', { name, expires });
  const data = expires ? {} : { data: { token: Buffer.from(tokenOf(lasting(name))).toString('base64') } };
  return { name, manifest, expires, live: { ...data, metadata: { name, uid: `uid-${at}`, resourceVersion: '1' } } };
});

describe('secretInUse', () => {
  it.each([
    ['a token that lasts', tokenOf(lasting('a-b-2')), 'a-b-2'],
    ['one with white space around it', `${tokenOf(lasting('a-b'))}\n`, 'a-b'],
    ['a token that is bound', tokenOf(bound({ name: 'a-b-3', uid: 'uid-2' })), 'a-b-3'],
  ])('finds the Secret of %s', (_what, token, name) => {
    expect(secretInUse(NAMES, FOUND, { token })?.name).toBe(name);
  });

  it.each([
    ['an opaque token', 'f3c9'],
    ['claims that say nothing of a Secret', tokenOf(OURS)],
    ['a token of somebody else', tokenOf({ ...lasting('a-b'), sub: 'system:serviceaccount:n:other' })],
    ['a Secret that is not there', tokenOf(lasting('a-b-4'))],
    ['a Secret elsewhere', tokenOf(bound({ name: 'a-b-3', uid: 'uid-2' }, 'm'))],
    ['a Secret that was made anew', tokenOf(bound({ name: 'a-b-3', uid: 'uid-9' }))],
    ['a Secret without a uid', tokenOf(bound({ name: 'a-b', uid: null }))],
    ['a Secret that has another token', tokenOf({ ...lasting('a-b'), jti: '1' })],
    ['a Secret that has none', tokenOf(lasting('a-b-3'))],
    ['a token that is bound to a pod', tokenOf({ ...OURS, 'kubernetes.io': { namespace: 'n', pod: { name: 'a-b' } } })],
    ['claims that are no objects', tokenOf({ ...OURS, 'kubernetes.io': [1] })],
  ])('finds none for %s', (_what, token) => {
    expect(secretInUse(NAMES, FOUND, { token })).toBeUndefined();
  });

  it('finds none for a credential that is not there, or cannot be read', () => {
    expect([secretInUse(NAMES, FOUND, undefined), secretInUse(NAMES, FOUND, 'unreadable')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('freeName', () => {
  it.each([
    [[], 'a-b'],
    [[0], 'a-b-2'],
    [[1], 'a-b'],
    [[0, 2], 'a-b-2'],
    [[0, 1, 2], undefined],
  ])('where %j are taken', (taken, name) => {
    expect(
      freeName(
        NAMES,
        FOUND.filter((_, at) => taken.includes(at)),
      ),
    ).toBe(name);
  });
});
