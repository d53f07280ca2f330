import process from 'node:process';
import { type CommitPolicy, GitAccess, isRepositoryUrl, parseAuthor } from '../git/index.ts';
import type { DaemonConfiguration } from './configuration.ts';
import { type DaemonOptions, type DaemonRules, startDaemon } from './daemon.ts';
import type { HomeSettings } from './home/home.ts';
import type { StartLoop } from './service.ts';
import type { StatusSettings } from './status-reporter.ts';

/** Starts a daemon with what its configuration says. */
export const startLoop: StartLoop = async ({ configuration, onEvent, signal }) => {
  const daemon = await startDaemon({ ...optionsOf(configuration), onEvent, signal });
  return {
    hint: () => daemon.hint(),
    reconfigure: (next) => daemon.change(rulesOf(next)),
    finished: daemon.finished,
  };
};

function rulesOf({ pollIntervalMs, resyncIntervalMs, allowRewind }: DaemonConfiguration): DaemonRules {
  return { pollIntervalMs, resyncIntervalMs, allowRewind };
}

function optionsOf(configuration: DaemonConfiguration): Omit<DaemonOptions, 'onEvent' | 'signal'> {
  const { source, ref, path: folder, clusters, requestTimeoutMs } = configuration;
  const { credentialsDir, kubeconfig, ageKeyFile, dataDir } = configuration;
  const policy = policyOf(configuration);
  const home = homeOf(configuration);
  return {
    ...rulesOf(configuration),
    source,
    access: accessOf(configuration),
    status: statusOf(configuration),
    requestTimeoutMs,
    ...(home === undefined ? {} : { home }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(policy === undefined ? {} : { policy }),
    ...(ref === undefined ? {} : { branch: ref }),
    ...(folder === undefined ? {} : { path: folder }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(credentialsDir === undefined ? {} : { credentialsDir }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
  };
}

function homeOf({ home }: DaemonConfiguration): HomeSettings | undefined {
  const { inCluster, leaseDurationMs: leaseMs, ...rest } = home;
  return inCluster || rest.kubeconfig !== undefined ? { ...rest, leaseMs } : undefined;
}

function accessOf({ source, git }: DaemonConfiguration): GitAccess {
  const { sshKnownHosts, ...rest } = git;
  // A secret comes from the environment or a file, never from the configuration.
  const token = process.env['GITFED_GIT_TOKEN'];
  const options = {
    ...rest,
    ...(sshKnownHosts === undefined ? {} : { sshKnownHostsFile: sshKnownHosts }),
    ...(token === undefined ? {} : { token }),
  };
  return isRepositoryUrl(source) ? new GitAccess(options, source) : new GitAccess(options);
}

function policyOf({ verify: { mode, ...signers } }: DaemonConfiguration): CommitPolicy | undefined {
  return mode === 'None' ? undefined : { mode, ...signers };
}

function statusOf({ status: { author, ...rest } }: DaemonConfiguration): StatusSettings {
  return author === undefined ? rest : { ...rest, author: parseAuthor(author, 'status.author') };
}
