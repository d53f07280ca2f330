import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './git-repository.ts';

/**
 * A program `gpg` that signs and checks for git, as far as git and gitfed ask it to, with keys of Ed25519 instead of OpenPGP's packets. What it
 * says, and with which exit code, is what gpg 2.4 says; trust in a key is a matter of `trust-model always` alone.
 *
 * A key is made in a folder by `gpg --generate NAME`, which prints its public part.
 *
 * @see https://github.com/gpg/gnupg/blob/master/doc/DETAILS
 */
const PROGRAM = `#!${process.execPath}
'use strict';
const { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } = require('node:crypto');
const { appendFileSync, existsSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const home = process.env.GNUPGHOME;
const [ring, secret, settings] = ['public', 'secret', 'gpg.conf'].map((name) => home + '/' + name);
const args = process.argv.slice(2);
const statusFd = Number((args.find((arg) => arg.startsWith('--status-fd=')) ?? '=2').split('=')[1]);
const tell = (...lines) => writeSync(statusFd, lines.map((line) => '[GNUPG:] ' + line + '\\n').join(''));
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const fingerprint = (key) => createHash('sha1').update(key).digest('hex').toUpperCase();
const keys = () => read(ring).split('\\n').filter((line) => line !== '').map((line) => JSON.parse(line));

if (args[0] === '--generate') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const key = publicKey.export({ type: 'spki', format: 'pem' });
  const line = JSON.stringify({ name: args[1], key }) + '\\n';
  appendFileSync(ring, line);
  writeSync(1, line);
} else if (args.includes('--import')) {
  appendFileSync(ring, readFileSync(args.at(-1), 'utf8'));
} else if (args.includes('--verify')) {
  const packet = readFileSync(args.at(-2), 'utf8').split('\\n')[2];
  const { by, name, data } = JSON.parse(Buffer.from(packet, 'base64').toString());
  const known = keys().find(({ key }) => fingerprint(key) === by);
  const id = by.slice(-16);
  tell('NEWSIG ' + name);
  if (known === undefined) {
    tell('ERRSIG ' + id + ' 22 8 00 1795278303 9 ' + by, 'NO_PUBKEY ' + id);
    process.exit(2);
  }
  if (!verify(undefined, readFileSync(0), createPublicKey(known.key), Buffer.from(data, 'base64'))) {
    tell('BADSIG ' + id + ' ' + known.name);
    process.exit(1);
  }
  tell('GOODSIG ' + id + ' ' + known.name);
  tell('VALIDSIG ' + by + ' 2026-11-21 1795278303 0 4 0 22 8 00 ' + by);
  if (!read(settings).includes('trust-model always')) tell('TRUST_UNDEFINED 0 pgp');
} else if (args.includes('-bsau')) {
  const key = createPrivateKey(read(secret));
  const by = fingerprint(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  const data = sign(undefined, readFileSync(0), key).toString('base64');
  const packet = Buffer.from(JSON.stringify({ by, name: args.at(-1), data })).toString('base64');
  writeSync(1, '-----BEGIN PGP SIGNATURE-----\\n\\n' + packet + '\\n-----END PGP SIGNATURE-----\\n');
  tell('SIG_CREATED D 22 8 00 1795278303 ' + by);
} else {
  throw new Error('gpg was asked ' + args.join(' '));
}
`;

/** A folder with it, for PATH. */
export function openPgpProgram(): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'gpg'), PROGRAM, { mode: 0o755 });
  return folder;
}
