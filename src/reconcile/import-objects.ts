import { isJsonObject, type JsonObject, type JsonValue, LAST_APPLIED_ANNOTATION } from '../core/index.ts';

/** `''` for the core group. */
export function groupOf({ apiVersion }: JsonObject): string {
  const [group = '', version] = typeof apiVersion === 'string' ? apiVersion.split('/') : [];
  return version === undefined ? '' : group;
}

/** An entry that is a mapping, else an empty one. */
export function mappingIn(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isJsonObject(value) ? value : {};
}

/** An entry that is text, else `''`. */
export function textIn(object: JsonObject, key: string): string {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** An entry that is a list, else an empty one. */
export function listIn(object: JsonObject, key: string): readonly JsonValue[] {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

export function metadataOf(object: JsonObject): JsonObject {
  return mappingIn(object, 'metadata');
}

/** `FederatedDeployment/shop/web`. */
export function labelOf(object: JsonObject): string {
  const metadata = metadataOf(object);
  return [textIn(object, 'kind'), textIn(metadata, 'namespace'), textIn(metadata, 'name')]
    .filter((part) => part !== '')
    .join('/');
}

/** What a file of the repository says of an object: its name, its labels and its annotations. */
function authoredMetadata(object: JsonObject): JsonObject {
  const metadata = metadataOf(object);
  const annotations = Object.entries(mappingIn(metadata, 'annotations')).filter(
    ([key]) => key !== LAST_APPLIED_ANNOTATION,
  );
  const labels = mappingIn(metadata, 'labels');
  return {
    name: textIn(metadata, 'name'),
    ...(textIn(metadata, 'namespace') === '' ? {} : { namespace: textIn(metadata, 'namespace') }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

/** As somebody wrote it: without what servers and controllers added. */
export function authored(object: JsonObject): JsonObject {
  const { apiVersion = '', kind = '', metadata: _metadata, status: _status, ...rest } = object;
  return { apiVersion, kind, metadata: authoredMetadata(object), ...rest };
}

/** The object as `kubectl apply` got it last; `undefined` where nobody used it, or it cannot be read. */
export function lastAppliedText(object: JsonObject): string | undefined {
  const text = textIn(mappingIn(metadataOf(object), 'annotations'), LAST_APPLIED_ANNOTATION);
  return text === '' ? undefined : text;
}

/** The template without what `kubectl apply` copies of a whole object. */
export function withoutLastApplied(template: JsonObject): JsonObject {
  const metadata = template['metadata'];
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  if (!isJsonObject(metadata) || !isJsonObject(annotations) || !Object.hasOwn(annotations, LAST_APPLIED_ANNOTATION)) {
    return template;
  }
  const kept = Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED_ANNOTATION);
  return { ...template, metadata: { ...metadata, annotations: Object.fromEntries(kept) } };
}
