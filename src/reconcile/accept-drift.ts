import { buildModel, type FederatedObject, federatedObjectName, type RepositorySnapshot } from '../api/index.ts';
import {
  documentAtLine,
  editYaml,
  formatFieldPath,
  isJsonObject,
  isSecret,
  type JsonValue,
  type NodePath,
  readYaml,
} from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { isRepositoryUrl, type Repository, readWorkingTree } from '../git/index.ts';
import { type Observations, type WriteBack, writeBack } from '../render/index.ts';
import { driftToAccept } from './accept-fields.ts';
import { replaceFile, textOf } from './accept-file.ts';
import { disproof, isSameInClusters, manifestsOf, withFile } from './accept-proof.ts';
import type { AcceptedField, AcceptOptions, AcceptResult, NotAcceptedField } from './accept-types.ts';
import { readObserved } from './fleet-observations.ts';
import type { Pass } from './read-pass.ts';
import { type RenderedState, RepositoryMemo } from './repository-memo.ts';
import { openSource, type Source } from './source.ts';
import { runPass } from './sync.ts';

/**
 * Writes what has drifted of one object into the file of the work tree that has it: the members are compared with HEAD, and nothing is written
 * to them. The edited repository is rendered first, and must differ in nothing but the accepted fields.
 *
 * @throws {GitfedError} `USAGE`, `GIT` or `CONFIG` when there is nothing to compare or to edit.
 */
export async function acceptDrift(options: AcceptOptions): Promise<AcceptResult> {
  const { folder } = options;
  if (isRepositoryUrl(folder))
    throw new GitfedError('USAGE', 'Drift is accepted into a work tree: clone the repository first.');
  const source = await openSource({ source: folder });
  try {
    if (source.repository.isBare) {
      throw new GitfedError('USAGE', `${folder} is a bare repository, without files to edit: name a work tree.`);
    }
    return await acceptInto(source, options);
  } finally {
    await source.close();
  }
}

/** The work tree as it is, and what it renders to. */
interface WorkTree {
  readonly repository: Repository;
  readonly snapshot: RepositorySnapshot;
  readonly memo: RepositoryMemo;
  readonly state: RenderedState;
  /** What replicas are planned from, as the members' are. */
  readonly observations: Observations | undefined;
}

async function acceptInto(source: Source, options: AcceptOptions): Promise<AcceptResult> {
  const memo = new RepositoryMemo();
  const snapshot = await readWorkingTree(options.folder, memo.reading);
  const observations = await readObserved(source, buildModel(snapshot, memo.model));
  const state = memo.render(snapshot, observations);
  const object = options.choose(state.model);
  const { target } = object;
  const manifests = manifestsOf(state.rendering, target);
  refuseSecrets(object, [...manifests.values()]);
  const clusters = placedClusters(object, [...manifests.keys()], options.clusters);
  const { folder, choose: _choose, fields, template: _template, dryRun: _dryRun, ...access } = options;
  const { pass, clusters: results } = await runPass(source, { ...access, source: folder, mode: 'inspect', clusters });
  refuseUncommitted(object, pass, manifests);
  const federated = federatedObjectName(object);
  const drift = driftToAccept(results, { target, federated, manifests, fields });
  const into = options.template === true ? 'template' : options.clusters === undefined ? 'auto' : 'overrides';
  const plan = writeBack(state.model, object, drift.wanted, { into, observations });
  const tree = { repository: source.repository, snapshot, memo, state, observations };
  const outcome = await edit(tree, object, plan, options.dryRun === true);
  const notAccepted = [...drift.notAccepted, ...outcome.notAccepted];
  const about = { commit: pass.commit, object: federated, target };
  return { ...about, ...outcome, notAccepted, ok: notAccepted.length === 0 };
}

function placedClusters(
  object: FederatedObject,
  placed: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] {
  const name = federatedObjectName(object);
  const missing = asked?.find((cluster) => !placed.includes(cluster));
  if (missing !== undefined) {
    const places = placed.join(', ') || 'none';
    throw new GitfedError('USAGE', `${name} is not rendered for cluster ${missing}. Clusters that get it: ${places}.`);
  }
  if (placed.length === 0) {
    throw new GitfedError('USAGE', `${name} is rendered for no cluster. Ask why with: gitfed explain ${name}`);
  }
  return asked ?? placed;
}

