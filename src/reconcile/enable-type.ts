import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  BUILTIN_FEDERATED_TYPES,
  type FederatedType,
  federatedDefinition,
  federatedResource,
  type TargetSchema,
  typeConfigManifest,
  typeConfigName,
} from '../api/index.ts';
import { formatYaml, type JsonObject, jsonEquals, type SourceEdit } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { readWorkingTree } from '../git/index.ts';
import { count } from '../report/wording.ts';
import type { EnableOptions, FileChange, TypesResult, WritePlace } from './enable-options.ts';
import { type ExpectedType, proveTypes } from './type-proof.ts';
import { FileDrafts, findDefinition, newFile, openTypeRepository, type TypeRepository } from './type-repository.ts';
import { findWantedTypes, type WantedType } from './type-sources.ts';
import { type PlannedFile, writeTogether } from './write-together.ts';

/**
 * Writes the FederatedTypeConfigs of kinds into a repository, or edits those that are there, so that the kinds are enabled. The edited
 * repository is read first, and must have the types and no new finding.
 *
 * @throws {GitfedError} `USAGE` or `CLUSTER`; nothing is written then.
 */
export async function enableTypes(options: EnableOptions): Promise<TypesResult> {
  const repository = await openTypeRepository(options.folder);
  const wanted = await findWantedTypes(repository, options);
  const types = wanted.map((one) => federatedType(repository, one));
  if (newFile(repository, 'x', options.place.outputDir) === undefined) {
    return await writeElsewhere(options.place, manifestsOf(repository, wanted, options.crd), types);
  }
  const drafts = new FileDrafts(repository);
  for (const one of wanted) enableOne(repository, drafts, { wanted: one, options });
  const notes = wanted.flatMap(({ target, schema }) => notesOf(repository, target, options.crd ? schema : 'Unknown'));
  return await finish(repository, drafts, { types, notes, dryRun: options.place.dryRun });
}

/** What {@link enableTypes} would write into a repository that has nothing of it: FederatedTypeConfigs, and with `crd` definitions. */
export async function typeManifests(options: EnableOptions): Promise<readonly JsonObject[]> {
  const repository = await openTypeRepository(options.folder);
  const wanted = await findWantedTypes(repository, options);
  return manifestsOf(repository, wanted, options.crd);
}

function manifestsOf(
  repository: TypeRepository,
  wanted: readonly WantedType[],
  withDefinition: boolean,
): readonly JsonObject[] {
  const { systemNamespace } = repository.state.model;
  return wanted.flatMap((one) => {
    const type = federatedType(repository, one);
    const definition = withDefinition ? [definitionOf(type, one)] : [];
    return [typeConfigManifest(type, systemNamespace), ...definition];
  });
}

/** The type as it is to be. */
function federatedType(repository: TypeRepository, { target, settings }: WantedType): FederatedType {
  const { group, version, kind, plural, scope } = target;
  const existing = findExisting(repository, target);
  const { federatedGroup, federatedVersion, statusCollection } = settings;
  return {
    name: existing?.name ?? typeConfigName(target),
    target: { group, version, kind, plural, scope },
    federated: existing?.federated ?? federatedResource(target, { group: federatedGroup, version: federatedVersion }),
    propagation: 'Enabled',
    statusCollection: statusCollection ?? existing?.statusCollection ?? false,
  };
}

function findExisting(
  { state }: TypeRepository,
  target: { readonly group: string; readonly kind: string },
): FederatedType | undefined {
  return state.model.types.find((type) => type.target.group === target.group && type.target.kind === target.kind);
}

function definitionOf(type: FederatedType, { target, schema }: WantedType): JsonObject {
  if (schema === 'Unknown') throw new TypeError('the schema is looked for before');
  return federatedDefinition(type.federated, { shortNames: target.shortNames, schema });
}

