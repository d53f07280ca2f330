import path from 'node:path';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { unreadFile } from './enable-type.ts';
import { checkExpressible, openContext } from './join-context.ts';
import { memberManifests, obsoleteManifests, tokenSecretManifest } from './join-manifests.ts';
import {
  asMemberError,
  describeSteps,
  type OpenMember,
  planMember,
  planObsolete,
  runMemberSteps,
} from './join-member.ts';
import { afterUnwritten, makeToken } from './join-new-token.ts';
import { isForbidden, labelOf, readLive } from './join-objects.ts';
import type { JoinOptions, MembershipPlan, MembershipResult, PreparedMembership } from './join-options.ts';
import { chooseSecretName, draftRegistration } from './join-registration.ts';
import { openMembership, proveDrafts } from './join-repository.ts';
import { joinRole, readMemberContent } from './join-role.ts';
import { checkSecretFile, draftSecretFile } from './join-secret-file.ts';
import { closeKeeping, openKeeping, readKept } from './join-store.ts';
import { type Credential, endTokens, readTokenSecrets } from './join-token.ts';
import { type Joining, planToken, tokenNotes, tokenSteps } from './join-token-plan.ts';
import { openClient } from './open-client.ts';
import { FileDrafts } from './type-repository.ts';
import { writeTogether } from './write-together.ts';

/**
 * Finds out what it takes to join a cluster, or to give a joined one a new token. Writes nothing.
 *
 * @throws {GitfedError} `USAGE`, `CONFIG`, `GIT` or `CLUSTER`
 */
export async function prepareJoin(options: JoinOptions): Promise<PreparedMembership> {
  const membership = await openMembership(options);
  const { existing, names, systemNamespace } = membership;
  if (options.rotate && existing === undefined) throw unregistered(options.cluster);
  const secretName = chooseSecretName(membership, options);
  const context = await openContext(options.kubeconfigs, options.clusterContext ?? options.cluster, options);
  checkExpressible(context);
  const outputDir = options.outputDir ?? path.join(options.folder, 'clusters');
  const drafts = new FileDrafts(membership.repository);
  draftRegistration(membership, drafts, context, { secretName, outputDir, options });
  const { model, findings } = proveDrafts(membership, drafts);
  const cluster = model.clusters.find(({ name }) => name === options.cluster);
  if (cluster === undefined) throw new TypeError('the cluster is registered by now');
  const keeping = await openKeeping(membership, secretName, options);
  const client = openClient(context.endpoint, options);
  const member: OpenMember = { name: plainText(context.name), client };
  try {
    const { contents, notes } = await readMemberContent(member, membership, options.cluster);
    const role = joinRole(membership, contents, options);
    const isWritten = !options.useExisting && !options.rotate;
    const manifests = isWritten ? memberManifests(names, systemNamespace, role.roles) : [];
    const obsolete = isWritten ? obsoleteManifests(names, systemNamespace, manifests) : [];
    const steps = [...(await planMember(member, manifests, options)), ...(await planObsolete(member, obsolete))];
    if (!isWritten) await requireAccount(member, memberManifests(names, systemNamespace, []));
    const found = await readTokenSecrets(member, names, systemNamespace);
    const kept = await readKept(membership, keeping, {
      secretName,
      takesOver: options.errorOnExisting === false,
    });
    const about = { options, membership, context, member, secretName, keeping, cluster, steps };
    const { token, notes: tokenNotes } = await planToken(about, found, kept);
    const isSealed = token !== undefined && keeping.kind === 'repository';
    const recipients = isSealed ? await checkSecretFile(keeping.existing, keeping.recipients, secretName) : [];
    const joining: Joining = { ...about, token, recipients };
    const plan: MembershipPlan = {
      cluster: options.cluster,
      steps: [...describeSteps(member, steps), ...tokenSteps(joining, kept)],
      files: drafts.changes,
      findings,
      notes: [...(isWritten ? role.notes : []), ...notes, ...tokenNotes],
    };
    const close = (): void => {
      client.close();
      closeKeeping(keeping);
    };
    return { plan, run: () => runJoin(joining, drafts, outputDir), close };
  } catch (error) {
    client.close();
    closeKeeping(keeping);
    throw error;
  }
}

/** A token for an account that is not there never comes. @throws {GitfedError} */
async function requireAccount(member: OpenMember, manifests: readonly JsonObject[]): Promise<void> {
  for (const manifest of manifests.filter(({ kind }) => kind === 'ServiceAccount')) {
    try {
      if ((await readLive(member.client, manifest)) !== undefined) continue;
    } catch (error) {
      // Who may ask for its token need not be allowed to look at it.
      if (isForbidden(error)) continue;
      throw asMemberError(member, error, `${labelOf(manifest)} cannot be read`);
    }
    throw new GitfedError(
      'USAGE',
      `${member.name}: there is no ${labelOf(manifest)}. Nothing was written: join the cluster first, or have what -o yaml prints applied by an administrator.`,
    );
  }
}

export function unregistered(cluster: string): GitfedError {
  return new GitfedError(
    'USAGE',
    `There is no cluster ${JSON.stringify(plainText(cluster))} in this repository. Join it first: gitfed join ${plainText(cluster)}`,
  );
}

async function runJoin(joining: Joining, drafts: FileDrafts, outputDir: string): Promise<MembershipResult> {
  const { options, member, steps, token, membership } = joining;
  const isChanged = steps.some(({ action }) => action !== 'keep') || token !== undefined || drafts.files.length > 0;
  if (options.dryRun || !isChanged) return { isChanged: false, problems: [], notes: [] };
  await runMemberSteps(member, steps);
  const made = token === undefined ? undefined : await makeToken(joining, token);
  const credential = made?.credential;
  try {
    await writeFiles(joining, drafts, { credential, outputDir });
  } catch (error) {
    throw await afterUnwritten(joining, made, error);
  }
  if (token !== undefined) await endTokens(member, token.ending);
  return { isChanged, problems: [], notes: tokenNotes(membership, token, credential) };
}

/** Those of the repository and the credential: all of them, or none. */
async function writeFiles(
  joining: Joining,
  drafts: FileDrafts,
  { credential, outputDir }: { readonly credential: Credential | undefined; readonly outputDir: string },
): Promise<void> {
  const { membership, keeping, secretName, recipients } = joining;
  const { repository } = membership;
  if (credential !== undefined && keeping.kind === 'repository') {
    await draftSecretFile(membership, drafts, {
      existing: keeping.existing,
      recipients,
      secretName,
      credential,
      outputDir,
    });
    proveDrafts(membership, drafts);
  }
  await writeTogether(repository.root, drafts.files, async () => {
    const unread = await unreadFile(repository, drafts.files);
    if (unread !== undefined) return unread;
    if (credential !== undefined && keeping.kind === 'store') await keeping.store.write(credential);
    return undefined;
  });
}

/** What a join makes in a member, as manifests for somebody who may. No cluster is asked. @throws {GitfedError} */
export async function joinManifests(options: JoinOptions): Promise<ReturnType<typeof memberManifests>> {
  const membership = await openMembership(options);
  const { names, systemNamespace } = membership;
  const { roles } = joinRole(membership, [], options);
  const secret = { name: names.account, expires: options.tokenSeconds !== undefined };
  return [...memberManifests(names, systemNamespace, roles), tokenSecretManifest(names, systemNamespace, secret)];
}
