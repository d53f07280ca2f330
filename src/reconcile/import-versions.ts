import { isJsonObject, type JsonObject } from '../core/index.ts';
import { listIn, mappingIn, metadataOf, textIn } from './import-objects.ts';
import type { PropagatedVersions } from './import-types.ts';

/** What KubeFed noted of what it has written, by namespace and `kind-name` as it calls its notes. Pure. */
export function propagatedVersions(notes: readonly JsonObject[]): PropagatedVersions {
  return new Map(
    notes.map((note) => {
      const metadata = metadataOf(note);
      const versions = listIn(mappingIn(note, 'status'), 'clusterVersions').flatMap((entry) =>
        isJsonObject(entry) ? [[textIn(entry, 'clusterName'), textIn(entry, 'version')] as const] : [],
      );
      return [`${textIn(metadata, 'namespace')}/${textIn(metadata, 'name')}`, new Map(versions)] as const;
    }),
  );
}

/**
 * What KubeFed's own note says about an object that differs: a sentence, or nothing where it says nothing.
 *
 * @param target the object in the member.
 * @param namespace of the federated object.
 * @param live the object as it is there.
 */
export function whatKubeFedNoted(
  versions: PropagatedVersions,
  target: { readonly kind: string; readonly namespace: string; readonly name: string },
  { cluster, namespace, live }: { readonly cluster: string; readonly namespace: string; readonly live: JsonObject },
): string | undefined {
  const noted = versions.get(`${namespace}/${target.kind.toLowerCase()}-${target.name}`);
  if (noted === undefined) return undefined;
  const recorded = noted.get(cluster);
  if (recorded === undefined) return 'KubeFed has not brought its last change there.';
  const { generation, resourceVersion } = metadataOf(live);
  const now =
    generation === undefined || generation === 0 ? `rv:${String(resourceVersion)}` : `gen:${String(generation)}`;
  return now === recorded ? undefined : 'It was changed there since KubeFed wrote it last.';
}
