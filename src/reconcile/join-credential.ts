import { mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { isApiError } from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { openContext } from './join-context.ts';
import { asMemberError, type OpenMember } from './join-member.ts';
import { JOINED_AS_ANNOTATION } from './join-names.ts';
import { createLive, deleteLive, type LiveManifest, labelOf, readLive, updateLive } from './join-objects.ts';
import { type Credential, dataOf } from './join-token.ts';
import { openClient, type RequestSettings } from './open-client.ts';
import { isInside } from './real-path.ts';

/** Where a credential is kept outside of the repository. */
export interface CredentialStore {
  /** For people: the folder, or the Secret. */
  readonly what: string;
  readonly where: string;
  /** `undefined` where there is none. @throws {GitfedError} */
  read(): Promise<Credential | undefined>;
  /** There is something in its place that no join of this repository put there. @throws {GitfedError} */
  isForeign(): Promise<boolean>;
  /** Whole or not at all. @throws {GitfedError} */
  write(credential: Credential): Promise<void>;
  /** @throws {GitfedError} */
  remove(): Promise<void>;
  close(): void;
}

/** `DIR/SECRET-NAME/token` and `ca.crt`, for nobody but their owner. @throws {GitfedError} `USAGE` inside of a repository. */
export function directoryStore(directory: string, secretName: string, root: string): CredentialStore {
  refuseInside(directory, root);
  const folder = path.join(directory, secretName);
  const file = (name: string): string => path.join(folder, name);
  return {
    what: path.join(folder, 'token'),
    where: 'credentials',
    close: () => undefined,
    isForeign: async () => false,
    async read() {
      const [token, ca] = await Promise.all([readOptional(file('token')), readOptional(file('ca.crt'))]);
      return token === undefined ? undefined : { token, ...(ca === undefined ? {} : { ca }) };
    },
    async write({ token, ca }) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        // Who reads between the two has the old token, which still works.
        if (ca !== undefined) await replace(file('ca.crt'), ca);
        await replace(file('token'), token);
      } catch (error) {
        throw unwritable(folder, error);
      }
      if (ca === undefined) await rm(file('ca.crt'), { force: true });
    },
    async remove() {
      try {
        for (const name of ['token', 'ca.crt']) await rm(file(name), { force: true });
        await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
          if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
        });
      } catch (error) {
        throw unwritable(folder, error);
      }
    },
  };
}

function refuseInside(directory: string, root: string): void {
  if (!isInside(root, directory)) return;
  throw new GitfedError(
    'USAGE',
    `--credentials-dir ${directory} is inside the repository, where a token would lie in plain text: name a folder outside of it, or have it encrypted with --age-recipient.`,
  );
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const reason = code === 'ENOTDIR' ? 'there is a file in the place of a folder' : (code ?? 'unknown');
    throw new GitfedError('USAGE', `${file} cannot be read: ${reason}.`);
  }
}

async function replace(file: string, text: string): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.gitfed-${process.pid}`);
  await rm(temporary, { force: true });
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function unwritable(folder: string, error: unknown): GitfedError {
  const { code } = error as NodeJS.ErrnoException;
  return new GitfedError('USAGE', `${folder} cannot be written (${code ?? 'unknown'}).`, { cause: error });
}

/** A Secret of the cluster that gitfed runs in, with what a pod mounts. */
export async function hostStore({
  kubeconfigs,
  context,
  secretName,
  namespace,
  mark,
  access,
}: {
  readonly kubeconfigs: readonly string[];
  readonly context: string;
  readonly secretName: string;
  readonly namespace: string;
  readonly mark: string;
  readonly access: RequestSettings;
}): Promise<CredentialStore> {
  const { endpoint } = await openContext(kubeconfigs, context, access);
  const client = openClient(endpoint, access);
  const host: OpenMember = { name: context, client };
  const annotations = { [JOINED_AS_ANNOTATION]: mark };
  const manifest: JsonObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName.toLowerCase(), namespace, annotations },
    type: 'Opaque',
  };
  const look = async (): Promise<LiveManifest | undefined> =>
    await working(host, `${labelOf(manifest)} cannot be read`, () => readLive(client, manifest));
  return {
    what: labelOf(manifest),
    where: context,
    close: () => client.close(),
    async read() {
      await working(host, `namespace ${namespace} cannot be read`, () => requireNamespace(host, namespace));
      const live = await look();
      const data = (live?.['data'] ?? {}) as Readonly<Record<string, string>>;
      const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
      return text('token') === ''
        ? undefined
        : { token: text('token'), ...(text('ca.crt') === '' ? {} : { ca: text('ca.crt') }) };
    },
    async write(credential) {
      const live = await look();
      const data = dataOf(credential);
      const what = `${labelOf(manifest)} cannot be written`;
      if (live === undefined) {
        await working(host, what, () => createLive(client, { ...manifest, data }));
        return;
      }
      // The authority of the token before does not stay where this one has none.
      const renewed = { ...manifest, data: { 'ca.crt': null, ...data } };
      await working(host, what, () => updateLive(client, renewed, live));
    },
    async isForeign() {
      const live = await look();
      return live !== undefined && live.metadata.annotations?.[JOINED_AS_ANNOTATION] !== mark;
    },
    async remove() {
      const live = await look();
      if (live?.metadata.annotations?.[JOINED_AS_ANNOTATION] !== mark) return;
      await working(host, `${labelOf(manifest)} cannot be deleted`, () => deleteLive(client, manifest, live));
    },
  };
}

async function requireNamespace({ name, client }: OpenMember, namespace: string): Promise<void> {
  try {
    await client.json({ method: 'GET', path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` });
  } catch (error) {
    // Who may write the Secret need not be allowed to look at the namespace.
    if (isApiError(error) && error.status === 403) return;
    if (!isApiError(error) || !error.isNotFound) throw error;
    throw new GitfedError(
      'CLUSTER',
      `${plainText(name)}: there is no namespace ${namespace} for the credential. Nothing was written: make it, or name the context of the cluster that gitfed runs in with --host-context.`,
    );
  }
}

async function working<T>(host: OpenMember, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asMemberError(host, error, what);
  }
}
