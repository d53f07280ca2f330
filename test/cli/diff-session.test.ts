import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/report/text-layout.ts';
import { commitAll, gitfed, ROOT } from './run-gitfed.ts';

/** One change of the example: every kind of thing that a difference can show. */
const EDITS: readonly (readonly [file: string, from: string | RegExp, to: string])[] = [
  ['shop/web.yaml', 'web:4.12.0', 'web:4.13.0'],
  ['shop/web.yaml', 'totalReplicas: 24', 'totalReplicas: 30'],
  ['shop/cart.yaml', /name: cart\n {2}namespace/g, 'name: basket\n  namespace'],
  ['shop/jobs.yaml', '--to=0042', '--to=0043'],
  ['shop/api.yaml', /part-of: shop/g, 'part-of: store'],
  ['monitoring/collector.yaml', '      replicas: 2', '      replicas: 0'],
  ['monitoring/collector.yaml', 'scrape_interval: 30s', 'scrape_interval: 15s'],
  ['monitoring/collector.yaml', /$/, secret('bmV3')],
  ['monitoring/node-exporter.yaml', 'clusterSelector: {}', 'clusters: [{name: eu-1}]'],
  [
    'payments/gateway.yaml',
    'https://cards.bank.example\n',
    'https://cards.bank.example/v2/authorisations/without-delay?acquirer=default&retries=3\n',
  ],
];

function secret(password: string): string {
  return `---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedSecret
metadata: {name: metrics-login, namespace: monitoring}
spec: {template: {data: {password: ${password}, user: Z2l0ZmVk}}, placement: {clusterSelector: {}}}
`;
}

describe('a change of the example, as gitfed diff shows it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-session-'));

  beforeAll(() => {
    cpSync(path.join(ROOT, 'examples', 'repo'), folder, { recursive: true });
    edit('monitoring/collector.yaml', /$/, secret('b2xk'));
    commitAll(folder);
    edit('monitoring/collector.yaml', secret('b2xk'), '');
    for (const [file, from, to] of EDITS) edit(file, from, to);
    return () => rmSync(folder, { recursive: true, force: true });
  });

  function edit(file: string, from: string | RegExp, to: string): void {
    const name = path.join(folder, file);
    const before = readFileSync(name, 'utf8');
    const after = before.replace(from, to);
    expect(after, file).not.toBe(before);
    writeFileSync(name, after);
  }

  it.each<[file: string, args: readonly string[], columns: number | undefined, env: Readonly<Record<string, string>>]>([
    ['diff-pipe.txt', [], undefined, {}],
    ['diff-80.txt', ['--no-color'], 80, {}],
    ['diff-80-colour.txt', [], 80, {}],
    ['diff-80.txt', [], 80, { NO_COLOR: '1' }],
    ['diff-160.txt', ['--no-color'], 160, {}],
    ['diff-160-colour.txt', [], 160, {}],
    ['diff-stat.txt', ['--stat'], undefined, {}],
    ['diff-stat-80-colour.txt', ['--stat'], 80, {}],
    ['diff-stat-40.txt', ['--stat', '--no-color'], 40, {}],
    ['diff.md', ['-o', 'markdown'], undefined, {}],
    ['diff-stat.md', ['-o', 'markdown', '--stat'], undefined, {}],
    ['diff.json', ['-o', 'json'], undefined, {}],
    ['diff.json', ['-o', 'json'], 80, {}],
  ])('is %s with %j at %s columns and %j', async (file, args, columns, env) => {
    const { code, stdout, stderr } = await gitfed(['diff', '--no-pager', ...args], folder, env, columns);
    expect(code).toBe(1);
    const session = args.includes('-o') ? stdout : `${stderr}${stdout}`;
    const shown = session.replaceAll(/\([0-9a-f]{12}\)/g, '(COMMIT)');
    await expect(shown).toMatchFileSnapshot(path.join(import.meta.dirname, 'testdata', file));
    expect(shown).not.toContain('b2xk');
    expect(shown).not.toContain('bmV3');
  });

  it.each([
    ['80', 80, []],
    ['160', 160, []],
    ['60', 60, []],
    ['60, with --stat', 60, ['--stat']],
  ])('takes no line beyond %s columns', async (_title, columns, args) => {
    const { stdout } = await gitfed(['diff', '--no-pager', '--no-color', ...args], folder, {}, columns);
    const tooLong = stdout.split('\n').filter((line) => displayWidth(line) > columns);
    expect(tooLong).toEqual([]);
  });

  it('has colours in a pipe only where they are asked for', async () => {
    const { stdout } = await gitfed(['diff', '--color'], folder);
    const plain = await gitfed(['diff'], folder);
    expect(stdout).toContain('\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that colour.
    expect(stdout.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.stdout);
  });
});