/** Drafts what {@link enableTypes} would write for one kind. @returns the type as it is to be. @throws {GitfedError} `USAGE` */
export function draftEnabled(
  repository: TypeRepository,
  drafts: FileDrafts,
  { wanted, options }: { readonly wanted: WantedType; readonly options: Pick<EnableOptions, 'place' | 'crd'> },
): FederatedType {
  enableOne(repository, drafts, { wanted, options });
  return federatedType(repository, wanted);
}

function enableOne(
  repository: TypeRepository,
  drafts: FileDrafts,
  { wanted, options }: { readonly wanted: WantedType; readonly options: Pick<EnableOptions, 'place' | 'crd'> },
): void {
  const { model } = repository.state;
  const type = federatedType(repository, wanted);
  const existing = findExisting(repository, wanted.target);
  refuseChange(existing, type, wanted);
  const owner = model.types.find(
    ({ federated, name }) =>
      federated.group === type.federated.group &&
      federated.kind === type.federated.kind &&
      name !== (existing?.name ?? type.name),
  );
  if (owner !== undefined) {
    throw new GitfedError(
      'USAGE',
      `${type.federated.kind} of group ${type.federated.group} stands for ${owner.name} already. Give ${type.name} a federated group of its own with --federated-group.`,
    );
  }
  const manifest = typeConfigManifest(type, model.systemNamespace);
  const { outputDir } = options.place;
  if (existing?.source === undefined) drafts.create(newFile(repository, type.name, outputDir) ?? '', manifest);
  else drafts.edit(existing.source, manifest, typeEdits(existing, type));
  if (options.crd) draftDefinition(repository, drafts, { definition: definitionOf(type, wanted), outputDir });
}

/** As kubefedctl: objects of the old federated type would be lost. */
function refuseChange(existing: FederatedType | undefined, type: FederatedType, { settings }: WantedType): void {
  if (existing === undefined) return;
  const { federated, target, name } = existing;
  const asked = {
    group: settings.federatedGroup ?? federated.group,
    version: settings.federatedVersion ?? federated.version,
  };
  if (asked.group !== federated.group || asked.version !== federated.version) {
    throw new GitfedError(
      'USAGE',
      `${name} is federated as ${federated.kind} of ${federated.group}/${federated.version} already, which cannot be changed to ${asked.group}/${asked.version}: its objects would be lost.`,
    );
  }
  if (target.scope !== type.target.scope || target.plural !== type.target.plural) {
    throw new GitfedError(
      'USAGE',
      `The FederatedTypeConfig ${name} says ${target.plural} and ${target.scope}, where the kind is found as ${type.target.plural} and ${type.target.scope}. Correct it by hand.`,
    );
  }
}

function typeEdits(existing: FederatedType, wanted: FederatedType): readonly SourceEdit[] {
  const set = (field: string[], value: string): SourceEdit => ({ type: 'set', path: ['spec', ...field], value });
  const collection = wanted.statusCollection ? 'Enabled' : 'Disabled';
  return [
    ...(existing.propagation === wanted.propagation ? [] : [set(['propagation'], wanted.propagation)]),
    ...(existing.statusCollection === wanted.statusCollection ? [] : [set(['statusCollection'], collection)]),
    ...(existing.target.version === wanted.target.version
      ? []
      : [set(['targetType', 'version'], wanted.target.version)]),
  ];
}

function draftDefinition(
  repository: TypeRepository,
  drafts: FileDrafts,
  { definition, outputDir }: { readonly definition: JsonObject; readonly outputDir: string | undefined },
): void {
  const { name } = definition['metadata'] as { readonly name: string };
  const found = findDefinition(repository, name);
  if (found === undefined) {
    drafts.create(newFile(repository, name, outputDir) ?? '', definition);
    return;
  }
  const spec = definition['spec'] ?? {};
  const isSame = jsonEquals(found.value['spec'], spec);
  drafts.edit(found.source, definition, isSame ? [] : [{ type: 'set', path: ['spec'], value: spec }]);
}

