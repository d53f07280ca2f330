import {
  buildModel,
  type FederatedType,
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
  keepIdentity,
  typeFor,
} from './federate-draft.ts';
import { readObjects } from './federate-file.ts';
import type { FederateOptions, FederateResult, Found, FoundObject } from './federate-options.ts';
import { proveRendering, proveTemplates } from './federate-proof.ts';
import { refusePlaintext, refuseTwice, refuseUnfederatedNamespaces, refuseUnregistered } from './federate-refusals.ts';
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
  const { repository, drafts, objects, types, leftOut } = await prepare(options);
  const { model } = repository.state;
  const existing = existingObjects(model);
  refusePlaintext(objects, existing, options);
  const kept = objects.map((draft) => keepIdentity(draft, existing.get(draftKey(draft))));
  for (const draft of kept) {
    const found = existing.get(draftKey(draft));
    const written = found === undefined ? await sealed(draft, options.secrets) : draft.manifest;
    draftFile(repository, drafts, { draft, existing: found, written, outputDir: options.place.outputDir });
  }
  refuseUnfederatedNamespaces(kept, existing, model);
  const findings = prove(repository, drafts, kept, options);
  proveRendering(kept, model);
  const { dryRun } = options.place;
  const isChanged = drafts.files.length > 0;
  if (isChanged && !dryRun) {
    await writeTogether(repository.root, drafts.files, () => unreadFile(repository, drafts.files));
  }
  return {
    files: drafts.changes,
    written: isChanged && !dryRun,
    objects: kept.map(draftName),
    types,
    leftOut,
    findings,
    notes: notesOf(kept, existing, { model, options }),
  };
}

/** What {@link federate} would write into a repository that has none of it: FederatedTypeConfigs that are missing, and federated objects. */
export async function federatedManifests(
  options: FederateOptions,
): Promise<Pick<FederateResult, 'leftOut'> & { readonly manifests: readonly JsonObject[] }> {
  const { repository, objects, types, leftOut } = await prepare(options);
  const { model } = repository.state;
  proveRendering(objects, model);
  const manifests: JsonObject[] = types.map((type) => typeConfigManifest(type, model.systemNamespace));
  for (const draft of objects) manifests.push(await sealed(draft, options.secrets));
  return { manifests, leftOut };
}

interface Prepared extends Pick<FederateResult, 'types' | 'leftOut'> {
  readonly repository: TypeRepository;
  /** With the types that are enabled on the way, and nothing else yet. */
  readonly drafts: FileDrafts;
  readonly objects: readonly FederatedDraft[];
}

async function prepare(options: FederateOptions): Promise<Prepared> {
  const repository = await openTypeRepository(options.folder);
  const { model } = repository.state;
  refuseUnregistered(options, model);
  const { found, leftOut, wanted } = await find(repository, options);
  const drafts = new FileDrafts(repository);
  const types = wanted.map((one) => draftEnabled(repository, drafts, { wanted: one, options: enableOptions(options) }));
  const objects = found.map((one) => draftOf(one, types, { model, options }));
  refuseTwice(objects);
  return { repository, drafts, objects, types, leftOut };
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
