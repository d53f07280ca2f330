import { onTestFinished } from 'vitest';
import { type LaneInput, type LaneResult, type ObjectResult, PlanMemo, runLane } from '../../src/apply/index.ts';
import {
  ApiClient,
  type Discovery,
  discover,
  Interner,
  ObjectCache,
  type ObjectCacheOptions,
  type ObjectChange,
  type ServedResource,
} from '../../src/cluster/index.ts';
import { heldObjects } from '../../src/reconcile/held-objects.ts';
import { readPass } from '../../src/reconcile/read-pass.ts';
import { openSource } from '../../src/reconcile/source.ts';
import type { Cluster } from '../controlplane/fixtures.ts';

/** How an API server is reached: itself, or through a proxy. */
export type Place = Pick<Cluster, 'url' | 'caBundle'>;

/** A client that speaks to a place as somebody, until the end of the test. */
export function clientFor({ url, caBundle }: Place, token: string): ApiClient {
  const client = new ApiClient(
    {
      url: new URL(url),
      tls: { ca: Buffer.from(caBundle, 'base64') },
      authenticate: async () => ({ Authorization: `Bearer ${token}` }),
    },
    { timeoutMs: 5_000 },
  );
  onTestFinished(() => client.close());
  return client;
}

/** What a cache told, besides what it holds. */
export interface WatchedCache {
  readonly cache: ObjectCache;
  readonly changes: ObjectChange[];
  readonly refused: ServedResource[];
}

export function cacheOf(client: ApiClient, options: Partial<ObjectCacheOptions> = {}): WatchedCache {
  const changes: ObjectChange[] = [];
  const refused: ServedResource[] = [];
  const cache = new ObjectCache({
    client,
    interner: new Interner(),
    onChange: (change) => changes.push(change),
    onRefused: (resource) => refused.push(resource),
    // No more back-off than there has to be.
    random: () => 0,
    ...options,
  });
  onTestFinished(() => cache.close());
  return { cache, changes, refused };
}

/** Passes over one member by a process that goes on, so that what it serves is remembered. */
export class WarmLane {
  readonly #cluster: Pick<Cluster, 'name'>;
  readonly #repository: { readonly folder: string };
  readonly #client: ApiClient;
  readonly #cache: ObjectCache | undefined;
  readonly #memo = new PlanMemo();
  readonly #prepared = new WeakMap();
  #discovery: Promise<Discovery> | undefined;

  constructor(
    cluster: Pick<Cluster, 'name'>,
    repository: { readonly folder: string },
    client: ApiClient,
    cache: ObjectCache | undefined,
  ) {
    this.#cluster = cluster;
    this.#repository = repository;
    this.#client = client;
    this.#cache = cache;
  }

  async run(lease: LaneInput['lease'] = {}): Promise<LaneResult> {
    const options = { source: this.#repository.folder };
    const source = await openSource(options);
    try {
      const { model, rendering, identity, commit } = await readPass(source, options);
      const { name } = this.#cluster;
      const own = rendering.clusters.find(({ cluster }) => cluster === name) ?? {
        cluster: name,
        objects: [],
        held: [],
      };
      const isRemembered = this.#discovery !== undefined;
      this.#cache?.beginPass();
      return await runLane({
        client: this.#client,
        ...(this.#cache === undefined ? {} : { objects: this.#cache }),
        discovery: { isRemembered, get: () => this.#served(), refresh: () => this.#refresh() },
        model,
        rendering: own,
        identity,
        commit,
        mode: 'apply',
        prune: true,
        isAllowedSince: async () => true,
        guardBefore: async () => undefined,
        isReturning: () => false,
        isRecordedElsewhere: () => false,
        isRecordedHere: () => false,
        held: heldObjects(model, rendering, name),
        prepared: this.#prepared,
        memo: this.#memo,
        lease,
        now: 1_700_000_000,
        onObject: () => undefined,
      });
    } finally {
      await source.close();
    }
  }

  #served(): Promise<Discovery> {
    this.#discovery ??= discover(this.#client);
    return this.#discovery;
  }

  #refresh(): Promise<Discovery> {
    this.#discovery = discover(this.#client);
    return this.#discovery;
  }
}

/** `Kind/name action status` of everything that is not simply unchanged. */
export function changesOf({ objects }: Pick<LaneResult, 'objects'>): readonly string[] {
  return objects.filter(isChange).map(({ id, action, status }) => `${id.kind}/${id.name} ${action} ${status}`.trim());
}

function isChange({ action, status }: ObjectResult): boolean {
  return action !== 'unchanged' || status !== '';
}