function notesOf({ state }: TypeRepository, target: FederatedType['target'], schema: TargetSchema): readonly string[] {
  const name = typeConfigName(target);
  const isBuiltIn = BUILTIN_FEDERATED_TYPES.some((type) => type.name === name);
  const isOutOfScope =
    state.model.kubeFedConfig.scope === 'Namespaced' && target.scope === 'Cluster' && name !== 'namespaces';
  return [
    ...(isBuiltIn ? [`${name} is built in: gitfed federates it without a FederatedTypeConfig, too.`] : []),
    ...(schema === 'None'
      ? [
          `${name} has no schema, so that KubeFed's definition has no spec.template: its API server would drop templates.`,
        ]
      : []),
    ...(isOutOfScope
      ? [
          `The KubeFedConfig has scope: Namespaced, where objects that are in no namespace, such as ${target.plural}, are not applied.`,
        ]
      : []),
  ];
}

export interface FinishOptions extends Pick<TypesResult, 'types' | 'notes'> {
  readonly dryRun: boolean;
  /** Default: the types, with their propagation. */
  readonly expected?: readonly ExpectedType[];
}

/** Proves the drafts and writes them. @throws {GitfedError} `USAGE` where the repository would not be what is wanted. */
export async function finish(
  repository: TypeRepository,
  drafts: FileDrafts,
  { types, notes, dryRun, expected = types }: FinishOptions,
): Promise<TypesResult> {
  const files = drafts.changes;
  const result = { types, files, notes, findings: [] };
  if (drafts.files.length === 0) return { ...result, written: false };
  const proof = proveTypes(repository.state, repository.memo.render(drafts.snapshot), expected);
  if (!proof.ok) throw new GitfedError('USAGE', `${proof.reason.replace(/\.?$/, '.')} Nothing was written.`);
  if (!dryRun) await writeTogether(repository.root, drafts.files, () => unreadFile(repository, drafts.files));
  return { ...result, findings: proof.revealed, written: !dryRun };
}

/** A file that .gitfedignore, .gitignore or the marker of another tool leaves out would change nothing: says which, and what next. */
export async function unreadFile(
  { folder, memo }: TypeRepository,
  files: readonly PlannedFile[],
): Promise<string | undefined> {
  const { entries } = await readWorkingTree(folder, memo.reading);
  const missing = files.find(
    ({ file, after }) => after !== undefined && !entries.some((entry) => entry.kind === 'file' && entry.path === file),
  );
  if (missing === undefined) return undefined;
  return `${missing.file} would not be read: an ignore file or another tool's folder leaves it out. Choose another folder with --output-dir. Nothing was written.`;
}

/** Into a folder that is not of the repository: what is there is never edited. */
async function writeElsewhere(
  { outputDir = '', dryRun }: WritePlace,
  manifests: readonly JsonObject[],
  types: readonly FederatedType[],
): Promise<TypesResult> {
  const files: FileChange[] = [];
  for (const manifest of manifests) {
    const { name } = manifest['metadata'] as { readonly name: string };
    const file = path.join(outputDir, `${name}.yaml`);
    const after = formatYaml(manifest);
    const before = await readFile(file, 'utf8').catch(() => undefined);
    if (before !== undefined && before !== after) {
      throw new GitfedError('USAGE', `${file} is there already and holds something else: nothing was written.`);
    }
    const objects = [`${String(manifest['kind'])} ${name}`];
    const action = before === undefined ? 'created' : 'unchanged';
    files.push({ file, action, before: before ?? '', after, objects, line: 1 });
  }
  const fresh = files.filter(({ action }) => action === 'created');
  if (!dryRun && fresh.length > 0) {
    await mkdir(outputDir, { recursive: true });
    await writeTogether(
      outputDir,
      fresh.map(({ file, after }) => ({ file: path.basename(file), after })),
    );
  }
  return { types, files, written: !dryRun && fresh.length > 0, findings: [], notes: [] };
}

/** `3 objects of FederatedWidget`. */
export function countObjects(number: number, { federated }: FederatedType): string {
  return `${count(number, 'object')} of ${federated.kind}`;
}
