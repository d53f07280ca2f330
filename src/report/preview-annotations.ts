import { type FederatedObject, federatedObjectName, type ReplicaSchedulingPreference } from '../api/index.ts';
import {
  formatObjectId,
  locate,
  type NodePath,
  objectIdKey,
  type Position,
  parseFieldPath,
  stringifyJson,
} from '../core/index.ts';
import { compareRisks } from './change-phrases.ts';
import type { NamedRisk, RiskCode } from './change-risks.ts';
import { namedClusters } from './change-scope.ts';
import { allRisks, riskJoint } from './change-wording.ts';
import { messageWithCluster } from './findings.ts';
import { plainText } from './plain-text.ts';
import { compareFindingLists } from './preview-findings.ts';
import type { PreviewAnnotation, PreviewInput } from './preview-types.ts';
import { list } from './wording.ts';

const LEVELS = ['error', 'warning', 'notice'] as const;
const NOWHERE = { file: '', line: 1, column: 1 };

/** What a reviewer is told at the lines of the source: gates and findings, then risks; the most severe first. */
export function previewAnnotations(input: PreviewInput, most: number): readonly PreviewAnnotation[] {
  const all = [...gateAnnotations(input), ...findingAnnotations(input), ...riskAnnotations(input)];
  return LEVELS.flatMap((level) =>
    cutLevel(
      all.filter((one) => one.level === level),
      most,
    ),
  );
}

function cutLevel(all: readonly PreviewAnnotation[], most: number): readonly PreviewAnnotation[] {
  const [first] = all;
  if (all.length <= most || first === undefined) return all;
  const left = all.length - most + 1;
  const message = `${left} more are not shown here. The complete report has all of them.`;
  return [...all.slice(0, most - 1), { ...NOWHERE, level: first.level, title: 'More', message }];
}

function gateAnnotations({ gates }: PreviewInput): readonly PreviewAnnotation[] {
  return (gates?.results ?? []).flatMap(({ gate, passed, message, allowedBy }): readonly PreviewAnnotation[] => {
    if (passed && allowedBy === undefined) return [];
    const level = passed ? 'notice' : 'error';
    return [{ ...NOWHERE, level, title: `Gate ${gate}${passed ? ', allowed' : ''}`, message: plainText(message) }];
  });
}

function findingAnnotations({ baseFindings, headFindings }: PreviewInput): readonly PreviewAnnotation[] {
  return compareFindingLists(baseFindings, headFindings).head.map(({ finding, isNew }) => {
    const { file, line, column, severity, code } = finding;
    const title = isNew ? code : `${code}, was there before`;
    return {
      level: isNew ? severity : 'notice',
      file,
      line,
      column,
      title,
      message: plainText(messageWithCluster(finding)),
    };
  });
}

function riskAnnotations({ changes, model }: PreviewInput): readonly PreviewAnnotation[] {
  const risks = allRisks(changes).toSorted(compareRisks);
  const sources = new SourceFinder(model, risks);
  const placed = risks.map((risk) => ({ risk, place: sources.placeOf(risk) }));
  // What stands at no line is said once for all of them.
  const folded = foldEqualRisks(placed.filter(({ place }) => place === undefined).map(({ risk }) => risk));
  return [
    ...placed.flatMap(({ risk, place }) => (place === undefined ? [] : [riskAnnotation(risk, [risk], place)])),
    ...folded.map(([risk, ...rest]) => riskAnnotation(risk, [risk, ...rest], NOWHERE)),
  ];
}

function foldEqualRisks(risks: readonly NamedRisk[]): readonly (readonly [NamedRisk, ...NamedRisk[]])[] {
  const equal = Map.groupBy(risks, ({ code, message, clusters }) => stringifyJson([code, message, clusters]));
  return [...equal.values()].flatMap(([first, ...rest]) => (first === undefined ? [] : [[first, ...rest] as const]));
}

