import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { GitfedError } from '../errors.ts';
import { isShallow, type Repository, revParse } from './repository.ts';
import { gitEnvironment, runGit } from './run-git.ts';

/** Whose signatures commits need before they are followed. The files are the operator's, and never come from the repository. */
export interface CommitPolicy {
  /** `Head`: the commit that is followed, whatever lies below it. `Range`: every commit since the last one that was accepted, merges included. */
  readonly mode: 'Head' | 'Range';
  /** In ssh-keygen's format: who may sign with which SSH key, and from when to when. */
  readonly allowedSigners?: string;
  /** Public keys of OpenPGP, as `gpg --export` writes them. All of them count, whoever vouches for them. */
  readonly allowedGpgKeys?: string;
}

export interface CommitRange {
  /** Accepted before. `undefined`: only the commit itself is looked at, which then vouches for what lies below it. */
  readonly since: string | undefined;
  readonly commit: string;
}

/** `reason` says what is wrong with the commit, the oldest where there are several. */
export type Verification =
  | { readonly ok: true; readonly commits: number }
  | { readonly ok: false; readonly commit: string; readonly reason: string };

/**
 * Checks the signatures of all commits that `commit` has and `since` has not, and always that of `commit`. Everything but a good signature of
 * somebody who is allowed is a failure, and no configuration of the repository or the person has a say.
 *
 * @throws {GitfedError} `USAGE` when a file cannot be read, `GIT` when git fails.
 */
export async function verifyCommits(
  repository: Repository,
  { since, commit, ...policy }: CommitRange & Omit<CommitPolicy, 'mode'>,
): Promise<Verification> {
  await checkFiles(policy);
  if (since !== undefined && (await revParse(repository, `${since}^{commit}`)) === undefined) {
    const isCut = await isShallow(repository);
    const why = isCut ? 'the history is cut off: git fetch --unshallow' : 'the history was rewritten';
    const reason = `${since.slice(0, 12)}, up to which everything was accepted, is not among its ancestors, nor anywhere in the repository: ${why}`;
    return { ok: false, commit, reason };
  }
  await using keyring = await createKeyring(policy.allowedGpgKeys);
  const range = since === undefined ? [] : await readSignatures(repository, [commit, `^${since}`], policy, keyring);
  // There is none where it was accepted before, or something after it.
  const commits = range.length > 0 ? range : await readSignatures(repository, ['--no-walk', commit], policy, keyring);
  const failed = commits.findLast(({ state }) => state !== 'G');
  if (commits.length === 0) throw new GitfedError('GIT', `git log says nothing of ${commit}.`);
  if (failed === undefined) return { ok: true, commits: commits.length };
  return { ok: false, commit: failed.id, reason: await reasonOf(repository, failed, policy) };
}

async function checkFiles({ allowedSigners, allowedGpgKeys }: Omit<CommitPolicy, 'mode'>): Promise<void> {
  const files = [allowedSigners, allowedGpgKeys].filter((file) => file !== undefined);
  if (files.length === 0)
    throw new GitfedError('USAGE', 'Nobody may sign commits: name --allowed-signers, --allowed-gpg-keys or both.');
  for (const file of files) {
    try {
      await access(file, constants.R_OK);
    } catch (error) {
      throw new GitfedError('USAGE', `The signers of commits cannot be read from ${file}.`, { cause: error });
    }
  }
}

interface Signature {
  readonly id: string;
  /** As git's `%G?` says it: `G` is a good one. @see https://git-scm.com/docs/pretty-formats */
  readonly state: string;
  readonly key: string;
}

/** Newest first. */
async function readSignatures(
  repository: Repository,
  revisions: readonly string[],
  { allowedSigners }: Omit<CommitPolicy, 'mode'>,
  keyring: Keyring,
): Promise<readonly Signature[]> {
  const settings = [
    `gpg.ssh.allowedSignersFile=${allowedSigners === undefined ? '/dev/null' : path.resolve(allowedSigners)}`,
    'gpg.ssh.program=ssh-keygen',
    'gpg.ssh.revocationFile=',
    `gpg.program=${keyring.program}`,
    `gpg.openpgp.program=${keyring.program}`,
    'gpg.x509.program=false',
    'gpg.minTrustLevel=fully',
    // It may say that a commit has other parents than it has.
    'core.commitGraph=false',
  ];
  const args = ['log', '--no-show-signature', '--no-mailmap', '--format=%H%x00%G?%x00%GF%x00', ...revisions, '--'];
  const output = await runGit(repository.directory, args, {
    settings,
    env: { GIT_GRAFT_FILE: '/dev/null', GNUPGHOME: keyring.folder },
  });
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', state = '', key = ''] = line.split('\0');
      return { id, state, key };
    });
}

/** A folder for gpg that holds the allowed keys and nothing of the person's. */
interface Keyring extends AsyncDisposable {
  readonly folder: string;
  /** `false` fails always. */
  readonly program: 'gpg' | 'false';
}

async function createKeyring(keys: string | undefined): Promise<Keyring> {
  if (keys === undefined) {
    return { folder: '/nonexistent', program: 'false', [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'gitfed-keys-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    // The operator named the keys: nobody else has to vouch for them.
    await writeFile(path.join(folder, 'gpg.conf'), 'trust-model always\nno-auto-key-retrieve\n');
    const env = gitEnvironment({ GNUPGHOME: folder });
    await promisify(execFile)('gpg', ['--batch', '--quiet', '--import', '--', path.resolve(keys)], { env });
    return { folder, program: 'gpg', [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    const words = error instanceof Error ? error.message : String(error);
    throw new GitfedError('USAGE', `--allowed-gpg-keys: ${keys} cannot be read: ${words}`, { cause: error });
  }
}

async function reasonOf(
  repository: Repository,
  { id, state, key }: Signature,
  { allowedSigners, allowedGpgKeys }: Omit<CommitPolicy, 'mode'>,
): Promise<string> {
  if (state === 'N' || state === 'E') {
    const header = (await runGit(repository.directory, ['cat-file', 'commit', id])).split('\n\n')[0] ?? '';
    const kind = /^gpgsig(?:-sha256)? -----BEGIN (\w+)/m.exec(header)?.[1];
    if (kind === undefined) return 'it is not signed';
    if (kind === 'PGP' && allowedGpgKeys === undefined)
      return 'it is signed with OpenPGP, and no key of that kind is allowed';
    if (kind === 'SSH' && allowedSigners === undefined)
      return 'it is signed with SSH, and no key of that kind is allowed';
    return `its signature (${kind}) cannot be checked: the key is not among the allowed ones`;
  }
  const by = key === '' ? '' : ` (${key})`;
  if (state === 'U') return `it is signed with a key that is not allowed, or was not at the time of the commit${by}`;
  if (state === 'B')
    return 'its signature is wrong: the commit was changed after it was signed, or the key is not for git';
  if (state === 'X') return `its signature has expired${by}`;
  if (state === 'Y') return `the key of its signature has expired${by}`;
  if (state === 'R') return `the key of its signature was revoked${by}`;
  return `git says ${JSON.stringify(state)} of its signature${by}`;
}
