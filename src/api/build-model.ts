import { compareObjectIds, compareText, objectIdKey } from '../core/index.ts';
import { classify, type ObjectClass } from './classify.ts';
import { readConfiguration } from './configuration.ts';
import { isCustomResourceDefinition, readDefinition } from './custom-resource-definition.ts';
import { type RawObject, top } from './documents.ts';
import { readFederatedObjects } from './federated-objects.ts';
import type { FederatedTypes } from './federated-types.ts';
import { readFederation } from './federation.ts';
import type { RepositorySnapshot } from './files.ts';
import { FindingCollector } from './finding-collector.ts';
import { lintModel } from './lint.ts';
import { preferenceTarget } from './lint-input.ts';
import { describeObject } from './metadata.ts';
import type { Configuration, HeldTarget, Model } from './model.ts';
import { ModelMemo } from './model-memo.ts';
import { holdTargets, readPreferences } from './preferences.ts';
import { readCredentials } from './secrets.ts';
import { withFeatureGates } from './suspend.ts';
import { quote } from './wording.ts';

/**
 * Reads a repository: typed objects, and a finding with file, line and column for everything in doubt. Pure; never throws on any
 * content. What findings hold back is in `holds`, `heldTargets` and the parts of objects that are not `ok`.
 *
 * @param memo what an earlier model left: it makes this one faster, and never another one.
 * @param last the settings that count where `gitfed.yaml` is in error. Default: those of its own that are not, and defaults.
 */
export function buildModel(
  snapshot: RepositorySnapshot,
  memo: ModelMemo = new ModelMemo(),
  last?: Configuration,
): Model {
  const collector = new FindingCollector();
  const { configuration: own, findings } = readConfiguration(snapshot.configuration);
  const isBroken = findings.some(({ code }) => code === 'InvalidConfiguration');
  const configuration = isBroken && last !== undefined ? last : own;
  collector.addAll(findings, true);
  if (!snapshot.complete) reportIncomplete(configuration, collector);

  const { fileBytes, documentNodes, depth } = configuration.limits;
  const raws = snapshot.entries.flatMap((entry) =>
    collector.take(memo.files.get(entry, fileBytes, documentNodes, depth)),
  );
  const sorted = sortObjects(raws);
  const federation = readFederation(
    { kubeFedConfigs: sorted.kubeFedConfig, clusters: sorted.cluster, typeConfigs: sorted.typeConfig },
    memo,
    collector,
  );
  const credentials = readCredentials(sorted.secret, configuration, collector);
  for (const raw of sorted.notSupported) reportNotSupported(raw, collector);
  for (const raw of sorted.unknown) reportUnknown(raw, collector);
  const isFederated = ({ group }: RawObject): boolean => federation.types.hasGroup(group);
  const isOurs = (raw: RawObject): boolean => isFederated(raw) || isFederatedDefinition(raw, federation.types);
  for (const raw of sorted.other) if (!isOurs(raw)) reportForeign(raw, collector);

  const { preferences, active, broken } = readPreferences(sorted.preference, federation, memo, collector);
  // A preference that intersects reads the selector, so that an invalid one stays an error.
  const planned = active.filter((preference) => !preference.intersectWithClusterSelector);
  const plannedNames = new Set(planned.map(preferenceTarget));
  const federated = sorted.other.filter(isFederated);
  const read = readFederatedObjects(federated, federation, (name) => plannedNames.has(name), memo, collector);
  const { objects, held } = holdTargets(read.objects, broken);
  if (collector.holds.length === 0 && isEmpty(sorted, federated)) reportEmpty(collector);
  lintModel({ configuration, federation, read, objects, preferences: active }, memo, collector);
  return {
    configuration: withFeatureGates(configuration, federation.kubeFedConfig),
    kubeFedConfig: federation.kubeFedConfig,
    systemNamespace: federation.systemNamespace,
    types: federation.types.configured,
    clusters: federation.clusters,
    objects,
    namespaces: read.namespaces,
    preferences,
    findings: collector.findings,
    holds: collector.holds,
    heldTargets: sortHeld([...read.heldTargets, ...held]),
    ...(credentials.length === 0 ? {} : { credentials }),
  };
}

type SortedObjects = Readonly<Record<ObjectClass, readonly RawObject[]>>;

function sortObjects(raws: readonly RawObject[]): SortedObjects {
  const sorted: Record<ObjectClass, RawObject[]> = {
    cluster: [],
    typeConfig: [],
    kubeFedConfig: [],
    preference: [],
    secret: [],
    accepted: [],
    notSupported: [],
    unknown: [],
    other: [],
  };
  for (const raw of raws) sorted[classify(raw)].push(raw);
  return sorted;
}

function reportIncomplete(configuration: Configuration, collector: FindingCollector): void {
  const message = `The repository has more than ${configuration.limits.files} files: not all of them were read, and nothing is deleted. Use a path below it, .gitfedignore, or raise limits.files in gitfed.yaml.`;
  collector.addAt('RepositoryTooLarge', top(''), message, { hold: true });
}

/** Without any of these there is nothing to do; a Secret or a Namespace alone does not count. */
function isEmpty(sorted: SortedObjects, federated: readonly RawObject[]): boolean {
  const { cluster, typeConfig, kubeFedConfig, preference } = sorted;
  return [cluster, typeConfig, kubeFedConfig, preference, federated].every((list) => list.length === 0);
}

function reportEmpty(collector: FindingCollector): void {
  const message =
    'Nothing to do: there is no federated object and no KubeFedCluster here. "gitfed init" writes a repository to start with.';
  collector.addAt('EmptyRepository', top(''), message);
}

/** The definition of a federated kind in KubeFed's host cluster: nothing is read from it, and it is no mistake here. */
function isFederatedDefinition({ object }: RawObject, types: FederatedTypes): boolean {
  if (!isCustomResourceDefinition(object)) return false;
  const read = readDefinition(object);
  return read.ok && types.hasGroup(read.target.group) && read.target.kind.startsWith('Federated');
}

function reportForeign(raw: RawObject, collector: FindingCollector): void {
  const label = describeObject(raw);
  const kind = quote(raw.group === '' ? raw.kind : `${raw.kind}.${raw.group}`);
  const message = `${label}: ${kind} is not a federated object and is not applied. Wrap it in a Federated${/^\w+$/.test(raw.kind) ? raw.kind : ' kind'}, or list the file in .gitfedignore.`;
  collector.add('NotFederated', raw.source, [], message, { object: label });
}

function reportNotSupported(raw: RawObject, collector: FindingCollector): void {
  const label = describeObject(raw);
  const why =
    raw.kind === 'Configuration'
      ? 'the configuration is read from gitfed.yaml only'
      : 'objects of this kind are recognised and not supported yet: it is ignored';
  collector.add('NotSupported', raw.source, [], `${label}: ${why}`, { object: label });
}

function reportUnknown(raw: RawObject, collector: FindingCollector): void {
  const label = describeObject(raw);
  const message = `${label}: group ${raw.group} has no kind ${quote(raw.kind)}: correct the spelling (case matters)`;
  collector.add('UnknownFederatedType', raw.source, ['kind'], message, { object: label, hold: true });
}

function sortHeld(held: readonly HeldTarget[]): readonly HeldTarget[] {
  const unique = new Map(held.map((item) => [`${objectIdKey(item.target)}\n${item.object}`, item]));
  return [...unique.values()].toSorted(
    (a, b) => compareObjectIds(a.target, b.target) || compareText(a.object, b.object),
  );
}
