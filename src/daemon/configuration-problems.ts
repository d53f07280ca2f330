import type { JsonValue } from '../core/index.ts';
import { isRepositoryUrl } from '../git/index.ts';
import { plainText } from '../report/plain-text.ts';
import { daemonConfigurationSchema } from './configuration-schema.ts';
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
  const secretFile = given.get('webhook.secretFile');
  if (secretFile !== undefined && (env['GITFED_WEBHOOK_SECRET'] ?? '') !== '') {
    problems.push(
      `${placeOf('webhook.secretFile', secretFile)} and GITFED_WEBHOOK_SECRET are both given: remove one of them`,
    );
  }
  const webhook = given.get('webhook.listen');
  const listen = value('listen') ?? daemonConfigurationSchema.properties.listen.default;
  // Port 0 is another one each time.
  if (webhook !== undefined && webhook.value === listen && !String(listen).endsWith(':0')) {
    problems.push(`${placeOf('webhook.listen', webhook)} is the same as listen: leave it out to serve webhooks there`);
  }
  return problems;
}
