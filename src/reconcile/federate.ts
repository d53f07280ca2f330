import {
  buildModel,
  type FederatedType,
  isSopsDocument,
  type Model,
  type TargetType,
  typeConfigManifest,
  typeConfigName,
} from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { formatFinding } from '../report/findings.ts';
import { createStyle } from '../report/style.ts';
import { count, list } from '../report/wording.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { draftEnabled, unreadFile } from './enable-type.ts';
import { openCluster, readContents, readObject, type SourceCluster } from './federate-cluster.ts';
import {
  draftFile,
  draftKey,
  draftName,
  draftObject,
  existingObjects,
  type FederatedDraft,
  typeFor,
} from './federate-draft.ts';
import { readObjects } from './federate-file.ts';
import type { FederateOptions, FederateResult, Found, FoundObject } from './federate-options.ts';
import { proveRendering, proveTemplates } from './federate-proof.ts';
import { applySecretsPolicy, isSecretObject, sealed } from './federate-secrets.ts';
import { toTarget } from './type-discovery.ts';
import { newFindings } from './type-proof.ts';
import { FileDrafts, openTypeRepository, type TypeRepository } from './type-repository.ts';
import type { WantedType } from './type-sources.ts';
import { writeTogether } from './write-together.ts';

/**
 * Writes federated objects into a repository for objects of a cluster or of a file, or edits the templates of those that are there. What they
 * render to is compared with what was read first. All files are written, or none.
 *
 * @throws {GitfedError} `USAGE` or `CLUSTER`; nothing is written then.
 */
export async function federate(options: FederateOptions): Promise<FederateResult> {
  const repository = await openTypeRepository(options.folder);
  const { model } = repository.state;
  refuseUnregistered(options, model);
  const { found, leftOut, wanted } = await find(repository, options);
  const drafts = new FileDrafts(repository);
  const types = wanted.map((one) => draftEnabled(repository, drafts, { wanted: one, options: enableOptions(options) }));
  const objects = found.map((one) => draftOf(one, types, { model, options }));
  refuseTwice(objects);
  const existing = existingObjects(model);
  refusePlaintext(objects, existing, options);
  for (const draft of objects) {
    const written = existing.has(draftKey(draft)) ? draft.manifest : await sealed(draft, options.secrets);
    draftFile(repository, drafts, {
      draft,
      existing: existing.get(draftKey(draft)),
      written,
      outputDir: options.place.outputDir,
    });
  }
  refuseUnfederatedNamespaces(objects, existing, model);
  const findings = prove(repository, drafts, objects, options);
  proveRendering(objects, model);
  const { dryRun } = options.place;
  const isChanged = drafts.files.length > 0;
  if (isChanged && !dryRun) {
    await writeTogether(repository.root, drafts.files, () => unreadFile(repository, drafts.files));
  }
  return {
    files: drafts.changes,
    secretFiles: secretFilesOf(repository, drafts, objects),
    written: isChanged && !dryRun,
    objects: objects.map(draftName),
    types,
    leftOut,
    findings,
    notes: notesOf(objects, existing, { model, options }),
  };
}

/** What {@link federate} would write into a repository that has none of it: FederatedTypeConfigs that are missing, and federated objects. */
export async function federatedManifests(
  options: FederateOptions,
): Promise<Pick<FederateResult, 'leftOut'> & { readonly manifests: readonly JsonObject[] }> {
  const repository = await openTypeRepository(options.folder);
  const { model } = repository.state;
  refuseUnregistered(options, model);
  const { found, leftOut, wanted } = await find(repository, options);
  const drafts = new FileDrafts(repository);
  const types = wanted.map((one) => draftEnabled(repository, drafts, { wanted: one, options: enableOptions(options) }));
  const objects = found.map((one) => draftOf(one, types, { model, options }));
  refuseTwice(objects);
  proveRendering(objects, model);
  const manifests: JsonObject[] = types.map((type) => typeConfigManifest(type, model.systemNamespace));
  for (const draft of objects) manifests.push(await sealed(draft, options.secrets));
  return { manifests, leftOut };
}

/** Where new types go; new objects go elsewhere. */
function enableOptions({ place }: FederateOptions): { place: FederateOptions['place']; crd: false } {
  return { place: { dryRun: place.dryRun }, crd: false };
}

interface Findings {
  readonly found: readonly FoundObject[];
  readonly leftOut: Found['leftOut'];
  /** Types to enable. */
  readonly wanted: readonly WantedType[];
}

