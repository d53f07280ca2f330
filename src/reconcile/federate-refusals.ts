import { isSopsDocument, type Model } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import { draftKey, draftName, type existingObjects, type FederatedDraft } from './federate-draft.ts';
import type { FederateOptions } from './federate-options.ts';
import { isSecretObject } from './federate-secrets.ts';

/** @throws {GitfedError} `USAGE` where a placement names what is no cluster of the repository. */
export function refuseUnregistered({ placement }: FederateOptions, { clusters }: Model): void {
  const known = new Set(clusters.map(({ name }) => name));
  const missing = (placement?.clusters ?? []).filter((name) => !known.has(name));
  if (missing.length === 0) return;
  const has = known.size === 0 ? 'It has none.' : `It has ${list([...known], 20)}.`;
  throw new GitfedError('USAGE', `--clusters names what is no cluster of this repository: ${list(missing)}. ${has}`);
}

/** @throws {GitfedError} `USAGE` */
export function refuseTwice(drafts: readonly FederatedDraft[]): void {
  const seen = new Set<string>();
  for (const draft of drafts) {
    const key = draftKey(draft);
    if (seen.has(key)) throw new GitfedError('USAGE', `${draftName(draft)} would be there twice: name it once.`);
    seen.add(key);
  }
}

/** Edited in place, it would go on lying there for everyone to read. @throws {GitfedError} `USAGE` */
export function refusePlaintext(
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

/** Nothing of a namespace that is not federated reaches a cluster. @throws {GitfedError} `USAGE` */
export function refuseUnfederatedNamespaces(
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
