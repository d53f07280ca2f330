import { X509Certificate } from 'node:crypto';
import type http from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { nodeHttp, nodeHttps } from './builtin-http.ts';
import type { MemberTls } from './endpoint.ts';

/** Requests that run at once over HTTP/1.1. */
export const MAX_REQUESTS = 16;
/** Connections beside them that these leave free: a Lease that is not renewed is lost, however slow the others are. */
const FOR_URGENT = 2;
const MAX_SOCKETS = MAX_REQUESTS + FOR_URGENT;

/** Connections to one origin, kept between requests. `destroy` closes them. */
export function createAgent(url: URL, memberTls: MemberTls, maxSockets = MAX_SOCKETS): http.Agent {
  const options = { keepAlive: true, maxSockets };
  if (url.protocol === 'http:') return new nodeHttp.Agent(options);
  const all = { ...options, ...tlsOptions(memberTls) };
  return memberTls.ignoreValidity === true ? new TimelessAgent(all) : new nodeHttps.Agent(all);
}

/** Options of `tls.connect` for a member. */
export function tlsOptions(member: MemberTls): tls.ConnectionOptions {
  return {
    ...(member.ca === undefined ? {} : { ca: member.ca }),
    ...(member.cert === undefined ? {} : { cert: member.cert }),
    ...(member.key === undefined ? {} : { key: member.key }),
    ...(member.serverName === undefined ? {} : { servername: member.serverName }),
    ...(member.insecure === true ? { rejectUnauthorized: false } : {}),
    ...(member.ignoreSubject === true ? { checkServerIdentity: () => undefined } : {}),
  };
}

/**
 * Verifies everything of a certificate but its dates (`disabledTLSValidations: [ValidityPeriod]`), before anything is sent.
 *
 * OpenSSL reports one error of a chain only, so that "expired" may hide "signed by a stranger": the chain is walked here instead.
 */
class TimelessAgent extends nodeHttps.Agent {
  override createConnection(
    options: tls.ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): tls.TLSSocket | undefined {
    const socket = tls.connect({ ...options, rejectUnauthorized: false });
    const done = callback ?? (() => undefined);
    const fail = (error: Error): void => done(error, socket);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      socket.off('error', fail);
      const problem = verifyChain(socket, options);
      if (problem === undefined) {
        done(null, socket);
      } else {
        socket.destroy();
        fail(problem);
      }
    });
    return undefined;
  }
}

function verifyChain(socket: tls.TLSSocket, options: tls.ConnectionOptions): Error | undefined {
  const chain = presentedChain(socket);
  const leaf = chain[0];
  if (leaf === undefined) return new Error('no certificate');
  if (!isSignedByAny(chain, authorities(options.ca))) return new Error('certificate of an unknown authority');
  if (options.checkServerIdentity !== undefined) return undefined;
  const host =
    options.servername !== undefined && options.servername !== '' ? options.servername : (options.host ?? '');
  const matches = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  return matches === undefined ? new Error('certificate of another host') : undefined;
}

const LONGEST_CHAIN = 8;

function presentedChain(socket: tls.TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const peer = socket.getPeerCertificate(true);
  for (
    let next: tls.DetailedPeerCertificate | undefined = peer;
    next?.raw !== undefined && chain.length < LONGEST_CHAIN;
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  ) {
    chain.push(new X509Certificate(next.raw));
  }
  return chain;
}

function authorities(ca: tls.ConnectionOptions['ca']): readonly X509Certificate[] {
  const texts = ca === undefined ? tls.rootCertificates : [ca].flat().map(String);
  return texts
    .flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .map((pem) => new X509Certificate(pem));
}

/** Whether each certificate is signed by the next, up to one that a trusted authority signed or that is one itself. */
function isSignedByAny(chain: readonly X509Certificate[], trusted: readonly X509Certificate[]): boolean {
  for (const [index, certificate] of chain.entries()) {
    if (index > 0 && !certificate.ca) return false;
    if (trusted.some((authority) => authority.fingerprint256 === certificate.fingerprint256)) return true;
    if (trusted.some((authority) => authority.ca && isIssuedBy(certificate, authority))) return true;
    const issuer = chain[index + 1];
    if (issuer === undefined || !isIssuedBy(certificate, issuer)) return false;
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
