import { isApiError } from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { unregistered } from './join.ts';
import { openContext } from './join-context.ts';
import type { CredentialStore } from './join-credential.ts';
import { memberManifests, removableManifests, tokenSecretManifest } from './join-manifests.ts';
import { asMemberError, type OpenMember } from './join-member.ts';
import { JOINED_AS_ANNOTATION } from './join-names.ts';
import { deleteLive, type LiveManifest, labelOf, readLive } from './join-objects.ts';
import type {
  MembershipPlan,
  MembershipResult,
  PlannedStep,
  PreparedMembership,
  UnjoinOptions,
} from './join-options.ts';
import { isSameEndpoint } from './join-registration.ts';
import { type Membership, openMembership, proveDrafts } from './join-repository.ts';
import { findSecretFile } from './join-secret-file.ts';
import { openStore } from './join-store.ts';
import { openClient } from './open-client.ts';
import { FileDrafts } from './type-repository.ts';
import { type AppliedObjects, isNamespaceEmpty, planApplied } from './unjoin-applied.ts';
import { writeTogether } from './write-together.ts';

/** What there is to remove in a member. */
interface MemberPart {
  readonly member: OpenMember;
  /** In the order of their removal. */
  readonly objects: readonly { readonly manifest: JsonObject; readonly live: LiveManifest }[];
  readonly applied: AppliedObjects;
  /** That a join made. */
  readonly namespace: LiveManifest | undefined;
  readonly steps: readonly PlannedStep[];
}

/**
 * Finds out what it takes to undo a join. Writes nothing.
 *
 * @throws {GitfedError} `USAGE`, `CONFIG`, `GIT`, or `CLUSTER` unless it is forced.
 */
export async function prepareUnjoin(options: UnjoinOptions): Promise<PreparedMembership> {
  const membership = await openMembership(options);
  const { existing, names } = membership;
  if (existing === undefined && !options.force) throw unregistered(options.cluster);
  const secretName = existing?.secretName ?? `${options.cluster.toLowerCase()}-credentials`;
  const drafts = new FileDrafts(membership.repository);
  if (existing !== undefined) drafts.delete(existing.source, existing.object);
  const sharing = membership.model.clusters.filter(
    (one) => one.name !== options.cluster && one.secretName === secretName,
  );
  const isShared = sharing.length > 0;
  const secretFile = findSecretFile(membership, secretName);
  if (secretFile !== undefined && !isShared) drafts.delete(secretFile.source, secretFile.manifest);
  const { findings } = proveDrafts(membership, drafts);
  const store = await openStore(membership, secretName, options);
  const problems: string[] = [];
  const part = await openPart(membership, options, problems).catch((error: unknown) => {
    store?.close();
    throw error;
  });
  const close = (): void => {
    part?.member.client.close();
    store?.close();
  };
  try {
    const isForeign = (await store?.isForeign()) === true;
    const isThere = (await store?.read()) !== undefined;
    const isKept = isThere && !isForeign && !isShared;
    const step =
      store !== undefined && (isThere || isForeign)
        ? [credentialStep(store, { isForeign, sharing: sharing[0]?.name })]
        : [];
    const isSomewhereElse = store === undefined && secretFile === undefined;
    const plan: MembershipPlan = {
      cluster: options.cluster,
      steps: [...(part?.steps ?? []), ...step],
      files: drafts.changes,
      findings,
      notes: [
        ...problems,
        ...(part?.applied.notes ?? []),
        ...(isSomewhereElse
          ? [
              `The token of ${names.account} stays where it is kept: remove it there, or name --credentials-dir or --host-context.`,
            ]
          : []),
      ],
    };
    const run = async (): Promise<MembershipResult> => {
      const isChanged = [...plan.steps, ...plan.files].some(
        ({ action }) => action !== 'keep' && action !== 'unchanged',
      );
      if (options.dryRun || !isChanged) return { isChanged: false, problems, notes: [] };
      const left = part === undefined ? [] : await runPart(part, membership, options);
      await writeTogether(membership.repository.root, drafts.files, async () => {
        if (isKept) await store?.remove();
        return undefined;
      });
      return { isChanged, problems: [...problems, ...left], notes: [] };
    };
    return { plan, run, close };
  } catch (error) {
    close();
    throw error;
  }
}

function credentialStep(
  { where, what }: CredentialStore,
  { isForeign, sharing }: { readonly isForeign: boolean; readonly sharing: string | undefined },
): PlannedStep {
  if (sharing !== undefined) {
    return { where, what, action: 'keep', note: `${plainText(sharing)} is reached with it too` };
  }
  if (!isForeign) return { where, what, action: 'delete' };
  return { where, what, action: 'keep', note: 'it is not of a join of this repository' };
}

