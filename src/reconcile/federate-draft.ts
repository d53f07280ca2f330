import path from 'node:path';
import {
  BUILTIN_FEDERATED_TYPES,
  type FederatedObject,
  type FederatedType,
  isNamespaceType,
  isSopsDocument,
  type Model,
} from '../api/index.ts';
import { isJsonObject, type JsonObject, objectIdKey } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { pathInCluster } from '../render/index.ts';
import type { FederatePlacement, FoundObject } from './federate-options.ts';
import { templateOf } from './strip-object.ts';
import { editsBetween } from './template-edits.ts';
import type { FileDrafts, TypeRepository } from './type-repository.ts';

/** A found object as it is to stand in the repository. */
export interface FederatedDraft {
  readonly found: FoundObject;
  readonly type: FederatedType;
  readonly template: JsonObject;
  /** As a new file would have it, in plain text. */
  readonly manifest: JsonObject;
}

/** The type that stands for a kind; `undefined` where there is none. */
export function typeFor(
  types: readonly FederatedType[],
  { group, kind }: Pick<FoundObject['resource'], 'group' | 'kind'>,
): FederatedType | undefined {
  const isMeant = ({ target }: FederatedType): boolean => target.group === group && target.kind === kind;
  return types.find(isMeant) ?? BUILTIN_FEDERATED_TYPES.find(isMeant);
}

/** Makes the federated object of an object. Pure. */
export function draftObject(
  found: FoundObject,
  type: FederatedType,
  { placement, dropAnnotations }: { readonly placement: FederatePlacement; readonly dropAnnotations: boolean },
): FederatedDraft {
  const { resource, name } = found;
  const bare = templateOf(found.object, resource);
  const kept = dropAnnotations ? withoutAnnotations(bare) : bare;
  const { group, version } = resource;
  // What the template says wins over the version of the type.
  const own = version === type.target.version ? {} : { apiVersion: group === '' ? version : `${group}/${version}` };
  const template = { ...own, ...kept };
  const { federated } = type;
  const namespace = isNamespaceType(type) ? name : found.namespace;
  const manifest = {
    apiVersion: `${federated.group}/${federated.version}`,
    kind: federated.kind,
    metadata: { name, ...(federated.scope === 'Namespaced' ? { namespace } : {}) },
    spec: { template, placement: placementOf(placement) },
  };
  return { found, type, template, manifest };
}

function placementOf({ clusters, clusterSelector }: FederatePlacement): JsonObject {
  if (clusters !== undefined) return { clusters: clusters.map((name) => ({ name })) };
  return { clusterSelector: clusterSelector ?? {} };
}

function withoutAnnotations(template: JsonObject): JsonObject {
  const { metadata } = template;
  if (metadata === undefined) return template;
  const entries = Object.entries(metadata as JsonObject).filter(([key]) => key !== 'annotations');
  if (entries.length > 0) return { ...template, metadata: Object.fromEntries(entries) };
  return Object.fromEntries(Object.entries(template).filter(([key]) => key !== 'metadata'));
}

/** Of the federated object, as the model keys it. */
export function draftKey({ manifest, type }: FederatedDraft): string {
  const { name, namespace } = manifest['metadata'] as { readonly name: string; readonly namespace?: string };
  return objectIdKey({ group: type.federated.group, kind: type.federated.kind, namespace: namespace ?? '', name });
}

/** `FederatedDeployment/shop/web`. */
export function draftName({ manifest }: FederatedDraft): string {
  const { name, namespace } = manifest['metadata'] as { readonly name: string; readonly namespace?: string };
  return [String(manifest['kind']), ...(namespace === undefined ? [] : [namespace]), name].join('/');
}

/** Keeps what the template that is there says of the identity, where it says what gitfed would make of it anyway: it is no change. */
export function keepIdentity(draft: FederatedDraft, existing: FederatedObject | undefined): FederatedDraft {
  if (existing?.template.ok !== true) return draft;
  const { group, version, kind } = draft.found.resource;
  const { namespace, name } = draft.found;
  const before = existing.template.value;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const top = sameEntries(before, { apiVersion, kind });
  const metadata = isJsonObject(before['metadata']) ? sameEntries(before['metadata'], { namespace, name }) : {};
  const own = (draft.template['metadata'] ?? {}) as JsonObject;
  const both = { ...own, ...metadata };
  const template = { ...draft.template, ...top, ...(Object.keys(both).length === 0 ? {} : { metadata: both }) };
  return { ...draft, template, manifest: withTemplate(draft.manifest, template) };
}

function sameEntries(before: JsonObject, wanted: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => Object.hasOwn(before, key) && before[key] === value),
  );
}

function withTemplate(manifest: JsonObject, template: JsonObject): JsonObject {
  return { ...manifest, spec: { ...(manifest['spec'] as JsonObject), template } };
}

/** Federated objects by key. */
export function existingObjects({ objects }: Model): ReadonlyMap<string, FederatedObject> {
  return new Map(objects.map((object) => [objectIdKey(object.id), object]));
}

/**
 * Drafts a new file for an object, or edits of the template of the one that is there.
 *
 * @param written what a new file holds: the manifest, or its encrypted form.
 * @throws {GitfedError} `USAGE` where a file is in the way, or an edit cannot be made.
 */
export function draftFile(
  repository: TypeRepository,
  drafts: FileDrafts,
  {
    draft,
    existing,
    written,
    outputDir,
  }: {
    readonly draft: FederatedDraft;
    readonly existing: FederatedObject | undefined;
    readonly written: JsonObject;
    readonly outputDir: string | undefined;
  },
): void {
  if (existing === undefined) {
    drafts.create(fileFor(repository, draft, outputDir), written);
    return;
  }
  const { template, source } = existing;
  const place = `${source.document.file}:${source.document.locate(source.path).line}: ${draftName(draft)}`;
  if (isSopsDocument(source.document.value)) {
    throw new GitfedError(
      'USAGE',
      `${place} is there already and encrypted. Change it with sops, or leave it out with --secrets omit. Nothing was written.`,
    );
  }
  if (!template.ok) {
    throw new GitfedError('USAGE', `${place} is there already and in error. Mend it first: gitfed validate`);
  }
  drafts.edit(source, draft.manifest, editsBetween(template.value, draft.template, ['spec', 'template']));
}

/** `shop/Deployment.apps-web.yaml`, `_cluster/ClusterRole.rbac.authorization.k8s.io-reader.yaml`; a Namespace is in the folder of its name. */
function fileFor({ folder, prefix }: TypeRepository, { found, type }: FederatedDraft, outputDir = folder): string {
  const { resource, name } = found;
  const namespace = isNamespaceType(type) ? name : found.namespace;
  const relative = path.relative(folder, outputDir);
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    throw new GitfedError('USAGE', '--output-dir is outside of the repository: print the objects with -o yaml instead');
  }
  const file = pathInCluster({ group: resource.group, kind: resource.kind, namespace, name });
  return path.posix.join(prefix, ...relative.split(path.sep), file);
}