async function find({ snapshot, state }: TypeRepository, options: FederateOptions): Promise<Findings> {
  const { source } = options;
  const { model } = state;
  const live = source.kind === 'file' ? source.kinds : source.cluster;
  const ageKeyFile = live?.kind === 'member' ? live.ageKeyFile : undefined;
  const decrypted = ageKeyFile === undefined ? model : buildModel(await decryptSnapshot(snapshot, ageKeyFile));
  const cluster = live === undefined ? undefined : await openCluster(live, decrypted, options);
  try {
    const all = await read(cluster, model, options);
    const { objects, leftOut } = applySecretsPolicy(all, options.secrets);
    if (objects.length === 0) {
      throw new GitfedError('USAGE', 'There is nothing to federate: --secrets omit leaves out all that was named.');
    }
    return { found: objects, leftOut, wanted: missingTypes(objects, cluster, { model, options }) };
  } finally {
    cluster?.client.close();
  }
}

async function read(cluster: SourceCluster | undefined, model: Model, options: FederateOptions): Promise<Found> {
  const { source, namespace, skip } = options;
  if (source.kind === 'file') {
    const served: readonly TargetType[] = (cluster?.discovery.resources ?? []).map(toTarget);
    return readObjects(source.file, model, { namespace, served });
  }
  if (cluster === undefined) throw new TypeError('objects of a cluster are read from one');
  if (source.kind === 'contents') return await readContents(cluster, model, { name: source.name, skip });
  const { type, name } = source;
  const object = await readObject(cluster, model, { type, name, namespace: namespace ?? cluster.namespace });
  return { objects: [object], leftOut: [] };
}

interface Context {
  readonly model: Model;
  readonly options: FederateOptions;
}

/** The kinds without a type. @throws {GitfedError} `USAGE` where they are not to be enabled. */
function missingTypes(
  objects: readonly FoundObject[],
  cluster: SourceCluster | undefined,
  { model, options }: Context,
): readonly WantedType[] {
  const needed = new Map(objects.map(({ resource }) => [typeConfigName(resource), resource]));
  const missing = [...needed].filter(([, resource]) => {
    const type = typeFor(model.types, resource);
    return type === undefined || (options.enableType && type.propagation === 'Disabled');
  });
  if (missing.length === 0) return [];
  if (!options.enableType) {
    throw new GitfedError(
      'USAGE',
      `These kinds are not federated in this repository: ${list(
        missing.map(([name]) => name),
        20,
      )}. Enable them with --enable-type, or first with gitfed enable; or leave them out with --skip-api-resources.`,
    );
  }
  return missing.map(([, resource]) => {
    const served = cluster?.discovery.find(resource.group, resource.kind, resource.version);
    const names = served === undefined ? { shortNames: [], schemas: new Map() } : toTarget(served);
    return { target: { ...names, ...resource, shortNames: names.shortNames }, schema: 'Unknown', settings: {} };
  });
}

function draftOf(found: FoundObject, enabled: readonly FederatedType[], { model, options }: Context): FederatedDraft {
  const type = typeFor([...enabled, ...model.types], found.resource);
  if (type === undefined) throw new TypeError('every kind has a type by now');
  return draftObject(found, type, {
    placement: options.placement ?? {},
    dropAnnotations: model.configuration.templateAnnotations === 'Drop',
  });
}

function refuseUnregistered({ placement }: FederateOptions, { clusters }: Model): void {
  const known = new Set(clusters.map(({ name }) => name));
  const missing = (placement?.clusters ?? []).filter((name) => !known.has(name));
  if (missing.length === 0) return;
  const has = known.size === 0 ? 'It has none.' : `It has ${list([...known], 20)}.`;
  throw new GitfedError('USAGE', `--clusters names what is no cluster of this repository: ${list(missing)}. ${has}`);
}

function refuseTwice(drafts: readonly FederatedDraft[]): void {
  const seen = new Set<string>();
  for (const draft of drafts) {
    const key = draftKey(draft);
    if (seen.has(key)) throw new GitfedError('USAGE', `${draftName(draft)} would be there twice: name it once.`);
    seen.add(key);
  }
}

