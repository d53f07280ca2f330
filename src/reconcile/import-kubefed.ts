import {
  buildModel,
  type CredentialSecret,
  federatedObjectName,
  isKeptLive,
  type Model,
  type RepositorySnapshot,
} from '../api/index.ts';
import { compareText, type Finding, formatYaml, type JsonObject, objectIdKey } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { findRepository, readWorkingTree } from '../git/index.ts';
import { type Rendering, render } from '../render/index.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { snapshotOf } from './drafted-snapshot.ts';
import { byCluster, type CheckContext, checkDumps, type ImportCheck, isProven } from './import-check.ts';
import { convertInstallation } from './import-convert.ts';
import { readDump } from './import-dump.ts';
import { importedConfiguration } from './import-files.ts';
import { type HostReading, readHost } from './import-host.ts';
import { modernized } from './import-legacy.ts';
import { checkMembers } from './import-members.ts';
import { chooseNamespace } from './import-namespace.ts';
import { groupOf, labelOf } from './import-objects.ts';
import type { ImportOptions, ImportResult } from './import-options.ts';
import { withoutRepeated } from './import-repeated.ts';
import { credentialFiles, encryptedCredentials, secretsPolicy, textOf, withPolicy } from './import-secrets.ts';
import { refuseFullFolder, refuseMissingFolder, refuseReadableCredentials, writeImport } from './import-target.ts';
import type { Conversion, ImportedObject, NotImportable } from './import-types.ts';

/** What was read, before anything is made of it. */
interface Reading extends HostReading {
  /** Of a dump. */
  readonly members?: ReadonlyMap<string, readonly JsonObject[]>;
}

/**
 * Makes a repository of a KubeFed installation, and compares what it renders to with the members. All files are written, or none.
 *
 * @throws {GitfedError} `USAGE` or `CLUSTER`; nothing is written then.
 */
export async function importKubeFed(options: ImportOptions): Promise<ImportResult> {
  const { outputDir, check, onStep } = options;
  if (check === 'only') refuseMissingFolder(outputDir);
  else refuseFullFolder(outputDir);
  if (check !== 'only' && options.credentialsDir !== undefined)
    refuseReadableCredentials(options.credentialsDir, outputDir);
  onStep?.('reading KubeFed');
  const reading = await read(options);
  const conversion = convertInstallation(reading.objects, reading.systemNamespace);
  return check === 'only'
    ? await compareOnly(options, reading, conversion)
    : await writeAndCompare(options, reading, conversion);
}

