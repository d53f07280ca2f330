import { manifestYaml } from '../render/index.ts';
import type { Rendering } from '../render/types.ts';

/**
 * A rendering as a stream of YAML documents, one cluster after the other and in apply order, in pieces. Each document
 * says in a comment for which cluster it is.
 */
export function* formatYamlStream({ clusters }: Rendering): Generator<string> {
  for (const { cluster, objects } of clusters) {
    for (const { manifest } of objects) yield `---\n# cluster: ${cluster}\n${manifestYaml(manifest)}`;
  }
}
