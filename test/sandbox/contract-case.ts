import type { ContractAnswer, ContractClient } from './contract-client.ts';

/**
 * A question to a server. What API servers answer is recorded in `testdata/contract-answers.json`; the sandbox answers the same, unless the case says
 * how it differs.
 */
export interface ContractCase {
  /** A sentence. */
  readonly title: string;
  /** Asks, and tells what counts of the answers. */
  readonly ask: (server: ContractClient) => Promise<unknown>;
  /** Where the sandbox is another: a sentence of its README, and its answer, made of the one of API servers. */
  // biome-ignore lint/suspicious/noExplicitAny: as it was asked.
  readonly differs?: { readonly because: string; readonly answer: (real: any) => unknown };
}

/** An answer that is a refusal: its code, reason, message and causes, without the namespace of the case. */
export function refusal(server: ContractClient, { status, body }: ContractAnswer): unknown {
  if (typeof body === 'string') return { status, text: body.trim() };
  const { reason, message, details } = body;
  return JSON.parse(
    JSON.stringify({ status, reason, message, causes: distinct(details?.causes), about: about(details) }).replaceAll(
      server.namespace,
      'NAMESPACE',
    ),
  );
}

/** An API server says some things twice. */
function distinct(causes: readonly object[] | undefined): readonly object[] | undefined {
  return causes === undefined
    ? undefined
    : [...new Map(causes.map((cause) => [JSON.stringify(cause), cause])).values()];
}

function about(details: { name?: string; group?: string; kind?: string } | undefined): unknown {
  return details === undefined
    ? undefined
    : [details.group, details.kind, details.name].map((part) => part ?? '').join('/');
}

/** Code and reason alone, where the words are not promised. */
export function reasonOf({ status, body }: ContractAnswer): unknown {
  return typeof body === 'string' ? { status } : { status, reason: body.reason };
}

export function configMap(name: string, data: Record<string, string> = { a: '1' }, metadata = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function deployment(name: string, spec: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] } },
      ...spec,
    },
  };
}

/** Field paths of a `fieldsV1`, sorted. */
export function fieldsOf(fields: Record<string, unknown>, path = ''): string[] {
  return Object.entries(fields)
    .flatMap(([key, inner]) => {
      if (key === '.') return [`${path}/.`];
      const below = fieldsOf(inner as Record<string, unknown>, `${path}/${key.slice(2)}`);
      return below.length === 0 ? [`${path}/${key.slice(2)}`] : below;
    })
    .sort();
}
