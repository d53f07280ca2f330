import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { traceGit } from '../../test/git-server/traced-git.ts';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { openPgpProgram } from '../../test/helpers/openpgp-program.ts';
import { openRepository, type Repository, type Verification, verifyCommits } from './index.ts';

/** A person who signs. */
interface Signer {
  /** For `git -c`. */
  readonly settings: readonly string[];
  /** The line of an allowed signers file. */
  allowed(options?: string): string;
}

function createSigner(name: string): Signer {
  const key = path.join(temporaryFolder(), name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
  const [kind, data] = execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' }).split(' ');
  return {
    settings: ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${key}`],
    allowed: (options = 'namespaces="git"') => `${name}@gitfed.example ${options} ${kind} ${data?.trim()}\n`,
  };
}

function allowing(...lines: readonly string[]): { readonly allowedSigners: string } {
  const allowedSigners = path.join(temporaryFolder(), 'allowed');
  writeFileSync(allowedSigners, lines.join(''));
  return { allowedSigners };
}

function commitAs(repository: TestRepository, signer: Signer | undefined, message: string): string {
  const args = signer === undefined ? ['commit'] : [...signer.settings, 'commit', '-S'];
  repository.git(...args, '--quiet', '--allow-empty', '-m', message);
  return repository.git('rev-parse', 'HEAD');
}

function reasonOf(verification: Verification): string {
  return verification.ok ? 'ok' : verification.reason;
}

describe('the signatures of commits', () => {
  it('security row 24: are all good, merges included, or the first that is not is named', async () => {
    const ann = createSigner('ann');
    const repository = new TestRepository();
    const since = commitAs(repository, undefined, 'from before');
    repository.git('checkout', '--quiet', '-b', 'side');
    commitAs(repository, ann, 'side');
    repository.git('checkout', '--quiet', 'main');
    commitAs(repository, ann, 'two');
    repository.git(...ann.settings, 'merge', '--quiet', '--no-ff', '-S', '-m', 'merge', 'side');
    const merge = repository.git('rev-parse', 'HEAD');
    const opened = await openRepository(repository.folder);
    const policy = allowing(ann.allowed());
    expect(await verifyCommits(opened, { since, commit: merge, ...policy })).toEqual({ ok: true, commits: 3 });

    const unsigned = commitAs(repository, undefined, 'unsigned');
    commitAs(repository, createSigner('bob'), 'by somebody');
    const top = commitAs(repository, ann, 'on top');
    expect(await verifyCommits(opened, { since, commit: top, ...policy })).toEqual({
      ok: false,
      commit: unsigned,
      reason: 'it is not signed',
    });
    // Whoever accepts a commit without one before it, trusts its signer with the history.
    expect(await verifyCommits(opened, { since: undefined, commit: top, ...policy })).toEqual({ ok: true, commits: 1 });
    expect(await verifyCommits(opened, { since: top, commit: unsigned, ...policy })).toMatchObject({ ok: false });
  });

  it('security row 24: an unsigned commit that only a side branch of a merge has is found', async () => {
    const ann = createSigner('ann');
    const repository = new TestRepository();
    const since = commitAs(repository, ann, 'first');
    repository.git('checkout', '--quiet', '-b', 'side');
    const side = commitAs(repository, undefined, 'side');
    repository.git('checkout', '--quiet', 'main');
    repository.git(...ann.settings, 'merge', '--quiet', '--no-ff', '-S', '-m', 'merge', 'side');
    const opened = await openRepository(repository.folder);
    const commit = repository.git('rev-parse', 'HEAD');
    expect(await verifyCommits(opened, { since, commit, ...allowing(ann.allowed()) })).toMatchObject({ commit: side });
  });

  it.each<[title: string, make: (repository: TestRepository, ann: Signer) => string, reason: RegExp]>([
    ['missing', (repository) => commitAs(repository, undefined, 'm'), /^it is not signed$/],
    ['of an unknown key', (repository) => commitAs(repository, createSigner('eve'), 'm'), /not allowed.*SHA256:/],
    [
      'of another commit',
      (repository, ann) => {
        const signed = commitAs(repository, ann, 'harmless');
        const text = repository.git('cat-file', 'commit', signed).replace('harmless', 'harmful');
        return repository.gitWith(`${text}\n`, 'hash-object', '-t', 'commit', '-w', '--stdin');
      },
      /its signature is wrong/,
    ],
    [
      'garbage',
      (repository, ann) => {
        const text = repository.git('cat-file', 'commit', commitAs(repository, ann, 'm'));
        const broken = text.replace(/^ U1NIU0lH.*$/m, ' AAAA');
        return repository.gitWith(`${broken}\n`, 'hash-object', '-t', 'commit', '-w', '--stdin');
      },
      /wrong|cannot be checked/,
    ],
  ])('security row 24: one that is %s is a failure', async (_title, make, reason) => {
    const ann = createSigner('ann');
    const repository = new TestRepository();
    const commit = make(repository, ann);
    const opened = await openRepository(repository.folder);
    const result = await verifyCommits(opened, { since: undefined, commit, ...allowing(ann.allowed()) });
    expect(result).toMatchObject({ ok: false, commit });
    expect(reasonOf(result)).toMatch(reason);
  });

  it.each<[title: string, options: string, reason: RegExp]>([
    ['expired before the commit', 'valid-before="20250101"', /was not at the time of the commit/],
    ['allowed only later', 'valid-after="20300101"', /was not at the time of the commit/],
    ['for files, not for git', 'namespaces="file"', /the key is not for git/],
    ['an authority, not a signer', 'cert-authority', /not allowed/],
    ['allowed then', 'valid-after="20250101",valid-before="20270101"', /^ok$/],
  ])('security row 24: a key that is %s', async (_title, options, reason) => {
    const ann = createSigner('ann');
    const repository = new TestRepository();
    const commit = commitAs(repository, ann, 'm');
    const opened = await openRepository(repository.folder);
    const result = await verifyCommits(opened, { since: undefined, commit, ...allowing(ann.allowed(options)) });
    expect(reasonOf(result)).toMatch(reason);
  });

  it('security row 24: nothing in a configuration, and nothing that replaces objects, has a say', async () => {
    const [ann, eve] = [createSigner('ann'), createSigner('eve')];
    const repository = new TestRepository();
    const signed = commitAs(repository, ann, 'signed');
    const unsigned = commitAs(repository, undefined, 'unsigned');
    const commit = commitAs(repository, eve, 'm');
    const yes = path.join(temporaryFolder(), 'yes');
    writeFileSync(
      yes,
      '#!/bin/sh\necho "[GNUPG:] GOODSIG 0 me"; echo "Good \\"git\\" signature for me with ED25519 key SHA256:x"\n',
    );
    chmodSync(yes, 0o755);
    const configuration = `[gpg]\n\tprogram = ${yes}\n\tminTrustLevel = never\n[gpg "ssh"]\n\tprogram = ${yes}\n\tallowedSignersFile = ${allowing(eve.allowed()).allowedSigners}\n[log]\n\tshowSignature = true\n[core]\n\tuseReplaceRefs = true\n`;
    traceGit(configuration);
    for (const key of ['gpg.ssh.program', 'gpg.program', 'gpg.openpgp.program']) repository.git('config', key, yes);
    repository.git('replace', unsigned, signed);
    mkdirSync(path.join(repository.folder, '.git/info'), { recursive: true });
    writeFileSync(path.join(repository.folder, '.git/info/grafts'), `${commit} ${signed}\n`);
    const opened = await openRepository(repository.folder);
    const policy = allowing(ann.allowed(), eve.allowed());
    expect(await verifyCommits(opened, { since: signed, commit, ...policy })).toMatchObject({ commit: unsigned });
    const annOnly = allowing(ann.allowed());
    expect(await verifyCommits(opened, { since: undefined, commit, ...annOnly })).toMatchObject({ ok: false, commit });
  });

  it('security row 24: a file that cannot be read, or none at all, lets nobody through', async () => {
    const ann = createSigner('ann');
    const repository = new TestRepository();
    const range = { since: undefined, commit: commitAs(repository, ann, 'm') };
    const opened = await openRepository(repository.folder);
    await expect(verifyCommits(opened, range)).rejects.toMatchObject({ code: 'USAGE' });
    const missing = { ...range, allowedSigners: '/nowhere' };
    await expect(verifyCommits(opened, missing)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await verifyCommits(opened, { ...range, ...allowing('') })).toMatchObject({ ok: false });
  });

  it('security row 24: a commit to begin from that is not there is a failure', async () => {
    const ann = createSigner('ann');
    const repository = new TestRepository();
    const commit = commitAs(repository, ann, 'm');
    const range = { since: '1'.repeat(40), commit, ...allowing(ann.allowed()) };
    const result = await verifyCommits(await openRepository(repository.folder), range);
    expect(reasonOf(result)).toMatch(/the history was rewritten/);
    repository.commit('more');
    const shallow = path.join(temporaryFolder(), 'shallow');
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.folder}`, shallow);
    const cut = await verifyCommits(await openRepository(shallow), { ...range, since: commit });
    expect(reasonOf(cut)).toMatch(/git fetch --unshallow/);
  });
});

