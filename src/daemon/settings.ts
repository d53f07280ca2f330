import type { Schema } from '../api/index.ts';
import { daemonConfigurationSchema } from './configuration-schema.ts';

/** What a change of a setting in the file needs before it counts. */
export type ChangeOf = 'live' | 'restart';

/** What the text of a setting names. */
type Names = 'file' | 'source' | 'time' | 'address';

interface Declared {
  readonly change: ChangeOf;
  readonly names?: Names;
  /** Where it is called otherwise than in the file. */
  readonly flag?: string;
}

const LIVE: Declared = { change: 'live' };
const RESTART: Declared = { change: 'restart' };
const RESTART_FILE: Declared = { change: 'restart', names: 'file' };

/** Every setting of the schema. The compiler does not know whether one is missing, a test does. */
const DECLARED: Readonly<Record<string, Declared>> = {
  source: { change: 'restart', names: 'source' },
  ref: RESTART,
  path: RESTART,
  clusters: { change: 'restart', flag: 'cluster' },
  pollInterval: { change: 'live', names: 'time' },
  resyncInterval: { change: 'live', names: 'time' },
  requestTimeout: { change: 'restart', names: 'time' },
  listen: { change: 'restart', names: 'address' },
  'webhook.listen': { change: 'restart', names: 'address' },
  'webhook.secretFile': RESTART_FILE,
  dataDir: RESTART_FILE,
  credentialsDir: RESTART_FILE,
  kubeconfig: RESTART_FILE,
  ageKeyFile: RESTART_FILE,
  'git.tokenFile': RESTART_FILE,
  'git.username': RESTART,
  'git.credentialsFile': RESTART_FILE,
  'git.sshKeyFile': RESTART_FILE,
  'git.sshKnownHosts': RESTART_FILE,
  'git.caFile': RESTART_FILE,
  'verify.mode': RESTART,
  'verify.allowedSigners': { ...RESTART_FILE, flag: 'allowed-signers' },
  'verify.allowedGpgKeys': { ...RESTART_FILE, flag: 'allowed-gpg-keys' },
  allowRewind: LIVE,
  'status.author': RESTART,
  'status.repository': RESTART,
  'status.minInterval': { change: 'restart', names: 'time' },
  'notify.webhookUrl': RESTART,
  'notify.webhookSecretFile': RESTART_FILE,
  'notify.forgeTokenFile': RESTART_FILE,
  'notify.forge': RESTART,
  'notify.forgeUrl': RESTART,
  'notify.repository': RESTART,
  'notify.context': RESTART,
  'notify.targetUrl': RESTART,
  'home.kubeconfig': RESTART_FILE,
  'home.inCluster': RESTART,
  'home.namespace': RESTART,
  'home.name': RESTART,
  'home.leaseDuration': { change: 'restart', names: 'time' },
  'log.level': LIVE,
  'log.format': RESTART,
};

/** One setting of the daemon, whatever it is given by. */
export interface Setting {
  /** In the file: `git.tokenFile`. */
  readonly name: string;
  readonly path: readonly string[];
  /** `GITFED_GIT_TOKEN_FILE`. */
  readonly env: string;
  /** Without dashes: `git-token-file`. The source has none, it is the argument. */
  readonly flag: string;
  readonly change: ChangeOf;
  readonly names: Names | undefined;
  readonly schema: Schema;
}

/** What is for people and editors only. */
const NOT_SETTINGS = new Set(['apiVersion', 'kind', 'metadata']);

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = settingsBelow(daemonConfigurationSchema, []);

function settingsBelow(schema: Schema, path: readonly string[]): readonly Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const below = [...path, key];
    if (path.length === 0 && NOT_SETTINGS.has(key)) return [];
    return property.type === 'object' ? settingsBelow(property, below) : [settingOf(below, property)];
  });
}

function settingOf(path: readonly string[], schema: Schema): Setting {
  const name = path.join('.');
  const words = path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  // Of what is not declared nobody knows better than that a restart makes it count.
  const { change, names, flag } = DECLARED[name] ?? RESTART;
  return {
    name,
    path,
    env: `GITFED_${words.join('_').toUpperCase()}`,
    flag: flag ?? words.join('-'),
    change,
    names,
    schema,
  };
}

/** @internal Names that are declared here, for the test. */
export const DECLARED_SETTINGS: readonly string[] = Object.keys(DECLARED);