/** The values of a Secret do not come back: git keeps what was once committed for ever. */
function refuseSecrets(object: FederatedObject, manifests: Parameters<typeof isSecret>[1][]): void {
  if (!isSecret(object.target, ...manifests)) return;
  const name = federatedObjectName(object);
  throw new GitfedError(
    'USAGE',
    `${name} makes a Secret, and values of Secrets are never written into the repository. Put the new value into its file yourself, encrypted, or let a sync put the old one back.`,
  );
}

/** What is compared with the members must be what is edited. */
function refuseUncommitted(
  object: FederatedObject,
  { rendering }: Pass,
  manifests: ReturnType<typeof manifestsOf>,
): void {
  if (isSameInClusters(manifestsOf(rendering, object.target), manifests)) return;
  const { file } = object.source.document;
  throw new GitfedError(
    'USAGE',
    `${federatedObjectName(object)} in the work tree (${file}) is not what HEAD has, with which the members are compared. Commit the change or undo it, and run it again.`,
  );
}

type Outcome = Pick<AcceptResult, 'accepted' | 'notAccepted' | 'edit' | 'written'>;

async function edit(tree: WorkTree, object: FederatedObject, plan: WriteBack, isDryRun: boolean): Promise<Outcome> {
  const notAccepted = plan.unwritten.map(({ field, clusters, reason }): NotAcceptedField => {
    return {
      path: formatFieldPath(field.path),
      clusters,
      reason: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`,
    };
  });
  if (plan.edits.length === 0) return { accepted: [], notAccepted, written: false };
  const { file } = object.source.document;
  const before = textOf(tree.snapshot, file);
  const { limits } = tree.state.model.configuration;
  const document = documentAtLine(before, rootLine(object));
  const edits = plan.edits.map((one) => ({ ...one, path: [...object.source.path, ...one.path] }));
  const edited = editYaml(before, edits, { limits, document: document ?? 0 });
  const reason = edited.ok
    ? disproof(tree.state, tree.memo.render(withFile(tree.snapshot, file, edited.text), tree.observations), {
        target: object.target,
        manifests: plan.manifests,
      })
    : `${file}: ${formatFieldPath(edited.path)} ${edited.reason}.`;
  if (!edited.ok || reason !== undefined) {
    const fields = plan.written.map(({ field, clusters }): NotAcceptedField => {
      return { path: formatFieldPath(field.path), clusters, reason: reason ?? '' };
    });
    return { accepted: [], notAccepted: [...notAccepted, ...fields], written: false };
  }
  const after = edited.text;
  if (!isDryRun) await replaceFile(tree.repository, file, { before, after });
  const place = placesIn(after, file, { document: document ?? 0, root: object.source.path, limits });
  const accepted = plan.written.map(({ field, clusters, others, into, place: at }): AcceptedField => {
    const value = field.value === undefined ? {} : { value: field.value };
    return { path: formatFieldPath(field.path), clusters, others, into, ...value, place: place(at) };
  });
  return {
    accepted,
    notAccepted,
    edit: { file, before, after, context: contextIn(after, file, tree) },
    written: !isDryRun,
  };
}

const CONTEXT = 3;

/** How many lines of a file may be shown around an edit: its other objects may be Secrets, and so may be what cannot be read. */
function contextIn(text: string, file: string, { state: { model } }: WorkTree): number {
  const hasSecret = model.objects.some(({ target, source }) => source.document.file === file && isSecret(target));
  const documents = readYaml(file, text, model.configuration.limits);
  const isOpen = !hasSecret && documents.every((read) => read.ok && !mentionsSecret(read.document.value));
  return isOpen ? CONTEXT : 0;
}

function mentionsSecret(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isJsonObject(value) && /secret/i.test(String(value.kind))) return true;
  return Object.values(value).some((item) => mentionsSecret(item as JsonValue));
}

/** Where the document of an object begins. */
function rootLine({ source }: FederatedObject): number {
  return source.document.locate([]).line;
}

/** Where nodes of an edited object stand. */
function placesIn(
  text: string,
  file: string,
  {
    document,
    root,
    limits,
  }: { readonly document: number; readonly root: NodePath; readonly limits: Parameters<typeof readYaml>[2] },
): (path: NodePath) => AcceptedField['place'] {
  const read = readYaml(file, text, limits)[document];
  return (path) => {
    if (read?.ok !== true) return { file, line: 1, column: 1 };
    return { file, ...read.document.locate([...root, ...path]) };
  };
}
