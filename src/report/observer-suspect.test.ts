import { describe, expect, it } from 'vitest';
import { FLEET, modelOf } from '../../test/helpers/model-of.ts';
import { isInOrder, recordedSuspects } from '../reconcile/fleet-status.ts';
import { render } from '../render/index.ts';
import { formatFleetStatus } from './fleet-status-text.ts';
import { statusTree } from './status-tree.ts';
import { createStyle } from './style.ts';

const model = modelOf({ 'fleet.yaml': FLEET });

function filesWith(suspect?: readonly string[]): ReadonlyMap<string, string> {
  return statusTree({
    model,
    rendering: render(model),
    commit: 'a'.repeat(40),
    inventory: 'shop',
    results: [],
    now: '2026-01-01T00:00:00Z',
    previous: new Map(),
    ...(suspect === undefined ? {} : { suspect }),
  });
}

describe('a suspicion that the observer is cut off', () => {
  it('stands on the status branch, for people and programs', () => {
    const files = filesWith(['eu-1', 'us-1']);
    expect(JSON.parse(files.get('status.json') ?? '')).toMatchObject({ suspect: ['eu-1', 'us-1'] });
    expect(files.get('README.md')).toContain('**ObserverSuspect: 2 clusters seem lost at once (`eu-1`, `us-1`)');
    expect(files.get('README.md')).toContain('`Gitfed-Allow: failover REASON`');
    expect(recordedSuspects(files)).toEqual(['eu-1', 'us-1']);
    expect(recordedSuspects(filesWith())).toEqual([]);
    expect(filesWith().get('README.md')).not.toContain('ObserverSuspect');
  });

  it('names few of many, and nothing that a page could take for its own', () => {
    const page = filesWith(['<b>', ...Array.from({ length: 30 }, (_, at) => `c${at}`)]).get('README.md');
    expect(page).toContain('`c8` and 21 more)');
    expect(page).toContain('(<code>&#60;b&#62;</code>, `c0`');
  });

  it.each(['', '{', '[]', '{"suspect": "all"}', '{"suspect": [1, null]}'])('is not read from %j', (text) => {
    expect(recordedSuspects(new Map([['status.json', text]]))).toEqual([]);
  });

  it('is told by gitfed status, and is not in order', () => {
    const status = { branch: 'gitfed/status', statusCommit: 'b'.repeat(40), writtenAt: 0, clusters: [] };
    expect(isInOrder(status)).toBe(true);
    const suspect = { ...status, suspect: ['eu-1', 'us-1\u001b[2J'] };
    expect(isInOrder(suspect)).toBe(false);
    const text = formatFleetStatus(suspect, { style: createStyle(false), now: undefined });
    expect(text).toContain('ObserverSuspect: 2 clusters seem lost at once, and no replicas move: eu-1, us-1');
    expect(text).not.toContain('\u001b');
  });
});
