import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ComponentSpec } from './component.ts';
import { Component } from './component.ts';
import type { HttpsResponse } from './https-json.ts';
import { requestJson } from './https-json.ts';
import { poll } from './poll.ts';
import { type WatchJsonEvent, watchJson } from './watch-json.ts';

/** Whom a request or a kubeconfig is for: all rights, or those which the test has bound to user gitfed. */
export type ClusterUser = 'admin' | 'gitfed';

export interface RequestOptions {
  /** By default admin. */
  as?: ClusterUser;
  signal?: AbortSignal;
}

export type ClusterResponse<T> = HttpsResponse<T>;

export interface ClusterSpec {
  name: string;
  port: number;
  /** Where the files of this cluster are; removed with the control plane. */
  directory: string;
  tokens: Readonly<Record<ClusterUser, string>>;
  apiServer: Pick<ComponentSpec, 'command' | 'args'>;
  auditLog: string | undefined;
  hasControllerManager: boolean;
}

/** The name which the API server gives to the certificate that it makes for itself. */
const SERVING_CERTIFICATE = 'apiserver.crt';

/** One Kubernetes cluster without nodes: an API server with its data in the shared etcd. */
export class Cluster {
  readonly name: string;
  readonly url: string;
  readonly adminToken: string;
  readonly gitfedToken: string;
  /** The path of the audit log; undefined without audit. */
  readonly auditLog: string | undefined;
  /** Whether service accounts, namespaces that are deleted and garbage are looked after. */
  readonly hasControllerManager: boolean;
  readonly #spec: ClusterSpec;
  #ca: string | undefined;
  #apiServer: Component | undefined;

  /** Prefer startControlPlane, which also brings the etcd. */
  constructor(spec: ClusterSpec) {
    this.#spec = spec;
    this.name = spec.name;
    this.url = `https://127.0.0.1:${spec.port}`;
    this.adminToken = spec.tokens.admin;
    this.gitfedToken = spec.tokens.gitfed;
    this.auditLog = spec.auditLog;
    this.hasControllerManager = spec.hasControllerManager;
  }

  /** The certificate authority of the API server, base64 of PEM as kubeconfigs and KubeFedClusters have it. */
  get caBundle(): string {
    return Buffer.from(this.#requireCa()).toString('base64');
  }

  /** Whether the API server can answer: it has been started and is neither down nor frozen. */
  get responsive(): boolean {
    return this.#apiServer?.running === true && !this.#apiServer.frozen;
  }

  /** A kubeconfig file with this cluster as its only context, which has the cluster's name. */
  kubeconfig(user: ClusterUser): string {
    return kubeconfigYaml({
      name: this.name,
      url: this.url,
      caBundle: this.caBundle,
      user,
      token: this.#spec.tokens[user],
    });
  }

  /** Starts the API server and waits until it is ready. */
  async start(): Promise<void> {
    if (this.#apiServer?.running) {
      throw new Error(`${this.name} is already running`);
    }
    this.#apiServer = new Component({
      name: `${this.name} apiserver`,
      ...this.#spec.apiServer,
      logPath: path.join(this.#spec.directory, 'apiserver.log'),
    });
    await this.waitReady();
  }

  /** Shuts the API server down in good order (SIGTERM) and waits until it has ended. */
  async stop(): Promise<void> {
    await this.#apiServer?.stop();
  }

  /** Ends the API server at once (SIGKILL). */
  async kill(): Promise<void> {
    await this.#apiServer?.kill();
  }

  /** Stops the API server in its tracks: connections open, but nothing is answered until it is thawed. */
  freeze(): void {
    this.#requireApiServer().freeze();
  }

  thaw(): void {
    this.#requireApiServer().thaw();
  }

  /** The API server again on the same port with the same data, stopped first when it is running. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Waits until the API server says that it is ready, and fails at once when it ends instead. */
  async waitReady(): Promise<void> {
    const apiServer = this.#requireApiServer();
    const check = async (): Promise<boolean> => {
      apiServer.assertRunning();
      return this.#isReady();
    };
    await poll(check, { what: `${this.name} is ready` });
  }

  /** One request, by default as admin. `target` is the path with the query. */
  async request<T = unknown>(
    method: string,
    target: string,
    body?: unknown,
    contentType?: string,
    options: RequestOptions = {},
  ): Promise<ClusterResponse<T>> {
    return requestJson<T>({
      method,
      url: new URL(target, this.url),
      ca: this.#requireCa(),
      token: this.#spec.tokens[options.as ?? 'admin'],
      body,
      contentType,
      signal: options.signal,
    });
  }

  /** The events of one watch as admin, until it ends; `target` as for a request. */
  watch<T>(target: string, signal: AbortSignal): AsyncGenerator<WatchJsonEvent<T>> {
    const url = new URL(target, this.url);
    return watchJson<T>({ url, ca: this.#requireCa(), token: this.#spec.tokens.admin, signal });
  }

  async #isReady(): Promise<boolean> {
    try {
      this.#ca ??= await this.#readCa();
      const { status } = await this.request('GET', '/readyz', undefined, undefined, {
        signal: AbortSignal.timeout(5_000),
      });
      return status === 200;
    } catch {
      return false; // not listening yet
    }
  }

  /** The API server makes its own authority when it first starts, and appends it to its certificate. */
  async #readCa(): Promise<string> {
    const chain = await readFile(servingCertificate(this.#spec.directory), 'utf8');
    const certificates = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
    const [, authority] = certificates;
    if (authority === undefined) {
      throw new Error(`${this.name}: the serving certificate comes without its authority`);
    }
    return authority;
  }

  #requireCa(): string {
    if (this.#ca === undefined) {
      throw new Error(`${this.name} has not been ready yet`);
    }
    return this.#ca;
  }

  #requireApiServer(): Component {
    if (this.#apiServer === undefined) {
      throw new Error(`${this.name} has not been started`);
    }
    return this.#apiServer;
  }
}

/** The file with the API server's certificate and the authority that signed it. */
export function servingCertificate(directory: string): string {
  return path.join(directory, SERVING_CERTIFICATE);
}

export interface KubeconfigInput {
  name: string;
  url: string;
  caBundle: string;
  user: string;
  token: string;
}

export function kubeconfigYaml({ name, url, caBundle, user, token }: KubeconfigInput): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${url}
    certificate-authority-data: ${caBundle}
users:
- name: ${user}
  user:
    token: ${token}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${user}
current-context: ${name}
`;
}
