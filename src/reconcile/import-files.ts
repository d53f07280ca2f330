import { compareText, formatYaml, type JsonObject } from '../core/index.ts';
import { outputFolder, pathInCluster } from '../render/index.ts';
import { configurationHead } from './configuration-head.ts';
import { groupOf, metadataOf, textIn } from './import-objects.ts';
import type { TypeSpec } from './import-type-configs.ts';
import type { ImportedObject, KeptObject } from './import-types.ts';

/** Names of files that make a directory one of other programs. */
const FOREIGN = /^(?:kustomization|chart)$/i;

/** Where an object lies, as `gitfed init` and `gitfed federate` lay it. Pure. */
export function fileOf(manifest: JsonObject, type: TypeSpec | undefined): string {
  const metadata = metadataOf(manifest);
  const [namespace, name] = [textIn(metadata, 'namespace'), textIn(metadata, 'name')];
  if (type !== undefined) {
    const { group, kind } = type.target;
    return pathInCluster({ group, kind: kind === '' ? type.kind : kind, namespace, name });
  }
  const kind = textIn(manifest, 'kind');
  if (kind === 'KubeFedCluster') return `clusters/${fileName(name)}.yaml`;
  if (kind === 'FederatedTypeConfig') return `types/${fileName(name)}.yaml`;
  if (kind === 'KubeFedConfig')
    return name === 'kubefed' ? 'kubefed-config.yaml' : `kubefed-config-${fileName(name)}.yaml`;
  return pathInCluster({
    group: groupOf(manifest) === 'scheduling.kubefed.io' ? '' : groupOf(manifest),
    kind,
    namespace,
    name,
  });
}

/** A name as the name of a file, without its end. */
export function fileName(name: string): string {
  const encoded = outputFolder(name);
  return FOREIGN.test(encoded) ? `${encoded}-cluster` : encoded;
}

/** Sorted by file, and no two in one file, not even where capitals do not count. */
export function withUniqueFiles(objects: readonly ImportedObject[]): readonly ImportedObject[] {
  const taken = new Set<string>();
  return objects
    .toSorted((a, b) => compareText(a.file, b.file) || compareText(a.name, b.name))
    .map((object) => {
      const stem = object.file.replace(/\.yaml$/, '');
      let file = object.file;
      for (let number = 2; taken.has(file.toLowerCase()); number += 1) file = `${stem}-${number}.yaml`;
      taken.add(file.toLowerCase());
      return { ...object, file };
    });
}

export interface ImportedSettings {
  readonly inventory: string;
  readonly keepLive: readonly KeptObject[];
  /** A preference names a kind that only gitfed schedules. */
  readonly hasIdlePreference: boolean;
}

/** The text of `gitfed.yaml`. Pure. */
export function importedConfiguration({ inventory, keepLive, hasIdlePreference }: ImportedSettings): string {
  const parts = [
    `${configurationHead(inventory)}# KubeFed never applied the annotations of templates. Without this line gitfed applies them.
templateAnnotations: Drop
`,
    ...(hasIdlePreference
      ? [
          `# KubeFed schedules Deployments and ReplicaSets alone, and a preference names another kind. Without this gitfed would act on it.
scheduling:
  anyReplicasKind: false
`,
        ]
      : []),
    ...(keepLive.length === 0
      ? []
      : [
          `# Secrets that KubeFed applied and that are not in this repository. The members keep them as they are: they are neither applied nor deleted.
# To have one from here again, write its FederatedSecret and take its entry away.
${formatYaml({ keepLive: keepLive.map(({ group, kind, namespace, name }) => ({ group, kind, namespace, name })) })}`,
        ]),
  ];
  return parts.join('');
}
