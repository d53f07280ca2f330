import { defineConfig } from 'vitest/config';

/** Git in tests must not depend on the person who runs them. */
const hermeticGit = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'gitfed test',
  GIT_AUTHOR_EMAIL: 'test@gitfed.example',
  GIT_COMMITTER_NAME: 'gitfed test',
  GIT_COMMITTER_EMAIL: 'test@gitfed.example',
};

/** A condition that is waited for comes in its own time on a busy machine. */
const PATIENT = { poll: { timeout: 30_000 } };

/**
 * Tests that hold how long something took, or what a process costs while it idles: nothing runs beside them. The others mostly wait for their
 * clusters, so that two of them share the cores.
 */
const ALONE = ['daemon-idle', 'daemon-kill', 'faults', 'kill', 'many-machines', 'rebalance'].map(
  (name) => `test/cluster/${name}.test.ts`,
);

const WITH_CLUSTERS = {
  globalSetup: ['test/controlplane/global-setup.ts'],
  env: hermeticGit,
  expect: PATIENT,
  testTimeout: 120_000,
  hookTimeout: 180_000,
};

export default defineConfig({
  test: {
    // Most of the long tests wait for other processes: one worker for each of two cores, and not one less as by default.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/{architecture,golden,golden-reports,property,vectors,docs,cli,yamlcheck,git-server,sandbox,faults}/**/*.test.ts',
          ],
          env: hermeticGit,
          expect: PATIENT,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          // The bundle of the Action, with the waits that GitHub asks for.
          name: 'action',
          include: ['test/action/**/*.test.ts'],
          env: hermeticGit,
          expect: PATIENT,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/{package,shells}/**/*.test.ts'],
          env: hermeticGit,
          expect: PATIENT,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          ...WITH_CLUSTERS,
          name: 'cluster',
          include: ['test/{cluster,controlplane}/**/*.test.ts'],
          exclude: ALONE,
        },
      },
      {
        test: { ...WITH_CLUSTERS, name: 'cluster-alone', include: ALONE, fileParallelism: false },
      },
    ],
  },
});
