import { jsonText } from './json-text.ts';
import { apiVersionOf, type SandboxResource } from './served-resource.ts';
import type { StoredObject } from './stored-object.ts';
import { tableText } from './table.ts';

/** In which form a client wants objects. */
export type Representation = 'whole' | 'metadata' | 'table';

/** What of several that a client would take comes first. `undefined`: nothing of it is served. */
export function representationOf(accept: string): Representation | undefined {
  if (accept.trim() === '') return 'whole';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (!['application/json', '*/*', 'application/*', 'application/yaml'].includes(type)) continue;
    if (as === undefined) return 'whole';
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  return undefined;
}

export interface Shown {
  readonly resource: SandboxResource;
  readonly representation: Representation;
  /** What of an object stands in each row of a table. */
  readonly includeObject: string;
  readonly now: Date;
}

export function objectText(object: StoredObject, shown: Shown): string {
  if (shown.representation === 'metadata') return object.metadataText();
  if (shown.representation === 'table')
    return tableText([object], shown, { resourceVersion: `${object.resourceVersion}` });
  return object.text(shown.resource);
}

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function listText(objects: readonly StoredObject[], shown: Shown, metadata: ListMetadata): string {
  const { resource, representation } = shown;
  if (representation === 'table') return tableText(objects, shown, metadata);
  const isMetadata = representation === 'metadata';
  const kind = isMetadata ? 'PartialObjectMetadataList' : resource.listKind;
  const apiVersion = isMetadata ? 'meta.k8s.io/v1' : apiVersionOf(resource);
  const items = objects.map((object) => (isMetadata ? object.metadataText() : object.itemText(resource)));
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${jsonText({ ...metadata })},"items":[${items.join(',')}]}`;
}
