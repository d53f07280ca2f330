import { isJsonObject, type JsonObject } from '../core/index.ts';
import { jsonMembers, jsonText, readJsonText } from './json-text.ts';
import { metadataOf, stringOf } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import { apiVersionOf } from './served-resource.ts';

/**
 * An object as it is kept: as text, in two parts, because a fleet holds a hundred thousand of them and most requests want the text or the
 * metadata. Its version is put before it when it is read.
 */
export class StoredObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  readonly labels: JsonObject | undefined;
  /** uids of its owners. */
  readonly owners: readonly string[];
  readonly isTerminating: boolean;
  readonly #metadata: string;
  readonly #rest: string;

  constructor(object: JsonObject, resourceVersion: number) {
    const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest } = object;
    const metadata: JsonObject = { ...metadataOf(object), resourceVersion: `${resourceVersion}` };
    this.namespace = stringOf(metadata.namespace);
    this.name = stringOf(metadata.name);
    this.uid = stringOf(metadata.uid);
    this.resourceVersion = resourceVersion;
    this.labels = isJsonObject(metadata.labels) ? metadata.labels : undefined;
    this.owners = ownersOf(metadata);
    this.isTerminating = metadata.deletionTimestamp !== undefined;
    this.#metadata = jsonText(metadata);
    this.#rest = jsonMembers(rest);
  }

  get key(): string {
    return objectKey(this.namespace, this.name);
  }

  text(resource: SandboxResource): string {
    const head = `"kind":"${resource.kind}","apiVersion":"${apiVersionOf(resource)}"`;
    return `{${head},"metadata":${this.#metadata}${this.#rest}}`;
  }

  /** In a list: built-in kinds are not named with each item. */
  itemText(resource: SandboxResource): string {
    return resource.isCustom ? this.text(resource) : `{"metadata":${this.#metadata}${this.#rest}}`;
  }

  metadataText(): string {
    return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${this.#metadata}}`;
  }

  read(resource: SandboxResource): JsonObject {
    return readJsonText(this.text(resource)) as JsonObject;
  }
}

const NO_OWNERS: readonly string[] = [];

function ownersOf({ ownerReferences }: JsonObject): readonly string[] {
  if (!Array.isArray(ownerReferences) || ownerReferences.length === 0) return NO_OWNERS;
  return ownerReferences.filter(isJsonObject).map(({ uid }) => stringOf(uid));
}

/** Sorts as the keys of etcd do: by namespace, then by name. */
export function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
