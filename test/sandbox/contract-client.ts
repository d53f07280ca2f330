import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** Where a server is, and as whom it is asked. */
export interface ContractAddress {
  readonly url: string;
  readonly token: string;
  /** PEM. */
  readonly ca?: string;
}

export interface ContractRequest {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface ContractAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers, looked into by tests that compare it.
  readonly body: any;
}

export interface WatchEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly object: any;
}

const WAIT_MS = 30_000;

/** Requests of a case to one server, in a namespace of its own. */
export class ContractClient {
  readonly #address: ContractAddress;
  /** In which a case works. */
  readonly namespace: string;

  constructor(address: ContractAddress, namespace: string) {
    this.#address = address;
    this.namespace = namespace;
  }

  get core(): string {
    return `/api/v1/namespaces/${this.namespace}`;
  }

  get apps(): string {
    return `/apis/apps/v1/namespaces/${this.namespace}`;
  }

  async get(path: string, accept?: string): Promise<ContractAnswer> {
    return await this.send('GET', path, accept === undefined ? {} : { accept });
  }

  async post(path: string, body: unknown): Promise<ContractAnswer> {
    return await this.send('POST', path, { body });
  }

  async put(path: string, body: unknown): Promise<ContractAnswer> {
    return await this.send('PUT', path, { body });
  }

  async merge(path: string, body: unknown): Promise<ContractAnswer> {
    return await this.send('PATCH', path, { body, contentType: 'application/merge-patch+json' });
  }

  async patch(path: string, body: unknown): Promise<ContractAnswer> {
    return await this.send('PATCH', path, { body, contentType: 'application/json-patch+json' });
  }

  async strategic(path: string, body: unknown): Promise<ContractAnswer> {
    return await this.send('PATCH', path, { body, contentType: 'application/strategic-merge-patch+json' });
  }

  /** By field manager `contract`. */
  async apply(path: string, body: unknown, query = ''): Promise<ContractAnswer> {
    const manager = query.includes('fieldManager=') ? '' : 'fieldManager=contract&';
    return await this.send('PATCH', `${path}?${manager}${query}`, {
      body,
      contentType: 'application/apply-patch+yaml',
    });
  }

  async delete(path: string, body?: unknown): Promise<ContractAnswer> {
    return await this.send('DELETE', path, body === undefined ? {} : { body });
  }

  async send(method: string, path: string, request: ContractRequest = {}): Promise<ContractAnswer> {
    const response = await this.#open(method, path, request);
    const body = await text(response);
    const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
    return { status: response.statusCode ?? 0, body: isJson ? JSON.parse(body) : body };
  }

  /** The events of a watch, until one is the last. @param accept of a form. */
  async watch(path: string, isLast: (event: WatchEvent) => boolean, accept?: string): Promise<readonly WatchEvent[]> {
    const response = await this.#open('GET', path, accept === undefined ? {} : { accept });
    const events: WatchEvent[] = [];
    try {
      for await (const line of createInterface({ input: response })) {
        const event = JSON.parse(line) as WatchEvent;
        events.push(event);
        if (isLast(event)) break;
      }
    } finally {
      response.destroy();
    }
    return events;
  }

  /** Asks until the answer is as wanted. */
  async until(path: string, isWanted: (answer: ContractAnswer) => boolean): Promise<ContractAnswer> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const answer = await this.get(path);
      if (isWanted(answer)) return answer;
      if (performance.now() > deadline) throw new Error(`${path} stayed ${JSON.stringify(answer)}`);
    }
  }

  async #open(method: string, path: string, request: ContractRequest): Promise<IncomingMessage> {
    const { url, token, ca } = this.#address;
    const { body, accept = 'application/json', contentType = 'application/json' } = request;
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const headers: Record<string, string> = { Accept: accept, 'User-Agent': 'contract/1.0' };
    if (token !== '') headers.Authorization = `Bearer ${token}`;
    if (payload !== undefined) {
      headers['Content-Type'] = contentType;
      // Node gives the body of a DELETE no length.
      headers['Content-Length'] = `${Buffer.byteLength(payload)}`;
    }
    const target = new URL(path, url);
    return await new Promise((resolve, reject) => {
      const options = { method, headers, agent: false, ...(ca === undefined ? {} : { ca }) } as const;
      const sent =
        target.protocol === 'https:' ? httpsRequest(target, options, resolve) : httpRequest(target, options, resolve);
      sent.once('error', reject).end(payload);
    });
  }
}
