import { describe, expect, it } from 'vitest';
import type { Finding } from '../core/index.ts';
import type { PreviewInput } from '../report/preview-types.ts';
import { hasNothingToTell } from './comment-on-pull-request.ts';

const QUIET: PreviewInput = {
  from: { name: 'main' },
  to: { name: 'topic' },
  changes: { clusters: { added: [], removed: [] }, objects: [], risks: [] },
  baseFindings: [],
  headFindings: [],
};
const gates = { results: [], settings: [], unknown: [] };

function finding(severity: Finding['severity']): Finding {
  return { code: 'DuplicateKey', severity, file: 'a.yaml', line: 1, column: 1, message: 'It is wrong.' };
}

describe('hasNothingToTell', () => {
  it.each<[title: string, input: Partial<PreviewInput>, expected: boolean]>([
    ['nothing changes', {}, true],
    ['the gates have nothing to say', { gates }, true],
    ['a warning was there before', { baseFindings: [finding('warning')], headFindings: [finding('warning')] }, true],
    ['a warning is new', { headFindings: [finding('warning')] }, false],
    ['an error was there before', { baseFindings: [finding('error')], headFindings: [finding('error')] }, false],
    [
      'a gate lets more through from now on',
      { gates: { ...gates, settings: [{ setting: 'gates.maxClusters', before: '1', after: '50', isLooser: true }] } },
      false,
    ],
    ['a word names no gate', { gates: { ...gates, unknown: [{ gate: 'maxCluster', reason: '' }] } }, false],
    ['a cluster joins', { changes: { ...QUIET.changes, clusters: { added: ['eu-1'], removed: [] } } }, false],
  ])('where %s', (_title, input, expected) => {
    expect(hasNothingToTell({ ...QUIET, ...input })).toBe(expected);
  });
});
