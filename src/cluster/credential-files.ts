import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { KubeFedCluster } from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { type CredentialSources, SERVICE_ACCOUNT } from './credentials.ts';

/** Files that a kubeconfig names, as it was when they were looked for. */
interface ReferredFiles {
  readonly stamp: string;
  readonly files: readonly string[];
}

const LIMITS = { documentNodes: 1_000_000, depth: 100 };
const FILES_OF_USER = ['client-certificate', 'client-key', 'tokenFile'];
const FILES_OF_CLUSTER = ['certificate-authority'];

/**
 * Tells whether the files changed that say how a member is reached and as whom, without reading them: for a process that stays, which makes
 * its connection anew then. What a program of a kubeconfig gives out is not among them; the API server's 401 tells of that.
 */
export class CredentialFiles {
  readonly #referred = new Map<string, ReferredFiles>();

  /** Another text means that something may have changed. Holds no credential. */
  async stamp({ secretName }: Pick<KubeFedCluster, 'secretName'>, sources: CredentialSources): Promise<string> {
    const { credentialsDir, kubeconfig } = sources;
    const folder = credentialsDir === undefined ? undefined : path.join(credentialsDir, secretName);
    const kubeconfigs = [
      ...(folder === undefined ? [] : [path.join(folder, 'kubeconfig')]),
      ...(kubeconfig === undefined ? [] : [kubeconfig]),
    ];
    const plain = [
      ...(folder === undefined ? [] : [path.join(folder, 'token'), path.join(folder, 'ca.crt')]),
      path.join(SERVICE_ACCOUNT, 'ca.crt'),
    ];
    const stamps = await Promise.all([...plain.map(fileStamp), ...kubeconfigs.map((file) => this.#ofKubeconfig(file))]);
    return stamps.join('\n');
  }

  async #ofKubeconfig(file: string): Promise<string> {
    const stamp = await fileStamp(file);
    let known = this.#referred.get(file);
    if (known?.stamp !== stamp) {
      known = { stamp, files: await referredFiles(file) };
      this.#referred.set(file, known);
    }
    return [stamp, ...(await Promise.all(known.files.map(fileStamp)))].join('\n');
  }
}

/**
 * Another text means that the file may have changed; empty where it is not there. Secrets that are mounted change by a link that leads
 * elsewhere: then it is another file.
 */
export async function fileStamp(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return '';
  }
}

async function referredFiles(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [result] = readYaml('kubeconfig', text, LIMITS);
  const value: JsonValue = result?.ok === true ? result.document.value : null;
  const names = [
    ...namesIn(value, { list: 'users', entry: 'user', keys: FILES_OF_USER }),
    ...namesIn(value, { list: 'clusters', entry: 'cluster', keys: FILES_OF_CLUSTER }),
  ];
  return names.map((name) => path.resolve(path.dirname(path.resolve(file)), name));
}

interface Place {
  readonly list: string;
  readonly entry: string;
  readonly keys: readonly string[];
}

function namesIn(config: JsonValue, { list, entry, keys }: Place): readonly string[] {
  const items = isJsonObject(config) && Object.hasOwn(config, list) ? config[list] : undefined;
  if (!Array.isArray(items)) return [];
  const entries = (items as readonly JsonValue[]).flatMap((item): readonly JsonObject[] => {
    const value = isJsonObject(item) && Object.hasOwn(item, entry) ? item[entry] : undefined;
    return isJsonObject(value) ? [value] : [];
  });
  return entries.flatMap((one) =>
    keys.flatMap((key) => {
      const name = Object.hasOwn(one, key) ? one[key] : undefined;
      return typeof name === 'string' && name !== '' ? [name] : [];
    }),
  );
}
