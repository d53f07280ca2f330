import { formatYaml, type JsonObject, stringifyJson } from '../core/index.ts';

const json = new WeakMap<JsonObject, string>();
const yaml = new WeakMap<JsonObject, string>();

/** A manifest as JSON on one line. Done once for each object that is passed, whatever number of clusters share it. */
export function manifestJson(manifest: JsonObject): string {
  return remembered(json, manifest, stringifyJson);
}

/** A manifest as one YAML document, without `---`. Done once for each object that is passed. */
export function manifestYaml(manifest: JsonObject): string {
  return remembered(yaml, manifest, formatYaml);
}

function remembered(
  texts: WeakMap<JsonObject, string>,
  manifest: JsonObject,
  format: (manifest: JsonObject) => string,
): string {
  const known = texts.get(manifest);
  if (known !== undefined) return known;
  const text = format(manifest);
  texts.set(manifest, text);
  return text;
}
