import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClusterResult, PropagationStatus } from '../../src/apply/types.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');

/** The compiler sees to it that each is here. */
const STATUSES: Readonly<Record<Exclude<PropagationStatus, ''>, true>> = {
  WaitingForRemoval: true,
  ClusterNotReady: true,
  ComputeResourceFailed: true,
  ApplyOverridesFailed: true,
  CreationFailed: true,
  UpdateFailed: true,
  DeletionFailed: true,
  LabelRemovalFailed: true,
  RetrievalFailed: true,
  AlreadyExists: true,
  ManagedLabelFalse: true,
  CreationTimedOut: true,
  UpdateTimedOut: true,
  DeletionTimedOut: true,
  PruneBlocked: true,
  PruneHeld: true,
  NamespaceNotEmpty: true,
  NamespaceShared: true,
  InventoryConflict: true,
  Suspended: true,
  KeptByAnnotation: true,
  KeptLive: true,
  Drifted: true,
  DriftFight: true,
  FieldTaken: true,
  Leftover: true,
  NotHealthy: true,
  ClusterLocked: true,
};

/** `Unknown` is shown to nobody: such a cluster is `Failed`. */
type Health = Exclude<ClusterResult['health'], 'Unknown' | undefined>;
const STATES: Readonly<Record<ClusterResult['state'] | Health, true>> = {
  Synced: true,
  Failed: true,
  NotReady: true,
  Suspended: true,
  Offline: true,
  ConfigMalformed: true,
};

/** The cells of the first table below a heading, without its head. */
function tableBelow(heading: string): readonly (readonly string[])[] {
  const [, below = ''] = PAGE.split(`\n${heading}\n`);
  const [table = ''] = below.slice(below.indexOf('|')).split('\n\n');
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split(' | ').map((cell) => cell.replace(/^\|\s*|\s*\|$/g, '').trim()));
}

const code = (word: string): string => `\`${word}\``;

describe('docs/troubleshooting.md', () => {
  it.each([
    ['# Objects', ['no status', ...Object.keys(STATUSES).map(code)]],
    ['# Clusters', Object.keys(STATES).map(code)],
  ])('has one row for each word below "%s", and no other', (heading, words) => {
    const seen = tableBelow(heading).map(([word = '']) => word);
    expect(seen.toSorted()).toEqual(words.toSorted());
  });

  it.each(['# Objects', '# Clusters', '## Not reached', '## What an API server answers'])(
    'says below "%s" what each row means and what to do',
    (heading) => {
      const rows = tableBelow(heading);
      expect(rows.length).toBeGreaterThan(3);
      for (const row of rows) {
        expect(row).toHaveLength(3);
        expect(
          row.slice(1).every((cell) => /^(?:[A-Z`]|gitfed ).*(?:\.|: `[^`]+`)$/.test(cell)),
          row.join(' | '),
        ).toBe(true);
      }
    },
  );

  it('has links to headings that are there', () => {
    const headings = [...PAGE.matchAll(/^#+ (?<text>.+)$/gm)].map(({ groups }) =>
      (groups?.text ?? '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...PAGE.matchAll(/\]\(#(?<target>[^)]+)\)/g)].map(({ groups }) => groups?.target);
    expect(links.filter((link) => !headings.includes(link ?? ''))).toEqual([]);
  });
});
