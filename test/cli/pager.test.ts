import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, gitfed, type Run, writeFiles } from './run-gitfed.ts';

interface Paged extends Run {
  /** What reached the pager, `undefined` where there was none. */
  readonly paged: string | undefined;
}

const RESULT = '~ ConfigMap/shop/web changed in 2 clusters: eu-1, us-1\n';

/** Runs `gitfed diff` on a terminal; `$OUT` of a pager is a file that is read afterwards. */
async function diff(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  { isTerminal = true, value = 'b' } = {},
): Promise<Paged> {
  const settings = (mode: string): string =>
    federated('FederatedConfigMap', `{template: {data: {mode: "${mode}"}}, placement: {clusterSelector: {}}}`);
  const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': settings('a') });
  commitAll(folder);
  writeFiles(folder, { 'a.yaml': settings(value) });
  const file = path.join(createFolder(), 'paged');
  const run = await gitfed(
    ['diff', ...args],
    folder,
    { NO_COLOR: '1', ...env, OUT: file },
    isTerminal ? 80 : undefined,
  );
  return { ...run, paged: existsSync(file) ? readFileSync(file, 'utf8') : undefined };
}

describe('on a terminal', () => {
  it.each<[title: string, env: Readonly<Record<string, string>>]>([
    ['GITFED_PAGER', { GITFED_PAGER: 'cat > "$OUT"' }],
    ['PAGER', { PAGER: 'cat > "$OUT"' }],
    ['GITFED_PAGER, and not PAGER,', { GITFED_PAGER: 'cat > "$OUT"', PAGER: 'false' }],
  ])('%s gets the whole text, and diff ends as it would', async (_title, env) => {
    const { code, stdout, paged } = await diff(env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(paged).toContain(RESULT);
    expect(paged).toMatch(/1 object in 2 clusters: 2 changed\.\n$/);
  });

  it('less is the default, told to show colours and to end where all of it fits', async () => {
    const bin = createFolder({ less: '#!/bin/sh\n{ echo "$@"; /bin/cat; } > "$OUT"\n' });
    chmodSync(path.join(bin, 'less'), 0o755);
    const { stdout, paged } = await diff({ PATH: bin });
    expect(stdout).toBe('');
    expect(paged).toMatch(/^-FRX\n~ ConfigMap/);
  });

  it.each<[title: string, env: Readonly<Record<string, string>>]>([
    ['no less', { PATH: '/nowhere' }],
    ['a pager that is not there', { PAGER: 'no-such-pager 2> /dev/null' }],
    ['a pager that may not be run', { PAGER: '/dev/null 2> /dev/null' }],
  ])('nothing is lost with %s', async (_title, env) => {
    const { code, stdout } = await diff(env);
    expect(code).toBe(1);
    expect(stdout).toContain(RESULT);
  });

  it.each(['true', 'head -c 1 > "$OUT"', 'exit 3'])('a pager that is left early (%s) is no error', async (pager) => {
    const { code, stdout, stderr } = await diff({ PAGER: pager }, [], { value: 'x'.repeat(2_000_000) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^From HEAD/);
  });

  it.each<[title: string, env: Readonly<Record<string, string>>, args: readonly string[]]>([
    ['with --no-pager', {}, ['--no-pager']],
    ['with an empty PAGER', { PAGER: '' }, []],
    ['with PAGER=cat', { PAGER: 'cat' }, []],
    ['where CI is set', { CI: 'true' }, []],
    ['on a terminal that can do nothing', { TERM: 'dumb' }, []],
  ])('there is no pager %s', async (_title, env, args) => {
    const { stdout, paged } = await diff({ GITFED_PAGER: env['PAGER'] ?? 'cat > "$OUT"', ...env }, args);
    expect(paged).toBeUndefined();
    expect(stdout).toContain(RESULT);
  });

  it.each(['json', 'markdown'])('%s is written at once', async (format) => {
    const { stdout, paged } = await diff({ PAGER: 'cat > "$OUT"' }, ['-o', format]);
    expect(paged).toBeUndefined();
    expect(stdout).toContain('ConfigMap/shop/web');
  });
});

describe('in a pipe', () => {
  it('there is no pager', async () => {
    const { stdout, paged } = await diff({ PAGER: 'cat > "$OUT"' }, [], { isTerminal: false });
    expect(paged).toBeUndefined();
    expect(stdout).toContain(RESULT);
  });
});
