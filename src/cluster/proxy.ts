import type http from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { MemberTls } from './endpoint.ts';
import { ConfigMalformedError } from './errors.ts';

/** Connections to an API server through a proxy (http, https, socks5), which the Kubernetes client knows how to make. */
export async function proxyAgentFor(url: URL, proxyURL: string, tls: MemberTls): Promise<http.Agent> {
  if (tls.ignoreValidity === true) {
    throw new ConfigMalformedError('disabledTLSValidations: [ValidityPeriod] does not work together with proxyURL');
  }
  const config = new KubeConfig();
  // What the agent knows wins over what a request says: without the authority it would know none.
  const authority = tls.ca === undefined ? {} : { caData: Buffer.from(tls.ca).toString('base64') };
  const cluster = { name: 'member', server: url.href, proxyUrl: proxyURL, skipTLSVerify: tls.insecure === true };
  config.loadFromOptions({
    clusters: [{ ...cluster, ...authority }],
    users: [{ name: 'gitfed' }],
    contexts: [{ name: 'member', cluster: 'member', user: 'gitfed' }],
    currentContext: 'member',
  });
  const applied: RequestOptions = {};
  await config.applyToHTTPSOptions(applied);
  const { agent } = applied;
  if (agent === undefined || typeof agent === 'boolean')
    throw new ConfigMalformedError('the proxy of spec.proxyURL cannot be used');
  return agent;
}
