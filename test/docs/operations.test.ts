import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describedMetrics, generateOperations, PAGE } from '../../scripts/generate-operations.ts';
import type { ClusterResult, ObjectResult, PropagationStatus } from '../../src/apply/types.ts';
import { FINDING_CODES, type Finding, isJsonObject, type JsonObject, readYaml } from '../../src/core/index.ts';
import { loadConfiguration } from '../../src/daemon/configuration.ts';
import type { DaemonEvent, RefusalReason } from '../../src/daemon/events.ts';
import { createLog } from '../../src/daemon/log.ts';
import { codeBlocks } from './page.ts';

const page = readFileSync(PAGE, 'utf8');
const findings = readFileSync(path.join(path.dirname(PAGE), 'findings.md'), 'utf8');

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
const REASONS: Readonly<Record<RefusalReason, true>> = {
  Unreadable: true,
  Rewound: true,
  Unsigned: true,
  GateFailed: true,
};
const ERRORS = Object.entries(FINDING_CODES).flatMap(([code, severity]) => (severity === 'error' ? [code] : []));

/** Alerts of the page: name and expression. */
const alerts = codeBlocks(page)
  .filter(({ kind, content }) => kind === 'yaml' && content.startsWith('groups:'))
  .flatMap(({ content }) => [...content.matchAll(/- alert: (?<name>\w+)\n\s+expr: (?<expression>.*)/g)])
  .map(({ groups: { name = '', expression = '' } = {} }) => ({ name, expression }));

/** The text below a heading, to the next one of the same level or above. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const [, below = ''] = page.split(`\n${heading}\n`);
  return below.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** First cells of the tables in a text, without their heads. */
