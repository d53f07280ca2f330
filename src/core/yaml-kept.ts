import type { JsonArray, JsonObject, JsonValue } from './json.ts';

/**
 * Texts of what is written more than once. Manifests of one object differ in the containers along an override's path and share all the
 * others by reference, so that text which was written for one of them serves the next. What is not declared here leaves nothing behind:
 * a hundred thousand manifests that differ would otherwise all stay in memory as text.
 */
const kept = new WeakMap<JsonObject | JsonArray, KeptText>();

interface KeptText {
  text: string | undefined;
  indent: string;
}

/** Declares that a container will be written more than once: its text is kept as long as the container is. */
export function keepYaml(container: JsonObject | JsonArray): void {
  if (!kept.has(container)) kept.set(container, { text: undefined, indent: '' });
}

/** {@link keepYaml} of a container and of all that it holds. */
export function keepYamlOfAll(value: JsonValue): void {
  if (typeof value !== 'object' || value === null || kept.has(value)) return;
  keepYaml(value);
  for (const item of Array.isArray(value) ? (value as JsonArray) : Object.values(value)) keepYamlOfAll(item);
}

/** The text of a container at an indentation: that which was kept, or else what `write` makes. */
export function keptText(container: JsonObject | JsonArray, indent: string, write: () => string): string {
  const entry = kept.get(container);
  if (entry === undefined) return write();
  if (entry.text !== undefined && entry.indent === indent) return entry.text;
  entry.text = flatten(write());
  entry.indent = indent;
  return entry.text;
}

/** Text that was put together piece by piece remembers its pieces until somebody looks into it. */
function flatten(text: string): string {
  text.charCodeAt(0);
  return text;
}