/** @param problems takes what stopped it, where it is forced. */
async function openPart(
  membership: Membership,
  options: UnjoinOptions,
  problems: string[],
): Promise<MemberPart | undefined> {
  let member: OpenMember | undefined;
  try {
    const context = await openContext(options.kubeconfigs, options.clusterContext ?? options.cluster, options);
    refuseOtherCluster(membership, context.server, options);
    member = { name: plainText(context.name), client: openClient(context.endpoint, options) };
    return await planPart(member, membership, options);
  } catch (error) {
    member?.client.close();
    if (!options.force || !(error instanceof GitfedError)) throw error;
    problems.push(
      `Nothing is removed in the member. ${error.message.replace(/ ?Nothing was (?:written|removed)\.?$/, '')}`,
    );
    return undefined;
  }
}

/** What another cluster has under these names was not made by this join. */
function refuseOtherCluster(
  { existing }: Membership,
  server: string,
  { clusterContext, cluster }: UnjoinOptions,
): void {
  if (existing === undefined) return;
  if (isSameEndpoint(existing.apiEndpoint, server)) return;
  throw new GitfedError(
    'USAGE',
    `The context ${plainText(clusterContext ?? cluster)} leads to ${plainText(server)}, and ${plainText(cluster)} is registered as ${plainText(existing.apiEndpoint)}: name its context with --cluster-context. Nothing was written.`,
  );
}

async function planPart(member: OpenMember, membership: Membership, options: UnjoinOptions): Promise<MemberPart> {
  const { names, systemNamespace } = membership;
  const manifests = removableManifests(names, systemNamespace).filter(({ kind }) => kind !== 'Namespace');
  const secrets = names.tokenSecrets.map((name) =>
    tokenSecretManifest(names, systemNamespace, { name, expires: false }),
  );
  // What gives rights first: nothing that still runs writes there again.
  const order = ['RoleBinding', 'ClusterRoleBinding', 'Secret', 'ServiceAccount', 'Role', 'ClusterRole'];
  const sorted = [...manifests, ...secrets].toSorted(
    (a, b) => order.indexOf(String(a['kind'])) - order.indexOf(String(b['kind'])),
  );
  const objects: { manifest: JsonObject; live: LiveManifest }[] = [];
  const steps: PlannedStep[] = [];
  try {
    for (const manifest of unique(sorted)) {
      const live = await readLive(member.client, manifest);
      if (live === undefined) continue;
      const isOurs = live.metadata.annotations?.[JOINED_AS_ANNOTATION] === names.mark;
      if (isOurs) objects.push({ manifest, live });
      steps.push({
        where: member.name,
        what: labelOf(manifest),
        ...(isOurs ? { action: 'delete' } : { action: 'keep', note: 'it is not of a join of this repository' }),
      });
    }
    const applied = await planApplied(member, membership, options);
    const namespace = await readNamespace(member, membership);
    const note = 'once nothing else is in it';
    const what = `Namespace ${systemNamespace}`;
    const last: readonly PlannedStep[] =
      namespace === undefined ? [] : [{ where: member.name, what, action: 'delete', note }];
    return { member, objects, applied, namespace, steps: [...steps, ...applied.steps, ...last] };
  } catch (error) {
    throw asMemberError(member, error, 'what is there cannot be read');
  }
}

/** Objects that two ways of joining have in common. */
function unique(manifests: readonly JsonObject[]): readonly JsonObject[] {
  return [...new Map(manifests.map((manifest) => [labelOf(manifest), manifest])).values()];
}

/** That a join made, and that is there. */
async function readNamespace(
  { client }: OpenMember,
  { names, systemNamespace }: Membership,
): Promise<LiveManifest | undefined> {
  const [manifest = {}] = memberManifests(names, systemNamespace, []);
  const live = await readLive(client, manifest);
  const isOurs = live?.metadata.annotations?.[JOINED_AS_ANNOTATION] === names.mark;
  return isOurs && live?.metadata.deletionTimestamp === undefined ? live : undefined;
}

/** @returns what could not be removed, where it is forced. @throws {GitfedError} `CLUSTER` */
async function runPart(
  { member, objects, applied, namespace }: MemberPart,
  { names, systemNamespace }: Membership,
  { force, cluster }: UnjoinOptions,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const told = asMemberError(member, error, what, 'What was removed before it is gone: run it again to go on.');
      if (!force || !(told instanceof GitfedError) || (isApiError(error) && error.failure === 'Aborted')) throw told;
      problems.push(told.message);
    }
  };
  for (const { manifest, live } of objects) {
    await attempt(`${labelOf(manifest)} cannot be deleted`, () => deleteLive(member.client, manifest, live));
  }
  await attempt('what was applied cannot be removed', async () => {
    const left = await applied.run();
    if (left.length > 0 && !force) {
      throw new GitfedError(
        'CLUSTER',
        `${left.join(' ')} ${plainText(cluster)} stays registered: run it again to go on, or with --force to leave these.`,
      );
    }
    problems.push(...left);
  });
  if (namespace === undefined) return problems;
  await attempt(`the namespace ${systemNamespace} cannot be deleted`, async () => {
    const ours = new Set(objects.map(({ live }) => live.metadata.uid));
    if (!(await isNamespaceEmpty(member, systemNamespace, ours))) return;
    const [manifest = {}] = memberManifests(names, systemNamespace, []);
    await deleteLive(member.client, manifest, namespace);
  });
  return problems;
}
