import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const UNIT = readFileSync(path.resolve(import.meta.dirname, '../../deploy/systemd/gitfed.service'), 'utf8');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** With a program that is there on every machine. */
function writeUnit(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'gitfed.service');
  writeFileSync(file, UNIT.replace('/usr/local/bin/gitfed', process.execPath));
  return file;
}

function analyze(...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

it.skipIf(!hasSystemd)('deploy/systemd/gitfed.service has nothing that systemd does not know', () => {
  expect(analyze('verify', writeUnit())).toEqual({ code: 0, output: '' });
});

it.skipIf(!hasSystemd)('deploy/systemd/gitfed.service leaves a service little to do harm with', () => {
  // 10 is everything; what it has to do (talk to any address, compile code) is 1.7.
  expect(analyze('security', '--offline=true', '--threshold=20', writeUnit())).toMatchObject({ code: 0 });
});

it('deploy/systemd/gitfed.service gives Node an option that it has', () => {
  const [, options = ''] = /^Environment=NODE_OPTIONS=(.*)$/m.exec(UNIT) ?? [];
  const { status } = spawnSync(process.execPath, ['--version'], { env: { NODE_OPTIONS: options } });
  expect({ options, status }).toEqual({ options: '--max-old-space-size=1300', status: 0 });
});
