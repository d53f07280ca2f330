import { type CredentialSecret, isDns1123Subdomain } from '../api/index.ts';
import { compareText, isJsonObject, type JsonObject } from '../core/index.ts';
import { fileOf, withUniqueFiles } from './import-files.ts';
import { modernized } from './import-legacy.ts';
import {
  authored,
  groupOf,
  labelOf,
  listIn,
  mappingIn,
  metadataOf,
  textIn,
  withoutLastApplied,
} from './import-objects.ts';
import { isIdleKind, scheduledTargets, withoutSchedule } from './import-preferences.ts';
import { readTypeSpec, type TypeSpec } from './import-type-configs.ts';
import type { Conversion, ImportedObject, ImportNote, NotImportable, SourceObject } from './import-types.ts';
import { propagatedVersions } from './import-versions.ts';

const CORE = 'core.kubefed.io';

/** What a host cluster holds of KubeFed, by what it is for. */
interface Sorted {
  readonly clusters: readonly SourceObject[];
  readonly types: readonly SourceObject[];
  readonly configs: readonly SourceObject[];
  readonly preferences: readonly SourceObject[];
  readonly federated: readonly SourceObject[];
  readonly secrets: readonly JsonObject[];
  readonly versions: readonly JsonObject[];
  /** Of KubeFed, and nothing that gitfed has. */
  readonly others: readonly SourceObject[];
}

/**
 * Makes the objects of a repository of the objects of a host cluster: in today's spelling, without what controllers and servers added, and without
 * what KubeFed's scheduler wrote. What is not KubeFed's is passed over. Pure.
 *
 * @param systemNamespace where KubeFed itself is.
 */
export function convertInstallation(objects: readonly SourceObject[], systemNamespace: string): Conversion {
  const modern = objects.map(({ object, where }) => ({ object: modernized(object), where }));
  const sorted = sort(modern, systemNamespace);
  const notes: ImportNote[] = [];
  const notImportable: NotImportable[] = [];
  const standing = <T extends SourceObject>(all: readonly T[]): readonly T[] =>
    all.filter((one) => {
      const reason = whyGoing(one.object);
      if (reason !== undefined) notImportable.push({ object: labelOf(one.object), where: one.where, reason });
      return reason === undefined;
    });
  const types = standing(sorted.types);
  const specs = types.flatMap(({ object }) => readTypeSpec(object));
  const preferences = standing(sorted.preferences);
  const scheduled = scheduledTargets(
    preferences.map(({ object }) => object),
    {
      enabledTypes: new Set(specs.filter(({ isEnabled }) => isEnabled).map(({ name }) => name)),
      isEnabled: isSchedulerEnabled(sorted.configs),
    },
  );
  const federated = standing(sorted.federated).flatMap((one) => {
    const type = specs.find(({ group, kind }) => group === groupOf(one.object) && kind === one.object['kind']);
    if (type === undefined) {
      const reason = 'is of a kind that no FederatedTypeConfig names: KubeFed leaves it alone, and gitfed would not.';
      notImportable.push({ object: labelOf(one.object), where: one.where, reason });
      return [];
    }
    const { manifest, notes: told } = convertFederated(one.object, scheduled);
    notes.push(...told);
    return [{ name: labelOf(one.object), file: fileOf(manifest, type), manifest, isSecret: type.isSecret }];
  });
  for (const { object } of sorted.others) {
    notes.push({ object: labelOf(object), text: 'was left out: gitfed has nothing of this kind.' });
  }
  const clusters = standing(sorted.clusters);
  const plain = [...clusters, ...types, ...standing(sorted.configs), ...preferences].map(
    ({ object }): ImportedObject => {
      const manifest = authored(object);
      return { name: labelOf(object), file: fileOf(manifest, undefined), manifest, isSecret: false };
    },
  );
  return {
    systemNamespace,
    objects: withUniqueFiles([...plain, ...federated]),
    credentials: credentialsOf(clusters, sorted.secrets, notes),
    notImportable: notImportable.toSorted((a, b) => compareText(a.object, b.object)),
    notes: notes.toSorted((a, b) => compareText(a.object, b.object)),
    hasIdlePreference: preferences.some(({ object }) => isIdleKind(object)),
    unready: clusters
      .flatMap(({ object }) => (isUnready(object) ? [textIn(metadataOf(object), 'name')] : []))
      .sort(compareText),
    propagated: propagatedVersions(sorted.versions),
  };
}

