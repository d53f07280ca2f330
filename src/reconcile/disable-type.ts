import {
  BUILTIN_FEDERATED_TYPES,
  BUILTIN_TYPES,
  type FederatedType,
  findType,
  type Model,
  typeConfigManifest,
  withConfigured,
} from '../api/index.ts';
import { locate } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import type { TypesResult, WritePlace } from './enable-options.ts';
import { countObjects, finish } from './enable-type.ts';
import {
  FileDrafts,
  findDefinition,
  newFile,
  objectsOf,
  openTypeRepository,
  type TypeRepository,
} from './type-repository.ts';

export interface DisableOptions {
  /** The repository, or a folder in it that is read as one. Absolute. */
  readonly folder: string;
  /** As a person spells it: the kind, or its federated kind. */
  readonly type: string;
  /** Removes the FederatedTypeConfig and the definition of the federated kind. */
  readonly deleteFromRepository: boolean;
  readonly place: Pick<WritePlace, 'dryRun'>;
}

/**
 * Switches propagation of a kind off: by an edit of its FederatedTypeConfig, for a built-in kind without one by a new file. What is in the
 * clusters stays there.
 *
 * @throws {GitfedError} `USAGE`; nothing is written then.
 */
export async function disableType(options: DisableOptions): Promise<TypesResult> {
  const repository = await openTypeRepository(options.folder);
  const { model } = repository.state;
  const type = chooseType(options.type, model);
  const drafts = new FileDrafts(repository);
  if (options.deleteFromRepository) return await deleteType(repository, drafts, { type, options });
  const disabled: FederatedType = { ...type, propagation: 'Disabled' };
  const manifest = typeConfigManifest(disabled, model.systemNamespace);
  if (type.source === undefined) drafts.create(newFile(repository, type.name, undefined) ?? '', manifest);
  else {
    const isDone = type.propagation === 'Disabled';
    drafts.edit(
      type.source,
      manifest,
      isDone ? [] : [{ type: 'set', path: ['spec', 'propagation'], value: 'Disabled' }],
    );
  }
  const number = objectsOf(model, type.federated).length;
  const kept =
    number === 0
      ? `Objects of ${type.target.kind} in the clusters stay as they are.`
      : `The clusters keep what they have of ${countObjects(number, type)} in the repository: nothing of it is updated or deleted there until the type is enabled again.`;
  return await finish(repository, drafts, { types: [disabled], notes: [kept], dryRun: options.place.dryRun });
}

/** By the name of the FederatedTypeConfig, or as a kind or a federated kind is spelt. */
function chooseType(text: string, { types }: Model): FederatedType {
  const names = new Set(types.map(({ name }) => name));
  const all = [...types, ...BUILTIN_FEDERATED_TYPES.filter(({ name }) => !names.has(name))];
  const named = types.find(({ name }) => name === text);
  if (named !== undefined) return named;
  const found = findType(text, withConfigured(BUILTIN_TYPES, types));
  if (found.type === 'several')
    throw new GitfedError('USAGE', `${text} may be ${list(found.names, 20)}. Name one of them.`);
  const federated = findType(
    text,
    all.map(({ federated: resource }) => ({ ...resource, shortNames: [], schemas: new Map() })),
  );
  const type = all.find(({ target, federated: { group, kind } }) => {
    if (found.type === 'found') return found.target.group === target.group && found.target.kind === target.kind;
    return federated.type === 'found' && federated.target.group === group && federated.target.kind === kind;
  });
  if (type !== undefined) return type;
  const enabled = list([...names], 20);
  throw new GitfedError(
    'USAGE',
    `There is no type ${JSON.stringify(text)} in the repository and among the built-in kinds. FederatedTypeConfigs there are for: ${enabled || 'none'}. See: gitfed types --all`,
  );
}

async function deleteType(
  repository: TypeRepository,
  drafts: FileDrafts,
  { type, options }: { readonly type: FederatedType; readonly options: DisableOptions },
): Promise<TypesResult> {
  const { model } = repository.state;
  if (BUILTIN_FEDERATED_TYPES.some(({ name }) => name === type.name)) {
    throw new GitfedError(
      'USAGE',
      `${type.name} is built in, and is enabled where no FederatedTypeConfig disables it: deleting that would not disable it. Use gitfed disable without --delete-from-repo.`,
    );
  }
  if (type.source === undefined) throw new TypeError('a type is built in or has a source');
  const objects = objectsOf(model, type.federated);
  const [first] = objects;
  if (first !== undefined) {
    const { file, line } = locate(first.source);
    throw new GitfedError(
      'USAGE',
      `${countObjects(objects.length, type)} in the repository (${file}:${line}) would be of a kind that is not known. Remove them first, and sync, so that they leave the clusters; or use gitfed disable without --delete-from-repo, which leaves everything as it is.`,
    );
  }
  drafts.delete(type.source, typeConfigManifest(type, model.systemNamespace));
  const definition = findDefinition(repository, `${type.federated.plural}.${type.federated.group}`);
  if (definition !== undefined) drafts.delete(definition.source, definition.value);
  const notes = [
    `${type.name} is not federated any more. Objects of ${type.target.kind} in the clusters are not touched.`,
  ];
  return await finish(repository, drafts, {
    types: [],
    notes,
    dryRun: options.place.dryRun,
    expected: [{ name: type.name }],
  });
}
