import { describe, expect, it } from 'vitest';
import type { Finding } from '../core/index.ts';
import { compareFindingsOf } from './new-findings.ts';

const finding = (more: Partial<Finding> = {}): Finding => ({
  severity: 'error',
  code: 'InvalidObject',
  message: 'FederatedDeployment/shop/web: spec is missing',
  file: 'web.yaml',
  line: 3,
  column: 1,
  object: 'FederatedDeployment/shop/web',
  ...more,
});

const unreadable = (more: Partial<Finding> = {}): Finding => {
  const { object: _, ...rest } = finding({ code: 'InvalidYAML', message: 'This is not valid YAML', ...more });
  return rest;
};

describe('a finding', () => {
  it.each<[title: string, before: readonly Finding[], after: readonly Finding[], fresh: number]>([
    ['is new where there was none', [], [finding()], 1],
    ['is old where it was there', [finding()], [finding()], 0],
    ['is old where its line moved', [finding()], [finding({ line: 30, column: 2 })], 0],
    ['is old where its object went to another file', [finding()], [finding({ file: 'other.yaml' })], 0],
    [
      'is old where the line that its message names moved',
      [finding({ message: 'it is in a.yaml:3:1 too' })],
      [finding({ message: 'it is in a.yaml:7:1 too' })],
      0,
    ],
    ['is new of another object', [finding()], [finding(), finding({ object: 'FederatedDeployment/shop/api' })], 1],
    ['is new in another cluster', [finding({ cluster: 'eu-1' })], [finding({ cluster: 'us-1' })], 1],
    ['is new with another code', [finding()], [finding({ code: 'InvalidTemplate' })], 1],
    ['is new in another file where it is about no object', [unreadable()], [unreadable({ file: 'other.yaml' })], 1],
    ['is new where there are more that are alike', [unreadable()], [unreadable(), unreadable({ line: 9 })], 1],
    ['is no more', [finding()], [], 0],
  ])('%s', (_title, before, after, fresh) => {
    const compared = compareFindingsOf(before, after);
    expect(compared.fresh).toHaveLength(fresh);
    expect([...compared.old, ...compared.fresh]).toHaveLength(after.length);
  });
});
