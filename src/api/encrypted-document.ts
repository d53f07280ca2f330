import { isJsonObject, type JsonValue, type NodePath, type SourceDocument } from '../core/index.ts';
import { field } from './fields.ts';

/** Whether SOPS encrypted a document: it leaves its key data at the root. */
export function isSopsDocument(value: JsonValue): boolean {
  return isJsonObject(value) && isJsonObject(field(value, 'sops'));
}

/** Whether this is what SOPS writes in the place of a value. */
export function isCiphertext(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value.startsWith('ENC[AES256_GCM,');
}

/** Whether some value below this one stands in an encrypted document for everyone to read. */
export function hasReadableValue(written: JsonValue): boolean {
  if (Array.isArray(written)) return written.some((item: JsonValue) => hasReadableValue(item));
  if (isJsonObject(written)) return Object.values(written).some((item) => hasReadableValue(item));
  return written !== null && written !== '' && !isCiphertext(written);
}

/**
 * An encrypted document seen with the paths of the decrypted one. They differ in lists: between their items SOPS writes an encrypted comment
 * as an item of its own.
 */
export function withoutListComments(document: SourceDocument): SourceDocument {
  const written = (path: NodePath): NodePath => writtenPath(document.value, path);
  return {
    file: document.file,
    value: dropListComments(document.value),
    locate: (path) => document.locate(written(path)),
    scalar: (path) => document.scalar(written(path)),
    key: (path) => document.key(written(path)),
  };
}

function isListComment(item: JsonValue): boolean {
  return typeof item === 'string' && isCiphertext(item) && item.endsWith(',type:comment]');
}

function dropListComments(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.filter((item: JsonValue) => !isListComment(item)).map((item: JsonValue) => dropListComments(item));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dropListComments(item)]));
}

function writtenPath(root: JsonValue, path: NodePath): NodePath {
  let value: JsonValue | undefined = root;
  return path.map((part) => {
    let step = part;
    if (Array.isArray(value) && typeof part === 'number') {
      const items: readonly JsonValue[] = value;
      const indices = [...items.keys()].filter((index) => !isListComment(items[index] ?? null));
      step = indices[part] ?? part;
      value = items[step];
    } else {
      value = isJsonObject(value) ? field(value, String(part)) : undefined;
    }
    return step;
  });
}