/** A key pair of OpenPGP in a folder of its own. */
function createGpgSigner(): { readonly home: string; readonly publicKeys: string } {
  const home = temporaryFolder();
  const publicKeys = path.join(temporaryFolder(), 'keys.asc');
  const options = { env: { ...process.env, GNUPGHOME: home } };
  writeFileSync(publicKeys, execFileSync('gpg', ['--generate', 'Pat <pat@gitfed.example>'], options));
  return { home, publicKeys };
}

/** For git and gitfed in this process, until the test ends. */
function setEnvironment(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

describe('OpenPGP', () => {
  it('security row 24: counts only with the keys that are named, not with those of the person', async () => {
    setEnvironment('PATH', `${openPgpProgram()}${path.delimiter}${process.env.PATH}`);
    const { home, publicKeys } = createGpgSigner();
    const ann = createSigner('ann');
    const repository = new TestRepository();
    setEnvironment('GNUPGHOME', home);
    const sign = ['-c', 'gpg.program=gpg', '-c', 'user.signingKey=pat@gitfed.example', 'commit', '-S'];
    repository.git(...sign, '--quiet', '--allow-empty', '-m', 'm');
    const opened: Repository = await openRepository(repository.folder);
    const range = { since: undefined, commit: repository.git('rev-parse', 'HEAD') };
    const other = createGpgSigner().publicKeys;
    expect(await verifyCommits(opened, { ...range, allowedGpgKeys: publicKeys })).toEqual({ ok: true, commits: 1 });
    expect(reasonOf(await verifyCommits(opened, { ...range, allowedGpgKeys: other }))).toMatch(/not among the allowed/);
    const ssh = await verifyCommits(opened, { ...range, ...allowing(ann.allowed()) });
    expect(reasonOf(ssh)).toMatch(/OpenPGP, and no key of that kind is allowed/);
    const commit = commitAs(repository, ann, 'ssh');
    const pgpOnly = await verifyCommits(opened, { since: undefined, commit, allowedGpgKeys: publicKeys });
    expect(reasonOf(pgpOnly)).toMatch(/SSH, and no key of that kind is allowed|not allowed/);
    const both = { since: undefined, commit, allowedGpgKeys: publicKeys, ...allowing(ann.allowed()) };
    expect(await verifyCommits(opened, both)).toEqual({ ok: true, commits: 1 });
  });

  it('security row 24: does not count for a commit that was changed after it was signed', async () => {
    setEnvironment('PATH', `${openPgpProgram()}${path.delimiter}${process.env.PATH}`);
    const { home, publicKeys } = createGpgSigner();
    setEnvironment('GNUPGHOME', home);
    const repository = new TestRepository();
    const sign = ['-c', 'gpg.program=gpg', '-c', 'user.signingKey=pat@gitfed.example', 'commit', '-S'];
    repository.git(...sign, '--quiet', '--allow-empty', '-m', 'approved');
    const signed = repository.git('cat-file', 'commit', 'HEAD');
    const file = path.join(temporaryFolder(), 'commit');
    writeFileSync(file, `${signed.replace('approved', 'not approved')}\n`);
    const commit = repository.git('hash-object', '-t', 'commit', '-w', file);
    const opened = await openRepository(repository.folder);
    const result = await verifyCommits(opened, { since: undefined, commit, allowedGpgKeys: publicKeys });
    expect(reasonOf(result)).toMatch(/changed after it was signed/);
  });

  it('is refused where the keys cannot be read', async () => {
    setEnvironment('PATH', `${openPgpProgram()}${path.delimiter}${process.env.PATH}`);
    const repository = new TestRepository();
    const commit = repository.commit('m');
    const opened = await openRepository(repository.folder);
    const allowedGpgKeys = temporaryFolder();
    await expect(verifyCommits(opened, { since: undefined, commit, allowedGpgKeys })).rejects.toThrow(
      /^--allowed-gpg-keys: .* cannot be read: /,
    );
  });
});
