import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a TLS server shows; PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own, which signs certificates for 127.0.0.1. */
export interface TestAuthority {
  /** PEM. */
  readonly certificate: string;
  issue(validity?: 'current' | 'expired'): ServerCertificate;
  /** Signs one that says who its holder is. */
  issueFor(user: string, group: string, validity?: 'current' | 'expired'): ServerCertificate;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export function createAuthority(name = 'gitfed test authority'): TestAuthority {
  const { privateKey, publicKey } = newKeys();
  const sealed = (input: Pick<Certificate, 'subject' | 'group' | 'publicKey' | 'days' | 'extensions'>): string =>
    toPem('CERTIFICATE', encode({ ...input, issuer: name, issuerKey: privateKey }));
  const issue = (subject: string, group: string | undefined, validity: 'current' | 'expired'): ServerCertificate => {
    const leaf = newKeys();
    const days = validity === 'current' ? ([-1, 5] as const) : ([-3, -1] as const);
    const cert = sealed({ subject, group, publicKey: leaf.publicKey, days, extensions: [LOOPBACK] });
    return { cert, key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  };
  return {
    certificate: sealed({ subject: name, group: undefined, publicKey, days: [-10, 10], extensions: [AUTHORITY] }),
    issue: (validity = 'current') => issue('fault proxy', undefined, validity),
    issueFor: (user, group, validity = 'current') => issue(user, group, validity),
  };
}

function newKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface Certificate {
  readonly subject: string;
  readonly group: string | undefined;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly publicKey: KeyObject;
  /** From and until, counted from now. */
  readonly days: readonly [number, number];
  readonly extensions: readonly Buffer[];
}

/** An X.509 v3 certificate in DER, as RFC 5280 writes it down: Node can read them, and not make them. */
function encode({ subject, group, issuer, issuerKey, publicKey, days, extensions }: Certificate): Buffer {
  const serial = Buffer.concat([Buffer.of(1), randomBytes(15)]);
  const content = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer),
    sequence(...days.map(time)),
    distinguishedName(subject, group),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  return sequence(content, ECDSA_WITH_SHA256, bitString(sign('sha256', content, issuerKey)));
}

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag, ...lengthOf(body)), body]);
}

/** DER wants the shortest form. */
function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tagged(0x30, ...contents);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.of(0), bytes);
}

function identifier(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function distinguishedName(commonName: string, organization?: string): Buffer {
  const attribute = (type: string, text: string): Buffer =>
    tagged(0x31, sequence(identifier(type), tagged(0x0c, Buffer.from(text))));
  const group = organization === undefined ? [] : [attribute('55040a', organization)];
  return sequence(...group, attribute('550403', commonName));
}

function time(daysFromNow: number): Buffer {
  const digits = new Date(Date.now() + daysFromNow * DAY_MS).toISOString().replace(/\D/g, '');
  return tagged(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

const ECDSA_WITH_SHA256 = sequence(identifier('2a8648ce3d040302'));
/** basicConstraints, critical: it is an authority. */
const AUTHORITY = sequence(
  identifier('551d13'),
  tagged(0x01, Buffer.of(0xff)),
  tagged(0x04, sequence(tagged(0x01, Buffer.of(0xff)))),
);
/** subjectAltName: the IP address 127.0.0.1. */
const LOOPBACK = sequence(identifier('551d11'), tagged(0x04, sequence(tagged(0x87, Buffer.of(127, 0, 0, 1)))));

function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