function sort(objects: readonly SourceObject[], systemNamespace: string): Sorted {
  const kinds = new Set(
    objects.filter(({ object }) => isOf(object, CORE, 'FederatedTypeConfig')).flatMap(({ object }) => kindsOf(object)),
  );
  const isHere = ({ object }: SourceObject): boolean => textIn(metadataOf(object), 'namespace') === systemNamespace;
  const of = (group: string, ...names: readonly string[]): readonly SourceObject[] =>
    objects.filter(({ object }) => names.some((kind) => isOf(object, group, kind)));
  const isFederated = ({ object }: SourceObject): boolean => {
    const kind = String(object['kind']);
    return (
      kinds.has(`${groupOf(object)}/${kind}`) ||
      (groupOf(object) === 'types.kubefed.io' && kind.startsWith('Federated'))
    );
  };
  const known = new Set([
    'KubeFedCluster',
    'FederatedTypeConfig',
    'KubeFedConfig',
    'PropagatedVersion',
    'ClusterPropagatedVersion',
    'FederatedServiceStatus',
  ]);
  return {
    clusters: of(CORE, 'KubeFedCluster').filter(isHere),
    types: of(CORE, 'FederatedTypeConfig').filter(isHere),
    configs: of(CORE, 'KubeFedConfig').filter(isHere),
    preferences: of('scheduling.kubefed.io', 'ReplicaSchedulingPreference'),
    federated: objects.filter(isFederated),
    secrets: of('', 'Secret')
      .filter(isHere)
      .map(({ object }) => object),
    versions: of(CORE, 'PropagatedVersion', 'ClusterPropagatedVersion').map(({ object }) => object),
    others: objects.filter((one) => {
      const group = groupOf(one.object);
      if (group === 'multiclusterdns.kubefed.io') return true;
      return group === CORE && !known.has(String(one.object['kind']));
    }),
  };
}

function isOf(object: JsonObject, group: string, kind: string): boolean {
  return object['kind'] === kind && groupOf(object) === group;
}

function kindsOf(config: JsonObject): readonly string[] {
  return readTypeSpec(config).map(({ group, kind }: TypeSpec) => `${group}/${kind}`);
}

/** A cluster without a status was not looked at yet. */
function isUnready(cluster: JsonObject): boolean {
  const conditions = listIn(mappingIn(cluster, 'status'), 'conditions').filter(isJsonObject);
  return conditions.length > 0 && !conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Why an object is as good as gone. */
function whyGoing(object: JsonObject): string | undefined {
  if (!Object.hasOwn(metadataOf(object), 'deletionTimestamp')) return undefined;
  return 'is being deleted. Let KubeFed finish that, or take its finalizers off, and import again.';
}

function isSchedulerEnabled(configs: readonly SourceObject[]): boolean {
  const gates = configs.flatMap(({ object }) => listIn(mappingIn(object, 'spec'), 'featureGates'));
  return !gates.some(
    (gate) => isJsonObject(gate) && gate['name'] === 'SchedulerPreferences' && gate['configuration'] === 'Disabled',
  );
}

function convertFederated(
  object: JsonObject,
  scheduled: ReadonlySet<string>,
): { readonly manifest: JsonObject; readonly notes: readonly ImportNote[] } {
  const { object: unscheduled, notes } = scheduled.has(labelOf(object))
    ? withoutSchedule(object)
    : { object, notes: [] };
  const manifest = authored(unscheduled);
  const spec = manifest['spec'];
  if (!isJsonObject(spec) || !isJsonObject(spec['template'])) return { manifest, notes };
  return { manifest: { ...manifest, spec: { ...spec, template: withoutLastApplied(spec['template']) } }, notes };
}

function credentialsOf(
  clusters: readonly SourceObject[],
  secrets: readonly JsonObject[],
  notes: ImportNote[],
): readonly CredentialSecret[] {
  return clusters.flatMap(({ object }): readonly CredentialSecret[] => {
    const name = textIn(mappingIn(mappingIn(object, 'spec'), 'secretRef'), 'name');
    const secret = secrets.find((one) => textIn(metadataOf(one), 'name') === name);
    if (!isDns1123Subdomain(name) && name !== '') {
      notes.push({
        object: labelOf(object),
        text: 'has no credential: the name of its Secret is not one that a Secret can have.',
      });
      return [];
    }
    if (secret !== undefined) {
      const { metadata: _metadata, ...rest } = authored(secret);
      const named = { name, namespace: textIn(metadataOf(object), 'namespace') };
      return [{ ...named, object: { ...rest, metadata: named } }];
    }
    notes.push({
      object: labelOf(object),
      text: `has no credential: its Secret ${name === '' ? 'is not named' : `${name} was not found`}.`,
    });
    return [];
  });
}