function words(text: string): readonly string[] {
  const rows = [...text.matchAll(/^\| \[?`(?<word>\w+)`/gm)];
  return rows.map(({ groups }) => groups?.['word'] ?? '').toSorted();
}

describe('docs/operations.md', () => {
  it('has the tables of settings and metrics that the code has', () => {
    expect(page, 'run: node scripts/generate-operations.ts').toBe(generateOperations(page));
    expect(describedMetrics().length).toBeGreaterThan(30);
    for (const { name } of describedMetrics()) expect(page).toContain(`| \`${name}\` |`);
  });

  it('has a configuration that is right', () => {
    const text = codeBlocks(page).find(({ content }) => content.includes('kind: DaemonConfiguration'))?.content ?? '';
    const result = loadConfiguration({ file: { name: 'daemon.yaml', text }, env: {}, flags: {}, cwd: '/etc' });
    expect(result).toMatchObject({ ok: true, configuration: { pollIntervalMs: 60_000, verify: { mode: 'Range' } } });
  });

  it('has arguments in its manifest that are right', () => {
    const text = codeBlocks(page).find(({ content }) => content.includes('kind: Deployment'))?.content ?? '';
    const [read] = readYaml('gitfed.yaml', text, { documentNodes: 1000, depth: 50 });
    const manifest = read?.ok === true && isJsonObject(read.document.value) ? read.document.value : {};
    const args = JSON.stringify(valueAt(manifest, 'spec', 'template', 'spec', 'containers'));
    expect(args).toContain('"--listen","0.0.0.0:9090"');
    expect(args).toContain('"livenessProbe":{"httpGet":{"path":"/healthz","port":9090}');
  });

  it.each(alerts)('has an entry for alert $name, made of metrics that are there', ({ name, expression }) => {
    expect(section(`## ${name}`).trim().length).toBeGreaterThan(100);
    const used = [...expression.matchAll(/\bgitfed_\w+/g)].map(([metric]) => metric.replace(/_bucket$/, ''));
    const known = describedMetrics().map((metric) => metric.name);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((metric) => !known.includes(metric))).toEqual([]);
  });

  it('has an entry in the runbook for nothing that is no alert', () => {
    const entries = [...section('# Runbook').matchAll(/^## (?<name>.+)$/gm)].map(({ groups }) => groups?.['name']);
    expect(alerts.map(({ name }) => name)).toEqual(entries);
  });

  it('has in its runbook every metric that tells of something wrong', () => {
    const telling = describedMetrics()
      .map(({ name }) => name)
      .filter((name) =>
        /fail|error|refused|findings$|state$|not_in_order|withheld|drift_corrected|last_|webhook/.test(name),
      );
    const text = `${alerts.map(({ expression }) => expression).join('\n')}${section('# Runbook')}`;
    expect(telling.length).toBeGreaterThan(12);
    expect(telling.filter((name) => !text.includes(name))).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['status of an object', '### Statuses of objects', Object.keys(STATUSES)],
    ['state of a cluster', '## GitfedClusterNotReady', Object.keys(STATES)],
    ['reason of a refusal', '## GitfedRevisionRefused', Object.keys(REASONS)],
    ['finding that is an error', '## GitfedFindings', ERRORS],
  ])('has in its runbook each %s', (_title, heading, all) => {
    expect(words(section(heading))).toEqual(all.toSorted());
  });

  it('tells of a refused push, in the words in which it is told', () => {
    expect(section('## GitfedStatusFailing')).toContain('`StatusPushRefused`');
  });

  it('says which findings hold deletions, as their entries do', () => {
    for (const code of ERRORS) {
      const [, entry = ''] = findings.split(`\n## ${code}\n\n`);
      const holds = /^Error, holds deletions\./.test(entry);
      const row = new RegExp(`\\[\`${code}\`\\]\\(findings\\.md#${code.toLowerCase()}\\) \\| (?<holds>.*) \\|`).exec(
        page,
      );
      expect([code, row?.groups?.['holds'] === 'yes']).toEqual([code, holds]);
    }
  });

  it('names every line that the log can have', () => {
    const table = section('# Log');
    const messages = loggedMessages();
    expect(messages.length).toBeGreaterThan(25);
    expect(messages.filter((message) => !table.includes(`\`${message}\``))).toEqual([]);
  });

  it('has links to headings that are there', () => {
    const headings = [...page.matchAll(/^#+ (?<text>.+)$/gm)].map(({ groups }) =>
      (groups?.['text'] ?? '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...page.matchAll(/\]\(#(?<target>[^)]+)\)/g)].map(({ groups }) => groups?.['target'] ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !headings.includes(link))).toEqual([]);
  });
});

function valueAt(value: JsonObject, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], value);
}

/** Messages of everything that can happen, problems and their ends. */
function loggedMessages(): readonly string[] {
  const messages = new Set<string>();
  const log = createLog({ level: 'debug', format: 'json' }, { write: (line) => messages.add(JSON.parse(line).msg) });
  for (const event of everything()) log.observe(event);
  return [...messages].filter((message) => !/^(?:error|warning) [A-Z]/.test(message));
}

function everything(): readonly DaemonEvent[] {
  const object = (name: string, rest: Partial<ObjectResult> = {}): ObjectResult => {
    return { id: { group: '', kind: 'ConfigMap', namespace: 'a', name }, action: 'unchanged', status: '', ...rest };
  };
  const pass = (result: Partial<ClusterResult>): DaemonEvent => {
    const whole: ClusterResult = { cluster: 'a', state: 'Synced', objects: [], ...result };
    const about = { cluster: 'a', commit: 'x', trigger: 'resync', durationMs: 1, requests: 1 } as const;
    return { type: 'passFinished', ...about, result: whole };
  };
  const accept = (found: readonly Finding[]): DaemonEvent => {
    const counts = { committedAt: 0, clusters: 1, objects: 1, durationMs: 1 };
    return { type: 'revisionAccepted', commit: 'x', ...counts, findings: found };
  };
  const many = Array.from({ length: 30 }, (_, line): Finding => {
    return { severity: 'error', code: 'InvalidYAML', message: `${line}`, file: 'a', line, column: 1 };
  });
  const drift = [{ type: 'changed', path: [] }] as const;
  const results = [
    object('a', { action: 'configured', drift }),
    ...(['created', 'configured', 'deleted'] as const).map((action) => object('b', { action })),
  ];
  const bad = Array.from({ length: 30 }, (_, index) => object(`${index}`, { status: 'UpdateFailed' }));
  return [
    { type: 'started', source: 'a', branch: 'b' },
    { type: 'refsNotWatched', message: '' },
    { type: 'sourceFailed', message: '' },
    { type: 'sourceRead', commit: 'x', branch: 'main', durationMs: 1 },
    accept(many),
    accept([]),
    { type: 'revisionRefused', commit: 'y', reason: 'Unsigned', message: '' },
    { type: 'sourceRead', commit: 'x', branch: 'main', durationMs: 1 },
    { type: 'passStarted', cluster: 'a', commit: 'x', trigger: 'revision' },
    ...results.map((result) => ({ type: 'object', cluster: 'a', commit: 'x', result }) as const),
    pass({ state: 'Failed', objects: bad, prune: { status: 'PruneHeld', count: 1, message: '' } }),
    pass({ state: 'NotReady' }),
    pass({}),
    { type: 'revisionApplied', commit: 'x', committedAt: 0 },
    { type: 'statusFailed', message: '' },
    { type: 'statusCommitted', commit: 'z', source: 'x', pushed: true, durationMs: 1 },
    ...(['accepted', 'ignored', 'limited'] as const).map((outcome): DaemonEvent => {
      return { type: 'webhook', provider: 'github', outcome };
    }),
    { type: 'clusterLeft', cluster: 'a' },
    { type: 'configurationReloaded' },
    { type: 'configurationRefused', message: '' },
    { type: 'stopping' },
    { type: 'stopped' },
  ];
}
