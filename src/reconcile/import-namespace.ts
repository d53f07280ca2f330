import { compareText } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { list } from '../report/wording.ts';
import { modernized } from './import-legacy.ts';
import { groupOf, metadataOf, textIn } from './import-objects.ts';
import type { SourceObject } from './import-types.ts';

const KINDS: ReadonlySet<string> = new Set(['KubeFedCluster', 'FederatedTypeConfig', 'KubeFedConfig']);

/**
 * The namespace of KubeFed itself: the one that is wanted, else the one that holds its clusters and type configs.
 *
 * @param where for people: the name of the host, or of the dump.
 * @throws {GitfedError} `USAGE` where there is none, or more than one.
 */
export function chooseNamespace(
  objects: readonly SourceObject[],
  { where, wanted }: { readonly where: string; readonly wanted: string | undefined },
): string {
  const kinds = Map.groupBy(
    objects.map(({ object }) => modernized(object)).filter((object) => isSetting(object)),
    (object) => textIn(metadataOf(object), 'namespace'),
  );
  const known = [...kinds.keys()].sort(compareText);
  const namespace = wanted ?? (known.length === 1 ? known[0] : undefined);
  if (namespace === undefined) {
    throw new GitfedError(
      'USAGE',
      known.length === 0
        ? `${where} has no KubeFed in use: no KubeFedCluster and no FederatedTypeConfig was found. Nothing was written.`
        : `${where} has KubeFed in more than one namespace: ${list(known, 20)}. Nothing was written. Choose one with --kubefed-namespace.`,
    );
  }
  const here = kinds.get(namespace) ?? [];
  if (here.length === 0) {
    const others = known.length === 0 ? '' : ` It is in: ${list(known, 20)}.`;
    throw new GitfedError(
      'USAGE',
      `${where} has no KubeFed in the namespace ${namespace}.${others} Nothing was written. Name its namespace with --kubefed-namespace.`,
    );
  }
  const missing = ['KubeFedCluster', 'FederatedTypeConfig'].filter(
    (kind) => !here.some((object) => object['kind'] === kind),
  );
  if (missing.length === 0) return namespace;
  throw new GitfedError(
    'USAGE',
    `${where} has no ${missing.join(' and no ')} in the namespace ${namespace}: there is nothing to federate. Nothing was written. See: kubectl get kubefedclusters,federatedtypeconfigs -n ${namespace}`,
  );
}

function isSetting(object: SourceObject['object']): boolean {
  return groupOf(object) === 'core.kubefed.io' && KINDS.has(textIn(object, 'kind'));
}
