import type { Command, OptionDeclarations } from './command.ts';

/** What `gitfed --help` says of a command, and where it is. Loaded when it is called: `--help` must be instant. */
export interface CommandEntry {
  /** One word, or two. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  load(): Promise<Command<OptionDeclarations>>;
}

function entry<O extends OptionDeclarations>(
  usage: string,
  summary: string,
  load: () => Promise<Command<O>>,
): CommandEntry {
  // The program gives a command the options that its own declarations made of the arguments.
  return { name: commandName(usage), usage, summary, load: load as unknown as CommandEntry['load'] };
}

/** The name in a usage, of one word or two: `drift accept` of `drift accept [kind/name]`. */
export function commandName(usage: string): string {
  return usage.replace(/ [[<].*$/, '');
}

/** Every command, in the order of `gitfed --help`. */
export const COMMANDS: readonly CommandEntry[] = [
  entry('init [dir]', 'Writes a starter repository', async () => (await import('./commands/init.ts')).init),
  entry('validate [path]', 'Reports everything that is wrong or doubtful in a repository', async () => {
    return (await import('./commands/validate.ts')).validate;
  }),
  entry('render [path]', 'Prints or writes the manifests of every cluster', async () => {
    return (await import('./commands/render.ts')).render;
  }),
  entry('explain [kind/name]', 'Says why an object is in a cluster or not, and what set a field', async () => {
    return (await import('./commands/explain.ts')).explain;
  }),
  entry('whatif [path]', 'Says what the loss of a cluster would do', async () => {
    return (await import('./commands/whatif.ts')).whatif;
  }),
  entry(
    'replay [source-commit] [observations]',
    'Plans replicas again, as a commit and observations had them planned',
    async () => {
      return (await import('./commands/replay.ts')).replay;
    },
  ),
  entry('diff [path]', 'Shows what a change means for every cluster', async () => {
    return (await import('./commands/diff.ts')).diff;
  }),
  entry('sync [source]', 'Applies a commit to every cluster, and commits what happened', async () => {
    return (await import('./commands/sync.ts')).sync;
  }),
  entry('daemon [source]', 'Keeps doing it: follows a branch, and puts drift back', async () => {
    const { daemonCommand } = await import('./commands/daemon.ts');
    return daemonCommand(async () => (await import('../daemon/start-loop.ts')).startLoop);
  }),
  entry('drift [source]', 'Compares the members with the commit that they should be at', async () => {
    return (await import('./commands/drift.ts')).drift;
  }),
  entry('drift accept [kind/name]', 'Writes what was changed in the members into the repository', async () => {
    return (await import('./commands/drift-accept.ts')).driftAccept;
  }),
  entry('status [source]', 'Shows what the status branch says of the fleet', async () => {
    return (await import('./commands/status.ts')).status;
  }),
  entry('status compact [source]', 'Removes old history of the status branch', async () => {
    return (await import('./commands/status-compact.ts')).statusCompact;
  }),
  entry('clusters [source]', 'Lists the members: health, version, region, what is applied', async () => {
    return (await import('./commands/clusters.ts')).clusters;
  }),
  entry('rbac [path]', 'Prints the least role that gitfed needs in a member', async () => {
    return (await import('./commands/rbac.ts')).rbac;
  }),
  entry('join <cluster> [path]', 'Makes a cluster a member', async () => (await import('./commands/join.ts')).join),
  entry('unjoin <cluster> [path]', 'Undoes a join', async () => (await import('./commands/unjoin.ts')).unjoin),
  entry('types [path]', 'Lists the kinds that are federated', async () => (await import('./commands/types.ts')).types),
  entry('enable [type]', 'Enables a kind to be federated', async () => (await import('./commands/enable.ts')).enable),
  entry('disable [type]', 'Stops the propagation of a kind', async () => {
    return (await import('./commands/disable.ts')).disable;
  }),
  entry('federate [type] [name]', 'Writes federated objects for what runs in a cluster, or for files', async () => {
    return (await import('./commands/federate.ts')).federate;
  }),
  entry('import kubefed', 'Makes a repository of a KubeFed installation', async () => {
    return (await import('./commands/import-kubefed.ts')).importKubeFed;
  }),
  entry('import federation-v1', 'Makes a repository of an installation of Federation v1', async () => {
    return (await import('./commands/import-federation-v1.ts')).importFederationV1;
  }),
  entry('migrate plan [path]', 'Shows the steps from KubeFed to this repository', async () => {
    return (await import('./commands/migrate-plan.ts')).migratePlan;
  }),
  entry('migrate check [path]', 'Says whether the cut-over from KubeFed can begin', async () => {
    return (await import('./commands/migrate-check.ts')).migrateCheck;
  }),
  entry('migrate cutover [path]', 'Takes the members over from KubeFed', async () => {
    return (await import('./commands/migrate-cutover.ts')).migrateCutover;
  }),
  entry('migrate rollback [path]', 'Goes back to KubeFed', async () => {
    return (await import('./commands/migrate-rollback.ts')).migrateRollback;
  }),
  entry('hook install [dir]', 'Lets git run gitfed at every push', async () => {
    return (await import('./commands/hook-install.ts')).hookInstall;
  }),
  entry('hook pre-receive', 'Tells a push what it means, and may refuse it', async () => {
    return (await import('./commands/hook-pre-receive.ts')).hookPreReceive;
  }),
  entry('hook post-receive', 'Wakes the daemon after a push, or runs a sync', async () => {
    return (await import('./commands/hook-post-receive.ts')).hookPostReceive;
  }),
  entry('hook pre-push', 'Tells what a push will mean, before it leaves', async () => {
    return (await import('./commands/hook-pre-push.ts')).hookPrePush;
  }),
  entry('demo', 'Shows in a minute what gitfed does, with clusters of its own', async () => {
    return (await import('./commands/demo.ts')).demo;
  }),
  entry('schema', 'Prints the JSON Schema of gitfed.yaml', async () => (await import('./commands/schema.ts')).schema),
  entry('completion <shell>', 'Prints a script for completion in bash, zsh or fish', async () => {
    return (await import('./commands/completion.ts')).completion;
  }),
  entry('version', 'Prints the version of gitfed', async () => (await import('./commands/version.ts')).version),
];
