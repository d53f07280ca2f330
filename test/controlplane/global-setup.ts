import { unavailable } from './binary.ts';

/** Builds the control plane before any test runs, so that the build does not count against a test's timeout. */
export async function setup(): Promise<void> {
  const reason = await unavailable([]);
  if (reason !== undefined) {
    process.stderr.write(`SKIPPING every test that needs a cluster: ${reason}\n`);
  }
}
