/**
 * `npm test`: everything that can be checked, one step after the other. A step that fails does not stop the others, so
 * that one run shows all there is to mend. The last line is the count of tests: `N passed, N failed`.
 *
 * `--fast` leaves out what needs a build or API servers. With `CI=true` a skipped test is a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';

const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(ROOT, '.test-results');
const isCi = /^(?:1|true)$/.test(process.env.CI ?? '');
const isFast = process.argv.includes('--fast');

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Where Vitest writes what it ran; absent for steps that run no tests. */
  readonly results?: string;
}

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  /** `file: name` of each test that did not run. */
  readonly skipped: readonly string[];
}

const steps: readonly Step[] = [
  { name: 'lint', command: ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'] },
  { name: 'typecheck', command: ['typescript/bin/tsc', '-p', 'tsconfig.json'] },
  ...(isFast ? [] : [{ name: 'build', command: ['../scripts/build.ts'] }]),
  vitest('unit'),
  ...(isFast ? [] : [vitest('action'), vitest('package'), vitest('cluster'), vitest('cluster-alone')]),
];

const NO_TESTS: Pick<Outcome, 'passed' | 'failed' | 'skipped'> = { passed: 0, failed: 0, skipped: [] };

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
const outcomes = steps.map(run);
report(outcomes);

function vitest(project: string): Step {
  const results = join(RESULTS, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  return { name: project, command: ['vitest/vitest.mjs', 'run', '--project', project, ...reporters], results };
}

function run({ name, command, results }: Step): Outcome {
  const [script = '', ...args] = command;
  console.log(`\n=== ${name} ===`);
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const counts = results === undefined ? NO_TESTS : readResults(results);
  // A run that ends badly without a failed test (a file that does not load, a crash) is not allowed to look clean.
  const failed = results !== undefined && status !== 0 ? Math.max(1, counts.failed) : counts.failed;
  const ok = status === 0 && failed === 0;
  console.log(`--- ${name}: ${ok ? 'ok' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return { name, ok, ...counts, failed };
}

/** The part of Vitest's JSON report that is counted. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function readResults(file: string): Pick<Outcome, 'passed' | 'failed' | 'skipped'> {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] };
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ status, name: `${relative(ROOT, name)}: ${fullName}` })),
  );
  // A file that could not be loaded has no tests, and counts as one that failed.
  const brokenFiles = testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
  });
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length + brokenFiles.length,
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ name }) => name),
  };
}

function report(results: readonly Outcome[]): void {
  const passed = results.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = results.reduce((sum, outcome) => sum + outcome.failed, 0);
  const skipped = results.flatMap((outcome) => outcome.skipped);
  const broken = results.filter(({ ok }) => !ok).map(({ name }) => name);

  console.log('');
  if (skipped.length > 0) reportSkipped(skipped);
  if (isFast) console.log('LEFT OUT by --fast: the build, the Action, the package, the real API servers.');
  if (broken.length > 0) console.log(`FAILED: ${broken.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
  process.exitCode = broken.length > 0 || (isCi && skipped.length > 0) ? 1 : 0;
}

function reportSkipped(skipped: readonly string[]): void {
  const files = [...new Set(skipped.map((name) => name.split(': ')[0] ?? name))];
  console.log('*'.repeat(72));
  console.log(`LEFT OUT: ${skipped.length} tests did not run, in ${files.join(', ')}.`);
  if (isCi) for (const name of skipped) console.log(`  ${name}`);
  console.log(
    isCi
      ? 'With CI=true nothing may be left out: this run has failed.'
      : 'Tests on real API servers need Go 1.26 or newer on the PATH; what gitfed does to a cluster is unproven without them.',
  );
  console.log('*'.repeat(72));
}
