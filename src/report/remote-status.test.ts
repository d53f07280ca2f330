import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/index.ts';
import { isModest, steadyStatus } from './remote-status.ts';

const at = (time: string, replicas = 1): JsonValue => ({
  replicas,
  conditions: [{ type: 'Progressing', lastTransitionTime: 'a', lastUpdateTime: time }],
});

describe('a collected status', () => {
  it.each<readonly [string, JsonValue | undefined, JsonValue, JsonValue]>([
    ['is taken as it is at first', undefined, at('1'), at('1')],
    ['stays while only the time of looking changes', at('1'), at('2'), at('1')],
    ['is the new one when anything else changes', at('1'), at('2', 2), at('2', 2)],
    ['may be anything', 'old', ['new'], ['new']],
  ])('%s', (_title, before, found, expected) => {
    expect(steadyStatus(found, before)).toEqual(expected);
  });

  it.each<readonly [string, JsonValue, boolean]>([
    ['of any sort is told', { a: [1, 'b', null] }, true],
    ['that is huge is not told', { a: 'x'.repeat(200_000) }, false],
    ['that is nested without end is not told', JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`) as JsonValue, false],
  ])('%s', (_title, status, expected) => {
    expect(isModest(status)).toBe(expected);
  });
});
