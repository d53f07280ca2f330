import { formatYaml, type JsonObject, stringifyJson } from '../core/index.ts';

const json = new WeakMap<JsonObject, string>();

/** A manifest as JSON on one line. Done once for each object that is passed, whatever number of clusters share it. */
export function manifestJson(manifest: JsonObject): string {
  const known = json.get(manifest);
  if (known !== undefined) return known;
  const text = stringifyJson(manifest);
  json.set(manifest, text);
  return text;
}

/** A manifest as one YAML document, without `---`. The renderer declared which ones are written more than once: their text is kept. */
export function manifestYaml(manifest: JsonObject): string {
  return formatYaml(manifest);
}
