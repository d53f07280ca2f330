import {
  ApiClient,
  CredentialFiles,
  findHomeEndpoint,
  type HomeCredentials,
  type HomeEndpoint,
} from '../../cluster/index.ts';

/** The connection to the home cluster: made anew when its server was given up on, and when its credentials changed. */
export class HomeConnection {
  readonly namespace: string;
  readonly #credentials: HomeCredentials;
  readonly #timeoutMs: number;
  readonly #files = new CredentialFiles();
  #stamp: string | undefined;
  #client: ApiClient | undefined;

  /** @throws {GitfedError} `USAGE` where there is no home cluster. @throws {ConfigMalformedError} where its credentials are no good. */
  static async open(
    credentials: HomeCredentials,
    { namespace, timeoutMs }: { readonly namespace?: string | undefined; readonly timeoutMs: number },
  ): Promise<HomeConnection> {
    const found = await findHomeEndpoint(credentials);
    return new HomeConnection(credentials, found, { namespace: namespace ?? found.namespace, timeoutMs });
  }

  private constructor(
    credentials: HomeCredentials,
    { endpoint }: HomeEndpoint,
    { namespace, timeoutMs }: { readonly namespace: string; readonly timeoutMs: number },
  ) {
    this.namespace = namespace;
    this.#credentials = credentials;
    this.#timeoutMs = timeoutMs;
    this.#client = new ApiClient(endpoint, { timeoutMs });
  }

  /** The client of now. */
  async client(): Promise<ApiClient> {
    const stamp = await this.#files.stamp({ secretName: '' }, this.#sources());
    this.#stamp ??= stamp;
    if (this.#client?.isDead === true || stamp !== this.#stamp) this.close();
    this.#stamp = stamp;
    if (this.#client === undefined) {
      const { endpoint } = await findHomeEndpoint(this.#credentials);
      this.#client ??= new ApiClient(endpoint, { timeoutMs: this.#timeoutMs });
    }
    return this.#client;
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #sources(): { readonly kubeconfig?: string } {
    const { kubeconfig } = this.#credentials;
    return kubeconfig === undefined ? {} : { kubeconfig };
  }
}
