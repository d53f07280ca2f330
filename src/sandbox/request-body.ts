import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { readJsonText } from './json-text.ts';
import { badRequest, unsupportedMediaType } from './status-error.ts';

const LIMITS = { documentNodes: 200_000, depth: 200 };
export const ACCEPTED = ['application/json', 'application/yaml'];

/** The body of a request as a value. @throws {StatusError} 400, and 415 for what is neither JSON nor YAML. */
export function readBody(text: string, contentType: string): JsonValue {
  const type = mediaType(contentType);
  if (type === 'application/yaml' || type.endsWith('+yaml')) return readYamlBody(text);
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return readJsonBody(text);
  throw unsupportedMediaType(ACCEPTED);
}

export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

export function readObject(text: string, contentType: string): JsonObject {
  const value = readBody(text, contentType);
  if (!isJsonObject(value)) throw badRequest('the body of the request is not an object');
  return value;
}

function readJsonBody(text: string): JsonValue {
  try {
    return readJsonText(text);
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)');
  }
}

function readYamlBody(text: string): JsonValue {
  // Most clients send JSON under this name too.
  if (/^\s*\{/.test(text)) {
    try {
      return readJsonText(text);
    } catch {
      // YAML in flow style.
    }
  }
  const [result] = readYaml('body', text, LIMITS);
  if (result?.ok !== true) throw badRequest(`error decoding YAML: ${result?.error.reason ?? 'it is empty'}`);
  return result.document.value;
}

/** Keys that stand twice in one mapping, as strict decoding complains about them. */
export function duplicateProblem(text: string): string | undefined {
  const [result] = readYaml('body', text, LIMITS);
  return result?.ok === false && result.error.code === 'DuplicateKey' ? result.error.reason : undefined;
}
