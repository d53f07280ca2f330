import {
  type ApiClient,
  type LiveObject,
  ObjectCache,
  type Projection,
  type ServedResource,
} from '../cluster/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

const PODS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  scope: 'Namespaced',
  verbs: new Set(['list', 'watch']),
};

/** Conditions by which pods are counted. */
const COUNTED: ReadonlySet<JsonValue | undefined> = new Set(['Ready', 'PodScheduled']);

/** What is counted of a pod: the rest of it is most of it. */
const POD_PROJECTION: Projection = {
  key: 'pods',
  whole: true,
  keepsLabel: () => true,
  keepsAnnotation: () => false,
  rest: (object) => {
    const { status } = object as unknown as JsonObject;
    return isJsonObject(status) ? { status: countedStatus(status) } : {};
  },
};

function countedStatus({ phase, conditions }: JsonObject): JsonObject {
  const kept = (Array.isArray(conditions) ? (conditions as readonly JsonValue[]) : []).flatMap((condition) => {
    if (!isJsonObject(condition) || !COUNTED.has(condition['type'])) return [];
    const { type, status, reason, lastTransitionTime } = condition;
    return [withoutAbsent({ type, status, reason, lastTransitionTime })];
  });
  return { ...(phase === undefined ? {} : { phase }), conditions: kept };
}

function withoutAbsent(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** Pods of one workload. */
export interface PodQuery {
  readonly namespace: string;
  readonly labelSelector: string;
}

/**
 * The pods of workloads in one member, watched for as long as somebody needs them: most of the time nobody does.
 */
export class PodFeeds {
  readonly #onChange: (namespace: string) => void;
  readonly #users = new Map<string, Set<string>>();
  #cache: ObjectCache | undefined;

  /** @param onChange a pod in this namespace, of those that are watched, is another one, or does otherwise. */
  constructor(onChange: (namespace: string) => void) {
    this.#onChange = onChange;
  }

  /** @throws {ApiError} when they have to be listed and cannot be. */
  async list(client: ApiClient, user: string, query: PodQuery): Promise<readonly JsonObject[]> {
    const users = this.#users.get(keyOf(query)) ?? new Set();
    this.#users.set(keyOf(query), users.add(user));
    this.#cache ??= new ObjectCache({ client, onChange: ({ id }) => this.#onChange(id.namespace) });
    this.#cache.attach(client);
    const pods: readonly LiveObject[] = await this.#cache.list(PODS, { ...query, projection: POD_PROJECTION });
    return pods as unknown as readonly JsonObject[];
  }

  /** These pods are not needed by this one any more. */
  release(user: string, query: PodQuery): void {
    const users = this.#users.get(keyOf(query));
    users?.delete(user);
    if (users !== undefined && users.size > 0) return;
    this.#users.delete(keyOf(query));
    this.#cache?.release(PODS, { ...query, projection: POD_PROJECTION });
  }

  close(): void {
    this.#cache?.close();
    this.#cache = undefined;
    this.#users.clear();
  }
}

function keyOf({ namespace, labelSelector }: PodQuery): string {
  return `${namespace}\n${labelSelector}`;
}

/** `spec.selector.matchLabels` of a workload as a selector; as in KubeFed nothing else of it counts. `undefined` where it has none. */
export function podQueryOf(namespace: string, { spec }: JsonObject): PodQuery | undefined {
  const selector = isJsonObject(spec) ? spec['selector'] : undefined;
  const labels = isJsonObject(selector) ? selector['matchLabels'] : undefined;
  if (!isJsonObject(labels)) return undefined;
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return { namespace, labelSelector: terms.sort().join(',') };
}