function riskAnnotation(
  risk: NamedRisk,
  same: readonly NamedRisk[],
  { file, line, column }: Pick<PreviewAnnotation, 'file' | 'line' | 'column'>,
): PreviewAnnotation {
  const names = list(same.flatMap(({ id }) => (id === undefined ? [] : [formatObjectId(id)])));
  const about = names === '' ? '' : `${names}: `;
  const field = risk.field === undefined ? '' : `${risk.field} `;
  const message = `${about}${field}${risk.message}${riskJoint(risk)}${namedClusters(risk.clusters)}`;
  return { level: 'warning', file, line, column, title: risk.code, message: plainText(message) };
}

const PLACED: ReadonlySet<RiskCode> = new Set(['WorkloadLeaves', 'PlacementEmpty', 'SelectorWidens']);
const COUNTED: ReadonlySet<RiskCode> = new Set(['ReplicasToZero', 'ReplicasHalved']);

/** Looks up what in the source a risk comes from: the placement, a preference, the override of its first cluster, or the template. */
class SourceFinder {
  readonly #objects: ReadonlyMap<string, FederatedObject>;
  readonly #preferences: ReadonlyMap<string, ReplicaSchedulingPreference>;

  constructor(model: PreviewInput['model'], risks: readonly NamedRisk[]) {
    const ids = new Set(risks.flatMap(({ id }) => (id === undefined ? [] : [objectIdKey(id)])));
    const objects = (model?.objects ?? []).map((object) => [objectIdKey(object.target), object] as const);
    this.#objects = new Map(objects.filter(([key]) => ids.has(key)));
    const preferences = model?.preferences ?? [];
    this.#preferences = new Map(preferences.map((one) => [`${one.targetKind}/${one.namespace}/${one.name}`, one]));
  }

  placeOf(risk: NamedRisk): (Position & { readonly file: string }) | undefined {
    const object = risk.id === undefined ? undefined : this.#objects.get(objectIdKey(risk.id));
    if (object === undefined) return undefined;
    if (PLACED.has(risk.code)) return locate(object.source, ['spec', 'placement']);
    const preference = COUNTED.has(risk.code) ? this.#preferences.get(federatedObjectName(object)) : undefined;
    if (preference !== undefined) return locate(preference.source, preferencePath(preference, risk.clusters[0]));
    const steps = stepsOf(risk);
    return locate(object.source, overridePath(object, risk.clusters[0], steps) ?? ['spec', 'template', ...steps]);
  }
}

function preferencePath({ clusters }: ReplicaSchedulingPreference, cluster: string | undefined): NodePath {
  const entry = cluster !== undefined && clusters.has(cluster) ? cluster : undefined;
  return entry === undefined ? ['spec', 'totalReplicas'] : ['spec', 'clusters', entry];
}

function stepsOf({ code, field, keys }: NamedRisk): NodePath {
  if (code === 'ReplicasToZero' || code === 'ReplicasHalved') return ['spec', 'replicas'];
  if (code === 'WildcardRule') return ['rules'];
  if (code === 'SecretChanges') return keys?.[0] === undefined ? ['data'] : ['data', keys[0]];
  const parsed = field === undefined ? undefined : parseFieldPath(field);
  if (parsed?.ok !== true) return [];
  const plain = parsed.steps.findIndex((step) => typeof step === 'object');
  return parsed.steps.slice(0, plain < 0 ? undefined : plain).filter((step) => typeof step !== 'object');
}

function overridePath(
  { overrides }: FederatedObject,
  cluster: string | undefined,
  steps: NodePath,
): NodePath | undefined {
  if (!overrides.ok || cluster === undefined) return undefined;
  const entry = overrides.value.find(({ clusterName }) => clusterName === cluster);
  const pointer = `/${steps.join('/')}`;
  const at =
    entry?.operations.findLastIndex(
      ({ path }) => path === pointer || path.startsWith(`${pointer}/`) || pointer.startsWith(`${path}/`),
    ) ?? -1;
  return entry === undefined || at < 0 ? undefined : ['spec', 'overrides', entry.index, 'clusterOverrides', at];
}
