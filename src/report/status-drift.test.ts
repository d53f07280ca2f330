import { describe, expect, it } from 'vitest';
import type { ObjectResult } from '../apply/types.ts';
import { formatYaml, MASK } from '../core/index.ts';
import { type DriftEntry, driftDocument, driftEntries, readDrift } from './status-drift.ts';

const id = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
const federated = 'FederatedConfigMap/shop/settings';

function resultOf(parts: Partial<ObjectResult> = {}): ObjectResult {
  return { id, federated, action: 'unchanged', status: '', ...parts };
}

function changedBy(manager: string, time: string, live = 'debug'): Pick<ObjectResult, 'drift'> {
  return { drift: [{ type: 'changed', path: ['data', 'LEVEL'], desired: 'info', live, manager, time }] };
}

const MORNING = '2026-01-01T08:00:00Z';
const NOON = '2026-01-01T12:00:00Z';

const corrected = driftEntries([resultOf({ action: 'configured', ...changedBy('kubectl-edit', MORNING) })], []);
const reported = driftEntries(
  [resultOf({ action: 'skipped', status: 'Drifted', ...changedBy('kubectl-edit', MORNING) })],
  [],
);

function states(entries: readonly DriftEntry[]): readonly string[] {
  return entries.map(({ state, type, fields }) => `${state} ${type} ${fields.map(({ time }) => time).join()}`);
}

describe('the drift of an object', () => {
  it.each<readonly [string, readonly DriftEntry[], ObjectResult, readonly string[]]>([
    ['is none where nobody changed it', [], resultOf(), []],
    ['that was put back stays', corrected, resultOf(), [`corrected differs ${MORNING}`]],
    [
      'that was put back is replaced by the next one',
      corrected,
      resultOf({ action: 'configured', ...changedBy('kubectl-edit', NOON) }),
      [`corrected differs ${NOON}`],
    ],
    ['that was put back goes when something else is applied', corrected, resultOf({ action: 'configured' }), []],
    ['that was put back goes with the object', corrected, resultOf({ action: 'deleted' }), []],
    [
      'that was put back goes when the object is let go',
      corrected,
      resultOf({ action: 'configured', released: true }),
      [],
    ],
    [
      'stays while nobody can look',
      corrected,
      resultOf({ action: 'skipped', status: 'RetrievalFailed' }),
      [`corrected differs ${MORNING}`],
    ],
    ['that is only told goes when it is not there any more', reported, resultOf(), []],
    [
      'that is only told keeps its time while the same tool writes other fields',
      reported,
      resultOf({ action: 'skipped', status: 'Drifted', ...changedBy('kubectl-edit', NOON) }),
      [`reported differs ${MORNING}`],
    ],
    [
      'that is only told is another one with another value',
      reported,
      resultOf({ action: 'skipped', status: 'Drifted', ...changedBy('kubectl-edit', NOON, 'trace') }),
      [`reported differs ${NOON}`],
    ],
    [
      'that somebody makes again each time is fought about',
      corrected,
      resultOf({ action: 'skipped', status: 'DriftFight', ...changedBy('operator', NOON) }),
      [`fought differs ${NOON}`],
    ],
    ['is a deletion that was put right', [], resultOf({ action: 'created', wasDeleted: true }), ['corrected missing ']],
    [
      'is a deletion that is only told',
      [],
      resultOf({ action: 'skipped', status: 'Drifted', wasDeleted: true }),
      ['reported missing '],
    ],
    ['is none where an object is new', [], resultOf({ action: 'created' }), []],
  ])('%s', (_title, before, result, expected) => {
    const entries = driftEntries([result], before);
    expect(states(entries)).toEqual(expected);
    const text = formatYaml(driftDocument('eu-1', entries));
    expect(readDrift('drift/eu-1.yaml', text)).toEqual(entries);
    expect(driftEntries([result], entries)).toEqual(entries);
  });

  it('shows no value of a Secret, no more than so much of a value, and no more than so many fields', () => {
    const secret = { type: 'changed', path: ['data', 'key'], desired: MASK, live: MASK } as const;
    const long = { type: 'changed', path: ['data', 'a'], desired: { list: ['x'.repeat(5000)] }, live: 'y' } as const;
    const many = Array.from(
      { length: 60 },
      (_, index) => ({ type: 'added', path: ['data', `k${index}`], live: 'x' }) as const,
    );
    const [entry] = driftEntries([resultOf({ action: 'configured', drift: [secret, long, ...many] })], []);
    expect(entry?.fields[0]).toEqual({ type: 'changed', path: '.data.key', desired: MASK, live: MASK });
    expect(entry?.fields[1]?.desired).toMatch(/^\{"list":\["x{900,1000}… \(\d+ more characters\)$/);
    expect([entry?.fields.length, entry?.moreFields]).toEqual([50, 12]);
  });

  it('is read from what somebody wrote by hand as far as it can be', () => {
    const text =
      'objects:\n- {kind: ConfigMap, name: a, state: corrected, fields: [1, {path: .x}]}\n- {kind: ConfigMap}\n- 7\n';
    expect(readDrift('drift/a.yaml', text)).toEqual([
      {
        id: { group: '', kind: 'ConfigMap', namespace: '', name: 'a' },
        type: 'differs',
        state: 'corrected',
        fields: [{ path: '.x' }],
      },
    ]);
    expect(readDrift('drift/a.yaml', 'objects: {a: 1')).toEqual([]);
  });
});