async function read({ source, kubefedNamespace, requestTimeoutMs, signal }: ImportOptions): Promise<Reading> {
  if (source.kind === 'host') {
    return await readHost({
      source: source.cluster,
      kubefedNamespace,
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  const { host, members } = await readDump(source.folder);
  const name = `The dump ${source.folder}`;
  const { objects, twice } = withoutRepeated(host);
  const kubeFeds = twice.filter(([{ object }]) => isOfKubeFed(object));
  if (kubeFeds.length > 0) {
    const lines = kubeFeds.map(([a, b]) => `\n  ${labelOf(a.object)}: ${a.where} and ${b.where}`);
    throw new GitfedError(
      'USAGE',
      `${name} has objects twice that are not the same, so that it cannot be told which ones count. Nothing was written. Remove one of each, and put dumps of members into member-CLUSTER.yaml:${lines.join('')}`,
    );
  }
  const systemNamespace = chooseNamespace(objects, { where: name, wanted: kubefedNamespace });
  return { name: source.folder, systemNamespace, objects, notImportable: [], members };
}

function isOfKubeFed(object: JsonObject): boolean {
  const kind = String(object['kind']);
  return groupOf(modernized(object)).endsWith('kubefed.io') || kind.startsWith('Federated') || kind === 'Secret';
}

async function writeAndCompare(
  options: ImportOptions,
  reading: Reading,
  conversion: Conversion,
): Promise<ImportResult> {
  const { outputDir, credentialsDir, inventory, onStep } = options;
  const secrets = conversion.objects.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  const policy = await secretsPolicy(secrets, options.secrets);
  const chosen = withPolicy(conversion, policy);
  const configuration = importedConfiguration({ inventory, ...conversion, keepLive: chosen.keepLive });
  const plain = new Map<string, string>();
  const files: { readonly file: string; readonly text: string }[] = [{ file: 'gitfed.yaml', text: configuration }];
  for (const object of chosen.objects) {
    files.push({ file: object.file, text: await textOf(object, policy) });
    if (object.isSecret && typeof policy === 'object') plain.set(object.file, formatYaml(object.manifest));
  }
  const isEncrypted = credentialsDir === undefined && typeof policy === 'object';
  if (isEncrypted) files.push(...(await encryptedCredentials(conversion.credentials, policy.ageRecipients)));
  const credentials = credentialsDir === undefined ? [] : credentialFiles(conversion.credentials);
  onStep?.('writing');
  await writeImport({ outputDir, files, credentialsDir, credentials });

  const { snapshot, unread } = await readWritten(outputDir, chosen.objects, plain);
  const state = renderWritten(snapshot, plain);
  const check = options.check === 'never' ? undefined : await compare(options, { reading, conversion, ...state });
  const names = new Map(chosen.objects.map(({ file, name }) => [file, name]));
  const notImportable = [
    ...reading.notImportable,
    ...conversion.notImportable,
    ...unread,
    ...errorsOf(state.findings, names),
  ];
  return {
    ...aboutSource(reading, options),
    files: files.map(({ file }) => file).sort(compareText),
    credentialFiles: credentials.map(({ file }) => file).sort(compareText),
    notImportable,
    notes: [
      ...conversion.notes,
      ...chosen.notes,
      ...(credentialsDir === undefined && !isEncrypted ? withoutCredentials(conversion.credentials) : []),
    ],
    findings: state.findings,
    ...(check === undefined ? {} : { check }),
    ok: notImportable.length === 0 && (check === undefined || isProven(check)),
  };
}

async function compareOnly(options: ImportOptions, reading: Reading, conversion: Conversion): Promise<ImportResult> {
  const snapshot = await decryptSnapshot(await readWorkingTree(options.outputDir), options.ageKeyFile);
  const state = renderWritten(snapshot, new Map());
  const check = await compare(options, { reading, conversion, ...state });
  const notImportable = [
    ...reading.notImportable,
    ...conversion.notImportable,
    ...missingIn(state.model, conversion, options.ageKeyFile !== undefined),
    ...errorsOf(state.findings, new Map()),
  ];
  return {
    ...aboutSource(reading, options),
    files: [],
    credentialFiles: [],
    notImportable,
    notes: [],
    findings: state.findings,
    check,
    ok: notImportable.length === 0 && isProven(check),
  };
}

/** Federated objects that the repository does not have, nor keeps as they are. @param readsSecrets also where they are encrypted. */
function missingIn(model: Model, conversion: Conversion, readsSecrets: boolean): readonly NotImportable[] {
  const objects = conversion.objects.filter(({ isSecret }) => readsSecrets || !isSecret);
  const known = new Set(model.objects.map(({ target }) => objectIdKey(target)));
  const { keepLive } = model.configuration;
  return buildModel(snapshotOf(objects.map(({ file, manifest }) => ({ file, text: formatYaml(manifest) }))))
    .objects.filter(({ target }) => !known.has(objectIdKey(target)) && !isKeptLive(target, keepLive))
    .map((object) => ({
      object: federatedObjectName(object),
      where: 'the host',
      reason: 'is not in the repository. Import it again, or write its file.',
    }));
}

function aboutSource({ name, systemNamespace }: Reading, { outputDir }: ImportOptions) {
  return { source: name, systemNamespace, outputDir };
}

/** What was written, as it is read again; encrypted files as they were before. */
async function readWritten(
  outputDir: string,
  objects: readonly ImportedObject[],
  plain: ReadonlyMap<string, string>,
): Promise<{ readonly snapshot: RepositorySnapshot; readonly unread: readonly NotImportable[] }> {
  const snapshot = await readWorkingTree(outputDir);
  const prefix = (await findRepository(outputDir))?.prefix ?? '';
  const below = (file: string): string => (prefix === '' ? file : file.slice(prefix.length + 1));
  const entries = snapshot.entries.map((entry) => {
    const text = plain.get(below(entry.path));
    return entry.kind !== 'file' || text === undefined ? entry : { ...entry, content: new TextEncoder().encode(text) };
  });
  const read = new Set(entries.map((entry) => below(entry.path)));
  const unread = objects.filter(({ file }) => !read.has(file));
  const reason = 'was written and is not read again: an ignore file of the folder, or of one above it, leaves it out.';
  return {
    snapshot: { ...snapshot, entries },
    unread: unread.map(({ name, file }) => ({ object: name, where: file, reason })),
  };
}

interface Rendered {
  readonly model: Model;
  readonly rendering: Rendering;
  readonly findings: readonly Finding[];
}

function renderWritten(snapshot: RepositorySnapshot, plain: ReadonlyMap<string, string>): Rendered {
  const model = buildModel(snapshot);
  const rendering = render(model);
  // In the repository they are encrypted.
  const findings = rendering.findings.filter(({ code, file }) => code !== 'PlaintextSecret' || !isOneOf(plain, file));
  return { model, rendering, findings };
}

function isOneOf(plain: ReadonlyMap<string, string>, file: string): boolean {
  return [...plain.keys()].some((one) => file === one || file.endsWith(`/${one}`));
}

/** @param names of the objects that were written, by file. */
function errorsOf(findings: readonly Finding[], names: ReadonlyMap<string, string>): readonly NotImportable[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ object, cluster, file, line, code, message }) => ({
      object: object ?? names.get(file) ?? file,
      where: `${file}:${line}`,
      ...(cluster === undefined ? {} : { cluster }),
      // The object is named already.
      reason: `${code}: ${message.replace(`${object ?? ''}: `, '')}`,
    }));
}

async function compare(
  { source, requestTimeoutMs, signal, onStep }: ImportOptions,
  { reading, conversion, model, rendering }: { reading: Reading; conversion: Conversion } & Rendered,
): Promise<ImportCheck> {
  onStep?.('comparing with the members');
  const { propagated, unready } = conversion;
  const context: CheckContext = { model, rendering, propagated, unready, prepared: new WeakMap() };
  if (source.kind === 'dump') {
    const { members = new Map() } = reading;
    return { clusters: members.size === 0 ? [] : checkDumps(context, members) };
  }
  const clusters = await checkMembers(context, {
    credentials: conversion.credentials,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { clusters: clusters.toSorted(byCluster) };
}

function withoutCredentials(credentials: readonly CredentialSecret[]): ImportResult['notes'] {
  const [first] = credentials;
  if (first === undefined) return [];
  return [
    {
      object: 'The credentials of the members',
      text: 'were not written: have them written outside of the repository with --credentials-dir, or encrypted into it with --secrets encrypt.',
    },
  ];
}