/** Edited in place, it would go on lying there for everyone to read. */
function refusePlaintext(
  drafts: readonly FederatedDraft[],
  existing: ReturnType<typeof existingObjects>,
  { secrets }: FederateOptions,
): void {
  if (typeof secrets !== 'object') return;
  for (const draft of drafts.filter(({ found }) => isSecretObject(found))) {
    const source = existing.get(draftKey(draft))?.source;
    if (source === undefined || isSopsDocument(source.document.value)) continue;
    throw new GitfedError(
      'USAGE',
      `${source.document.file}: ${draftName(draft)} is there already in plain text. Encrypt its file with sops, and replace the Secret: everyone who can read the repository may know it. Nothing was written.`,
    );
  }
}

/** Nothing of a namespace that is not federated reaches a cluster. */
function refuseUnfederatedNamespaces(
  drafts: readonly FederatedDraft[],
  existing: ReadonlyMap<string, unknown>,
  { namespaces, kubeFedConfig }: Model,
): void {
  if (kubeFedConfig.scope === 'Namespaced') return;
  const fresh = new Set(drafts.flatMap(({ found }) => (found.resource.kind === 'Namespace' ? [found.name] : [])));
  const missing = drafts
    .filter((draft) => !existing.has(draftKey(draft)))
    .map(({ found }) => found.namespace)
    .filter((name) => name !== '' && !namespaces.has(name) && !fresh.has(name));
  const [first] = missing;
  if (first === undefined) return;
  const names = [...new Set(missing)];
  throw new GitfedError(
    'USAGE',
    `The repository has no FederatedNamespace for ${list(names)}, without which nothing of it reaches a cluster. Write it first: gitfed federate namespace ${first}; with --contents everything in it comes along. Nothing was written.`,
  );
}

/** @returns warnings that are new. @throws {GitfedError} `USAGE` for an error that is. */
function prove(
  repository: TypeRepository,
  drafts: FileDrafts,
  objects: readonly FederatedDraft[],
  { secrets }: FederateOptions,
): FederateResult['findings'] {
  if (drafts.files.length === 0) return [];
  const after = repository.memo.render(drafts.snapshot);
  const fresh = newFindings(repository.state.rendering.findings, after.rendering.findings);
  const obstacle = fresh.find(({ severity }) => severity === 'error');
  if (obstacle !== undefined) {
    throw new GitfedError(
      'USAGE',
      `The edited repository would have a new error. ${formatFinding(obstacle, createStyle(false)).trimEnd()} Nothing was written.`,
    );
  }
  proveTemplates(objects, after.model, ({ found }) => isSecretObject(found) && typeof secrets === 'object');
  return fresh;
}

function secretFilesOf(
  { state }: TypeRepository,
  drafts: FileDrafts,
  objects: readonly FederatedDraft[],
): ReadonlySet<string> {
  const known = state.model.objects.filter(({ target }) => target.group === '' && target.kind === 'Secret');
  const secrets = new Set(objects.filter(({ found }) => isSecretObject(found)).map(({ manifest }) => nameIn(manifest)));
  const fresh = drafts.changes.filter(({ objects: names }) => names.some((name) => secrets.has(name)));
  return new Set([...known.map(({ source }) => source.document.file), ...fresh.map(({ file }) => file)]);
}

/** As the drafts name an object. */
function nameIn({ kind, metadata }: JsonObject): string {
  return `${String(kind)} ${String((metadata as JsonObject)['name'])}`;
}

function notesOf(
  drafts: readonly FederatedDraft[],
  existing: ReadonlyMap<string, unknown>,
  { model, options }: Context,
): readonly string[] {
  const kept = drafts.filter((draft) => existing.has(draftKey(draft)));
  const disabled = [
    ...new Set(drafts.filter(({ type }) => type.propagation === 'Disabled').map(({ type }) => type.name)),
  ];
  const annotated = drafts.filter(({ found }) => hasAnnotations(found)).length;
  return [
    ...(kept.length > 0 && options.placement !== undefined
      ? [`Of what was there already the placement is as it was: ${list(kept.map(draftName))}.`]
      : []),
    ...disabled.map(
      (name) => `The propagation of ${name} is disabled: nothing of it is applied until gitfed enable ${name}.`,
    ),
    ...(model.configuration.templateAnnotations === 'Drop' && annotated > 0
      ? [`The annotations of ${count(annotated, 'object')} are left out: gitfed.yaml has templateAnnotations: Drop.`]
      : []),
  ];
}

function hasAnnotations({ object }: FoundObject): boolean {
  return Object.hasOwn((object['metadata'] ?? {}) as JsonObject, 'annotations');
}
