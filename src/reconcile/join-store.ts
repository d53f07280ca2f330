import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { type CredentialStore, directoryStore, hostStore } from './join-credential.ts';
import type { MemberAccessOptions } from './join-options.ts';
import type { Membership } from './join-repository.ts';
import { decryptedCredential, findSecretFile, type SecretFile } from './join-secret-file.ts';
import type { Credential } from './join-token.ts';

/** Where a credential is, or goes. */
export type Keeping =
  | { readonly kind: 'store'; readonly store: CredentialStore }
  | {
      readonly kind: 'repository';
      readonly existing: SecretFile | undefined;
      /** As they were named; none means those of the file that is there. */
      readonly recipients: readonly string[];
    };

/** @throws {GitfedError} `USAGE` where nobody said where, or it cannot be there. */
export async function openKeeping(
  membership: Membership,
  secretName: string,
  options: MemberAccessOptions,
): Promise<Keeping> {
  const { credential } = options;
  const existing = findSecretFile(membership, secretName);
  const outside = await openStore(membership, secretName, options);
  if (outside !== undefined) {
    if (existing === undefined) return { kind: 'store', store: outside };
    outside.close();
    throw new GitfedError(
      'USAGE',
      `${plainText(existing.source.document.file)} has the Secret ${secretName} already: remove it there, or leave out --credentials-dir and --host-context. Nothing was written.`,
    );
  }
  const asked = credential?.kind === 'repository' ? credential.recipients : [];
  if (credential === undefined && existing === undefined) {
    throw new GitfedError(
      'USAGE',
      'Say where the token is kept: in a folder with --credentials-dir DIR, in the cluster that gitfed runs in with --host-context CONTEXT, or encrypted in the repository with --age-recipient age1….',
    );
  }
  return { kind: 'repository', existing, recipients: asked };
}

/** The place outside of the repository that was named, if one was. */
export async function openStore(
  { repository, systemNamespace, names }: Membership,
  secretName: string,
  { credential, kubeconfigs, requestTimeoutMs, signal }: MemberAccessOptions,
): Promise<CredentialStore | undefined> {
  if (credential === undefined || credential.kind === 'repository') return undefined;
  if (credential.kind === 'directory') return directoryStore(credential.folder, secretName, repository.root);
  return await hostStore({
    kubeconfigs,
    context: credential.context,
    secretName,
    namespace: systemNamespace,
    mark: names.mark,
    access: {
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    },
  });
}

/** What is kept now. `unreadable`: it is encrypted, and nobody said with what it is read. */
export async function readKept(
  membership: Membership,
  keeping: Keeping,
  { secretName, takesOver }: { readonly secretName: string; readonly takesOver: boolean },
): Promise<Credential | 'unreadable' | undefined> {
  if (keeping.kind === 'store') {
    const kept = await keeping.store.read();
    if (!takesOver && (await keeping.store.isForeign())) {
      throw new GitfedError(
        'USAGE',
        `${plainText(keeping.store.where)}: ${plainText(keeping.store.what)} is there already, and not of a join of this repository. Nothing was written: take it over with --error-on-existing=false, or choose another name with --secret-name.`,
      );
    }
    return kept;
  }
  if (keeping.existing === undefined) return undefined;
  // One in plain text that the configuration does not allow is no credential.
  return decryptedCredential(membership, secretName) ?? (keeping.existing.isEncrypted ? 'unreadable' : undefined);
}

export function closeKeeping(keeping: Keeping): void {
  if (keeping.kind === 'store') keeping.store.close();
}
