import { nearest, type Schema, validateSchema } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, readYaml, type SourceDocument } from '../core/index.ts';
import { plainText } from '../report/plain-text.ts';
import { daemonConfigurationSchema } from './configuration-schema.ts';
import { SETTINGS, type Setting } from './settings.ts';

/** A setting as somebody gave it. */
export interface GivenSetting {
  readonly value: JsonValue;
  /** `daemon.yaml:3:1`, `--listen` or `GITFED_LISTEN`, for messages. */
  readonly where: string;
  /** What a relative path is relative to. */
  readonly folder: string;
}

/** What one source of settings gives, by name of the setting, and everything that is wrong with it. */
export interface GivenSettings {
  readonly given: ReadonlyMap<string, GivenSetting>;
  readonly problems: readonly string[];
  /** What it gives is not known at all. */
  readonly isUnreadable?: boolean;
}

const LIMITS = { documentNodes: 10_000, depth: 50 };

/** Settings of a file. `name` is how it is called in messages, `folder` where it lies. */
export function settingsOfFile(text: string, name: string, folder: string): GivenSettings {
  const problems: string[] = [];
  const documents = readYaml(name, text, LIMITS).filter((result) => !result.ok || result.document.value !== null);
  const [first, second] = documents;
  if (second !== undefined) problems.push(`${name}: only one document is read from this file: remove the others`);
  if (first === undefined) return { given: new Map(), problems };
  if (!first.ok) {
    const { line, column } = first.error.position;
    const problem = `${plainText(name)}:${line}:${column}: ${first.error.reason}`;
    return { given: new Map(), problems: [problem, ...problems], isUnreadable: true };
  }
  const { document } = first;
  if (!isJsonObject(document.value)) {
    return { given: new Map(), problems: [`${name}: the file must hold a mapping, such as "source: ."`, ...problems] };
  }
  const bad = new Set<string>();
  validateSchema(document.value, daemonConfigurationSchema, [], (path, problem) => {
    bad.add(settingName(path));
    problems.push(`${placeOf(document, path)}: ${plainText(path.join('.'))} ${problem}`);
  });
  const given = SETTINGS.flatMap((setting): [string, GivenSetting][] => {
    const value = valueAt(document.value as JsonObject, setting.path);
    if (value === undefined || bad.has(setting.name)) return [];
    return [[setting.name, { value, where: placeOf(document, setting.path), folder }]];
  });
  return { given: new Map(given), problems };
}

/** Of the path of a problem: the setting that it is in. An item of a list makes the whole list bad. */
function settingName(path: readonly (string | number)[]): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

function placeOf(document: SourceDocument, path: readonly (string | number)[]): string {
  const { line, column } = document.locate(path);
  return `${plainText(document.file)}:${line}:${column}`;
}

function valueAt(value: JsonObject, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue = value;
  for (const key of path) {
    if (!isJsonObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key] ?? null;
  }
  // Null is as good as absent, as in all files that gitfed reads.
  return at === null ? undefined : at;
}

/** Texts by name, of the environment or of the command line. */
export type Texts = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Settings of options. A name that is none is not here: the command line refuses it. */
export function settingsOfFlags(flags: Texts, folder: string): GivenSettings {
  return settingsOfTexts(
    SETTINGS.map((setting) => [setting, flagName(setting), flags[setting.flag]]),
    folder,
  );
}

function flagName({ name, flag }: Setting): string {
  return name === 'source' ? 'the source' : `--${flag}`;
}

/** Settings of the environment. A variable that is empty counts as absent. */
export function settingsOfEnvironment(env: Texts, folder: string): GivenSettings {
  return settingsOfTexts(
    SETTINGS.map((setting) => [setting, setting.env, env[setting.env] === '' ? undefined : env[setting.env]]),
    folder,
  );
}

function settingsOfTexts(
  texts: readonly (readonly [Setting, where: string, text: Texts[string]])[],
  folder: string,
): GivenSettings {
  const problems: string[] = [];
  const given = texts.flatMap(([{ name, schema }, where, text]): [string, GivenSetting][] => {
    if (text === undefined) return [];
    const value = readText(text, schema);
    const before = problems.length;
    validateSchema(value, schema, [], (_path, problem) => problems.push(`${where} ${problem}`));
    return problems.length > before ? [] : [[name, { value, where, folder }]];
  });
  return { given: new Map(given), problems };
}

function readText(text: string | boolean | readonly string[], { type }: Schema): JsonValue {
  if (typeof text !== 'string') return typeof text === 'boolean' ? text : [...text];
  if (type === 'array') return text.split(',').map((item) => item.trim());
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** What is given by the environment without being a setting. */
const OTHER_VARIABLES = [
  'GITFED_CONFIG',
  'GITFED_WEBHOOK_SECRET',
  'GITFED_NOTIFY_WEBHOOK_SECRET',
  'GITFED_NOTIFY_FORGE_TOKEN',
  'GITFED_GIT_TOKEN',
  'GITFED_PAGER',
];

/** Kubernetes describes every Service of a namespace so, also one that is called gitfed. */
const OF_A_SERVICE = /_SERVICE_(?:HOST|PORT)(?:_\w+)?$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** Variables that look like settings and are none: a slip of the pen should not go unseen. */
export function unknownVariables(env: Texts): readonly string[] {
  const known = [...SETTINGS.map((setting) => setting.env), ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith('GITFED_') && !known.includes(name) && !OF_A_SERVICE.test(name))
    .toSorted()
    .map((name) => {
      const guess = nearest(name, known);
      return `${plainText(name)} is no setting${guess === undefined ? '' : `: ${guess} was probably meant`}`;
    });
}
