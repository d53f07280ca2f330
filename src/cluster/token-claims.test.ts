import { describe, expect, it } from 'vitest';
import { readTokenClaims } from './token-claims.ts';

function tokenOf(payload: string): string {
  return `e30.${Buffer.from(payload).toString('base64url')}.c2ln`;
}

describe('readTokenClaims', () => {
  it.each([
    ['a token that expires', '{"sub":"a","iat":1,"exp":601}', { subject: 'a', issuedAt: 1, expiresAt: 601 }],
    ['a token that lasts', '{"sub":"system:serviceaccount:n:a"}', { subject: 'system:serviceaccount:n:a' }],
    ['times that are none', '{"sub":"a","iat":"1","exp":1e300}', { subject: 'a' }],
    ['times before 1970', '{"exp":-1}', {}],
    ['a subject that is no text', '{"sub":{"a":1}}', {}],
    ['an empty subject', '{"sub":""}', {}],
    ['keys of a prototype', '{"__proto__":{"sub":"a"}}', {}],
  ])('reads %s', (_what, payload, claims) => {
    expect(readTokenClaims(tokenOf(payload))).toEqual(claims);
  });

  it.each([
    ['an opaque token', 'f3c9'],
    ['nothing', ''],
    ['a list', tokenOf('[1]')],
    ['no JSON', tokenOf('{')],
    ['two parts', 'a.b'],
    ['four parts', `${tokenOf('{}')}.x`],
    ['an endless one', tokenOf(`{"sub":"${'a'.repeat(70_000)}"}`)],
  ])('reads nothing of %s', (_what, token) => {
    expect(readTokenClaims(token)).toBeUndefined();
  });
});
