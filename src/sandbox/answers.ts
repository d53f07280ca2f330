import type { JsonObject, JsonValue } from '../core/index.ts';
import { jsonText } from './json-text.ts';
import { metadataOf, stringOf } from './object-fields.ts';
import { listText, type Shown } from './representation.ts';
import { StoredObject } from './stored-object.ts';
import type { Written } from './write-target.ts';

export interface SandboxAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

export const PAGE_NOT_FOUND: SandboxAnswer = { status: 404, body: '404 page not found\n', contentType: 'text/plain' };

export function json(status: number, value: JsonValue): SandboxAnswer {
  return { status, body: jsonText(value) };
}

export function found(document: JsonObject | undefined): SandboxAnswer {
  return document === undefined ? PAGE_NOT_FOUND : json(200, document);
}

export function answerWritten({ object, isNew }: Written, shown: Shown): SandboxAnswer {
  return answerWith(isNew ? 201 : 200, object, shown);
}

export function answerWith(status: number, object: JsonObject, shown: Shown): SandboxAnswer {
  if (shown.representation === 'whole') return json(status, object);
  const version = Number(stringOf(metadataOf(object).resourceVersion));
  return { status, body: textOf(new StoredObject(object, version), shown) };
}

export function textOf(object: StoredObject, shown: Shown): string {
  if (shown.representation === 'table') {
    return listText([object], shown, { resourceVersion: `${object.resourceVersion}` });
  }
  return shown.representation === 'metadata' ? object.metadataText() : object.text(shown.resource);
}
