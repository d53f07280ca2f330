import { createHash } from 'node:crypto';
import {
  type ApiClient,
  collectionPath,
  isApiError,
  listAt,
  type ObjectMetadata,
  objectPath,
  readWhole,
  type ServedResource,
  watchObjects,
} from '../../cluster/index.ts';
import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { FIELD_MANAGER } from '../../drift/index.ts';
import { type MailboxEntry, packEntry, unpackEntry } from './mailbox-entry.ts';
import { HOME_LABEL } from './member-lease.ts';

const MAPS: ServedResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  verbs: new Set(),
};

const PART_LABEL = 'gitfed.io/mailbox';
const KEY_ANNOTATION = 'gitfed.io/entry';
const DIGEST_ANNOTATION = 'gitfed.io/digest';
const PIECES_ANNOTATION = 'gitfed.io/pieces';
const FIELD = 'entry';
const MOST_PIECES = 64;

/** An entry that is there, without what it says. */
export interface EntryMark {
  readonly name: string;
  readonly key: string;
  readonly digest: string;
  readonly pieces: number;
}

export interface MailboxStoreOptions {
  readonly home: string;
  readonly namespace: string;
  readonly client: () => Promise<ApiClient>;
}

/** Entries in ConfigMaps of the home cluster, one for each key, and more where one is too small. Every call may fail with an {@link ApiError}. */
export class MailboxStore {
  readonly #options: MailboxStoreOptions;

  constructor(options: MailboxStoreOptions) {
    this.#options = options;
  }

  /** @param known what was written here last: the same is not written again. @returns the digest of what is there now. */
  async write(entry: MailboxEntry, known: string | undefined): Promise<string> {
    const { digest, pieces } = await packEntry(entry);
    if (digest === known) return digest;
    const name = this.#nameOf(entry.key);
    // The first one last: it says what belongs together.
    for (let index = pieces.length - 1; index > 0; index -= 1) {
      await this.#apply(`${name}-${index}`, { label: 'piece', data: pieces[index] ?? '', annotations: {} });
    }
    const annotations = {
      [KEY_ANNOTATION]: entry.key,
      [DIGEST_ANNOTATION]: digest,
      [PIECES_ANNOTATION]: String(pieces.length),
    };
    await this.#apply(name, { label: 'entry', data: pieces[0] ?? '', annotations });
    return digest;
  }

  /** `undefined` where it is being written, or is gone. */
  async read({ name, digest, pieces }: EntryMark): Promise<MailboxEntry | undefined> {
    const { namespace, client } = this.#options;
    const api = await client();
    const names = Array.from({ length: pieces }, (_, index) => (index === 0 ? name : `${name}-${index}`));
    const objects = await Promise.all(names.map((one) => readWhole(api, MAPS, { namespace, name: one })));
    const found = objects.map((object) => dataOf(object?.['binaryData']));
    if (found.includes(undefined)) return undefined;
    return await unpackEntry({ digest, pieces: found.map((piece) => piece ?? '') });
  }

  async remove({ name, pieces }: EntryMark): Promise<void> {
    const { namespace, client } = this.#options;
    const api = await client();
    for (let index = 0; index < pieces; index += 1) {
      const path = objectPath(MAPS, namespace, index === 0 ? name : `${name}-${index}`);
      await api.request({ method: 'DELETE', path }).catch((error: unknown) => {
        if (!isApiError(error) || !error.isNotFound) throw error;
      });
    }
  }

  /** All that are there, and where to go on from. */
  async list(): Promise<{ readonly marks: readonly EntryMark[]; readonly resourceVersion: string }> {
    const { namespace, client } = this.#options;
    const { items, resourceVersion } = await listAt(await client(), MAPS, { namespace, labelSelector: this.#selector });
    return { marks: items.flatMap(({ metadata }) => markOf(metadata) ?? []), resourceVersion };
  }

  /** Tells of every entry that is written, until it ends. */
  async watch(resourceVersion: string, signal: AbortSignal, onMark: (mark: EntryMark) => void): Promise<void> {
    const { namespace, client } = this.#options;
    await watchObjects(await client(), MAPS, {
      namespace,
      labelSelector: this.#selector,
      resourceVersion,
      signal,
      onEvent: (event) => {
        const mark = event.type === 'there' ? markOf(event.object.metadata) : undefined;
        if (mark !== undefined) onMark(mark);
      },
    });
  }

  get #selector(): string {
    return `${HOME_LABEL}=${this.#options.home},${PART_LABEL}=entry`;
  }

  /** Names of clusters may have letters that names of objects may not. */
  #nameOf(key: string): string {
    return `gitfed-${this.#options.home}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
  }

  async #apply(
    name: string,
    { label, data, annotations }: { label: string; data: string; annotations: Readonly<Record<string, string>> },
  ): Promise<void> {
    const { home, namespace, client } = this.#options;
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { [HOME_LABEL]: home, [PART_LABEL]: label }, annotations },
      binaryData: { [FIELD]: data },
    };
    const path = `${collectionPath(MAPS, namespace)}/${name}?fieldManager=${FIELD_MANAGER}&force=true`;
    const api = await client();
    await api.request({
      method: 'PATCH',
      path,
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    });
  }
}

function dataOf(value: JsonValue | undefined): string | undefined {
  const data = isJsonObject(value) ? value[FIELD] : undefined;
  return typeof data === 'string' ? data : undefined;
}

function markOf({ name, annotations = {} }: ObjectMetadata): EntryMark | undefined {
  const { [KEY_ANNOTATION]: key, [DIGEST_ANNOTATION]: digest, [PIECES_ANNOTATION]: count } = annotations;
  const pieces = Number(count);
  if (name === undefined || key === undefined || digest === undefined) return undefined;
  if (!Number.isInteger(pieces) || pieces < 1 || pieces > MOST_PIECES) return undefined;
  return { name, key, digest, pieces };
}
