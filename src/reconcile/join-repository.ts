import { buildModel, type KubeFedCluster, type Model } from '../api/index.ts';
import { isDns1123Label } from '../api/names.ts';
import { DEFAULT_SYSTEM_NAMESPACE } from '../api/system-namespace.ts';
import type { InventoryIdentity } from '../apply/index.ts';
import type { Finding } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { formatFinding } from '../report/findings.ts';
import { plainText } from '../report/plain-text.ts';
import { createStyle } from '../report/style.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import { ACCOUNT_ANNOTATION, checkClusterName, type JoinNames, joinNames } from './join-names.ts';
import type { MemberAccessOptions } from './join-options.ts';
import { identityOf } from './member-role.ts';
import type { RenderedState } from './repository-memo.ts';
import { newFindings } from './type-proof.ts';
import { type FileDrafts, openTypeRepository, type TypeRepository } from './type-repository.ts';

/** A repository that members join and leave. */
export interface Membership {
  readonly repository: TypeRepository;
  /** With what is encrypted in it, as far as it could be read. */
  readonly model: Model;
  readonly systemNamespace: string;
  /** The name alone where the repository has no commit yet. */
  readonly inventory: string;
  readonly identity: InventoryIdentity | undefined;
  /** As it is registered. */
  readonly existing: KubeFedCluster | undefined;
  readonly names: JoinNames;
}

/** @throws {GitfedError} `USAGE`, `CONFIG` or `GIT` */
export async function openMembership(options: MemberAccessOptions): Promise<Membership> {
  const { cluster, folder, ageKeyFile } = options;
  checkClusterName(cluster);
  const repository = await openTypeRepository(folder);
  const { model: read } = repository.state;
  const model = ageKeyFile === undefined ? read : buildModel(await decryptSnapshot(repository.snapshot, ageKeyFile));
  const systemNamespace = chooseNamespace(model, options.systemNamespace);
  const { inventory, identity } = await identify(model, folder, systemNamespace);
  const existing = model.clusters.find(({ name }) => name === cluster);
  const account = existing === undefined ? undefined : accountOf(existing);
  const names = joinNames({
    cluster,
    host: options.hostClusterName ?? inventory,
    account: options.hostClusterName === undefined ? account : undefined,
    namespace: systemNamespace,
    inventory,
  });
  if (options.hostClusterName !== undefined && account !== undefined && account !== names.account) {
    throw new GitfedError(
      'USAGE',
      `${plainText(cluster)} was joined as ${plainText(account)}, which --host-cluster-name would make ${names.account}: leave it out, or unjoin the cluster first.`,
    );
  }
  return { repository, model, systemNamespace, inventory, identity, existing, names };
}

function accountOf({ annotations }: KubeFedCluster): string | undefined {
  return Object.hasOwn(annotations, ACCOUNT_ANNOTATION) ? annotations[ACCOUNT_ANNOTATION] : undefined;
}

function chooseNamespace({ systemNamespace, clusters }: Model, asked: string | undefined): string {
  if (asked === undefined || asked === systemNamespace) return systemNamespace;
  if (!isDns1123Label(asked)) {
    throw new GitfedError('USAGE', `--kubefed-namespace ${plainText(asked)} is no name of a namespace.`);
  }
  if (clusters.length === 0 && systemNamespace === DEFAULT_SYSTEM_NAMESPACE) return asked;
  throw new GitfedError(
    'USAGE',
    `--kubefed-namespace ${asked} is not the system namespace of this repository, which is ${systemNamespace} as its KubeFedConfig or its clusters say.`,
  );
}

async function identify(
  model: Model,
  folder: string,
  namespace: string,
): Promise<Pick<Membership, 'inventory' | 'identity'>> {
  const known = await identityOf(model, { path: folder }, false);
  if (typeof known !== 'string') return { inventory: known.name, identity: { ...known, namespace } };
  try {
    const whole = await identityOf(model, { path: folder }, true);
    if (typeof whole !== 'string') return { inventory: known, identity: { ...whole, namespace } };
  } catch (error) {
    // A folder without a commit was never applied anywhere.
    if (!(error instanceof GitfedError)) throw error;
  }
  return { inventory: known, identity: undefined };
}

/** Reads the repository as it would be. @throws {GitfedError} `USAGE` for an error that was not there before. */
export function proveDrafts(
  { repository }: Pick<Membership, 'repository'>,
  drafts: FileDrafts,
): RenderedState & { readonly findings: readonly Finding[] } {
  const after = repository.memo.render(drafts.snapshot);
  const findings = newFindings(repository.state.rendering.findings, after.rendering.findings);
  const obstacle = findings.find(({ severity }) => severity === 'error');
  if (obstacle === undefined) return { ...after, findings };
  throw new GitfedError(
    'USAGE',
    `The edited repository would have a new error. ${formatFinding(obstacle, createStyle(false)).trimEnd()} Nothing was written.`,
  );
}
