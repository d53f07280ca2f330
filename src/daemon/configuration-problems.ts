import type { JsonValue } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { isRepositoryUrl } from '../git/index.ts';
import { plainText } from '../report/plain-text.ts';
import { daemonConfigurationSchema } from './configuration-schema.ts';
import { type Forge, findForge } from './forge.ts';
import type { GivenSetting, Texts } from './given-settings.ts';
import { parseListenAddress } from './listen-address.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { timeMs } from './time-setting.ts';

type Given = ReadonlyMap<string, GivenSetting>;

/** What a schema cannot say of settings that are fine each by itself. */
export function problemsOfSettings(given: Given, env: Texts): readonly string[] {
  return [
    ...SETTINGS.flatMap((setting) => problemOf(setting, given.get(setting.name))),
    ...problemsTogether(given, env),
  ];
}

/** A timer of Node holds 2^31−1 ms at most, and fires at once beyond. */
const LONGEST_HOURS = Math.floor((2 ** 31 - 1) / 3_600_000);
/** Shorter ones would only load the other side. */
const SHORTEST_SECONDS: Readonly<Record<string, number>> = {
  pollInterval: 1,
  resyncInterval: 10,
  requestTimeout: 0.001,
  'status.minInterval': 0,
  'home.leaseDuration': 2,
};

function problemOf({ name, names }: Setting, given: GivenSetting | undefined): readonly string[] {
  if (given === undefined || typeof given.value !== 'string') return [];
  const { value } = given;
  if (names === 'time') {
    const seconds = timeMs(value) / 1000;
    const shortest = SHORTEST_SECONDS[name] ?? 0;
    if (seconds < shortest) return [`${placeOf(name, given)} is ${value}; it must be at least ${shortest}s`];
    if (seconds > LONGEST_HOURS * 3600)
      return [`${placeOf(name, given)} is ${value}; it must be at most ${LONGEST_HOURS}h`];
  }
  if (names === 'address' && parseListenAddress(value) === undefined) {
    const shown = plainText(JSON.stringify(value));
    return [`${placeOf(name, given)} is ${shown}; it must be HOST:PORT, such as 127.0.0.1:9090 or [::]:9090`];
  }
  return [];
}

/** A flag or a variable is its own name; a place in a file needs it. */
function placeOf(name: string, { where }: GivenSetting): string {
  return where.includes(':') ? `${where}: ${name}` : where;
}

/** Settings that name a file with a secret, and the variable that may hold it instead. */
const SECRETS = [
  ['webhook.secretFile', 'GITFED_WEBHOOK_SECRET'],
  ['notify.webhookSecretFile', 'GITFED_NOTIFY_WEBHOOK_SECRET'],
  ['notify.forgeTokenFile', 'GITFED_NOTIFY_FORGE_TOKEN'],
] as const;

/** What is told is signed, and what is signed is told to somebody. */
function problemsOfNotifications(given: Given, env: Texts): readonly string[] {
  const problems: string[] = [];
  const has = (name: string, variable: string): boolean => given.has(name) || (env[variable] ?? '') !== '';
  const url = given.get('notify.webhookUrl');
  const isSigned = has('notify.webhookSecretFile', 'GITFED_NOTIFY_WEBHOOK_SECRET');
  if (url !== undefined && !isSigned) {
    problems.push(
      `${placeOf('notify.webhookUrl', url)} needs a secret that signs what is sent: notify.webhookSecretFile or GITFED_NOTIFY_WEBHOOK_SECRET`,
    );
  }
  for (const name of ['notify.webhookUrl', 'notify.forgeUrl', 'notify.targetUrl']) {
    const setting = given.get(name);
    if (setting === undefined || isPlainUrl(setting.value)) continue;
    // It may hold a secret.
    problems.push(`${placeOf(name, setting)} must be a URL without a user and a password`);
  }
  if (url === undefined && isSigned) problems.push('a secret for notifications is given, and no notify.webhookUrl');
  if (!has('notify.forgeTokenFile', 'GITFED_NOTIFY_FORGE_TOKEN')) {
    for (const name of ['forge', 'forgeUrl', 'repository', 'context', 'targetUrl'].map((key) => `notify.${key}`)) {
      const setting = given.get(name);
      if (setting === undefined) continue;
      problems.push(
        `${placeOf(name, setting)} does nothing without a token of the forge: notify.forgeTokenFile or GITFED_NOTIFY_FORGE_TOKEN`,
      );
    }
    return problems;
  }
  return [...problems, ...forgeProblems(given)];
}

function isPlainUrl(value: JsonValue): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
}

function forgeProblems(given: Given): readonly string[] {
  const value = (name: string): string | undefined => {
    const found = given.get(name)?.value;
    return typeof found === 'string' ? found : undefined;
  };
  const [url, forge, apiUrl] = [
    value('notify.repository') ?? value('source'),
    value('notify.forge'),
    value('notify.forgeUrl'),
  ];
  // One that is missing is told already.
  if (url === undefined) return [];
  try {
    findForge({
      url,
      ...(forge === undefined ? {} : { forge: forge as Forge }),
      ...(apiUrl === undefined ? {} : { apiUrl }),
    });
    return [];
  } catch (error) {
    if (!(error instanceof GitfedError)) throw error;
    return [error.message];
  }
}

function problemsTogether(given: Given, env: Texts): readonly string[] {
  const problems: string[] = [];
  const value = (name: string): JsonValue | undefined => given.get(name)?.value;
  const mode = given.get('verify.mode');
  const isKnownWho = value('verify.allowedSigners') !== undefined || value('verify.allowedGpgKeys') !== undefined;
  if (mode !== undefined && mode.value !== 'None' && !isKnownWho) {
    const files = 'verify.allowedSigners or verify.allowedGpgKeys';
    problems.push(`${placeOf('verify.mode', mode)} is ${mode.value}: say who may sign, with ${files}`);
  }
  const source = value('source');
  if (typeof source === 'string' && isRepositoryUrl(source) && value('dataDir') === undefined) {
    problems.push('the source is a URL: name a folder that keeps its clone, with dataDir or --data-dir');
  }
  for (const [name, variable] of SECRETS) {
    const file = given.get(name);
    if (file !== undefined && (env[variable] ?? '') !== '') {
      problems.push(`${placeOf(name, file)} and ${variable} are both given: remove one of them`);
    }
  }
  problems.push(...problemsOfNotifications(given, env));
  const webhook = given.get('webhook.listen');
  const listen = value('listen') ?? daemonConfigurationSchema.properties.listen.default;
  // Port 0 is another one each time.
  if (webhook !== undefined && webhook.value === listen && !String(listen).endsWith(':0')) {
    problems.push(`${placeOf('webhook.listen', webhook)} is the same as listen: leave it out to serve webhooks there`);
  }
  return [...problems, ...problemsOfHome(given)];
}

function problemsOfHome(given: Given): readonly string[] {
  const kubeconfig = given.get('home.kubeconfig');
  const inCluster = given.get('home.inCluster');
  if (kubeconfig !== undefined && inCluster?.value === true) {
    return [
      `${placeOf('home.kubeconfig', kubeconfig)} and home.inCluster both name a home cluster: remove one of them`,
    ];
  }
  if (kubeconfig !== undefined || inCluster?.value === true) return [];
  return ['home.namespace', 'home.name', 'home.leaseDuration'].flatMap((name) => {
    const setting = given.get(name);
    if (setting === undefined) return [];
    return [
      `${placeOf(name, setting)} is given without a home cluster: name one with home.kubeconfig or home.inCluster`,
    ];
  });
}
