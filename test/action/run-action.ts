import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parse } from './output-file.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'dist/action/index.js');

export interface ActionRun {
  /** The checkout. */
  readonly workspace: string;
  /** A folder for what the runner keeps. */
  readonly temporary: string;
  readonly event: string;
  readonly payload: object;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Of the API. */
  readonly api?: string;
  readonly commit?: string;
}

export interface ActionOutcome {
  readonly code: number | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The commands that the runner would see, as `error`. */
  readonly commands: readonly string[];
}

/** Runs the bundle as the runner of GitHub does. Nothing of the environment of the tests goes in but where programs are. */
export async function runAction(run: ActionRun): Promise<ActionOutcome> {
  const folder = mkdtempSync(join(run.temporary, 'run-'));
  const file = (name: string, text = ''): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const output = file('output');
  const summary = file('summary.md');
  const inputs = Object.entries({ token: 'ghs_secret-of-the-job', ...run.inputs });
  const child = spawn(process.execPath, [BUNDLE], {
    cwd: run.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: run.api ?? 'http://127.0.0.1:9',
      GITHUB_EVENT_NAME: run.event,
      GITHUB_EVENT_PATH: file('event.json', JSON.stringify(run.payload)),
      GITHUB_OUTPUT: output,
      GITHUB_REPOSITORY: 'acme/fleet',
      GITHUB_RUN_ID: '77',
      GITHUB_SERVER_URL: 'https://github.com',
      ...(run.commit === undefined ? {} : { GITHUB_SHA: run.commit }),
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_WORKSPACE: run.workspace,
      RUNNER_TEMP: folder,
      ...Object.fromEntries(inputs.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const log = Buffer.concat(chunks).toString('utf8');
  return {
    code,
    log,
    outputs: parse(readFileSync(output, 'utf8')),
    summary: readFileSync(summary, 'utf8'),
    commands: [...log.matchAll(/^::(?<name>[a-z-]+)/gm)].map(({ groups }) => groups?.['name'] ?? ''),
  };
}
