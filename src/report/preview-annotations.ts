import type { FederatedObject } from '../api/index.ts';
import { formatObjectId, locate, type NodePath, objectIdKey, parseFieldPath } from '../core/index.ts';
import { compareRisks } from './change-phrases.ts';
import type { NamedRisk, RiskCode } from './change-risks.ts';
import { namedClusters } from './change-scope.ts';
import { allRisks, riskJoint } from './change-wording.ts';
import { messageWithCluster } from './findings.ts';
import { compareFindingLists } from './preview-findings.ts';
import type { PreviewAnnotation, PreviewInput } from './preview-types.ts';

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

function gateAnnotations({ gates = [] }: PreviewInput): readonly PreviewAnnotation[] {
  return gates.flatMap(({ gate, passed, message, allowedBy }): readonly PreviewAnnotation[] => {
    if (passed && allowedBy === undefined) return [];
    const level = passed ? 'notice' : 'error';
    return [{ ...NOWHERE, level, title: `Gate ${gate}${passed ? ', allowed' : ''}`, message }];
  });
}

function findingAnnotations({ baseFindings, headFindings }: PreviewInput): readonly PreviewAnnotation[] {
  return compareFindingLists(baseFindings, headFindings).head.map(({ finding, isNew }) => {
    const { file, line, column, severity, code } = finding;
    const title = isNew ? code : `${code}, was there before`;
    return { level: isNew ? severity : 'notice', file, line, column, title, message: messageWithCluster(finding) };
  });
}

function riskAnnotations({ changes, model }: PreviewInput): readonly PreviewAnnotation[] {
  const risks = allRisks(changes).toSorted(compareRisks);
  const ids = new Set(risks.flatMap(({ id }) => (id === undefined ? [] : [objectIdKey(id)])));
  const objects = new Map(
    (model?.objects ?? []).flatMap((object) => {
      const key = objectIdKey(object.target);
      return ids.has(key) ? [[key, object] as const] : [];
    }),
  );
  return risks.map((risk) => {
    const object = risk.id === undefined ? undefined : objects.get(objectIdKey(risk.id));
    const about = risk.id === undefined ? '' : `${formatObjectId(risk.id)}: `;
    const field = risk.field === undefined ? '' : `${risk.field} `;
    const message = `${about}${field}${risk.message}${riskJoint(risk)}${namedClusters(risk.clusters)}`;
    const place = object === undefined ? NOWHERE : locate(object.source, causeOf(object, risk));
    return { level: 'warning', file: place.file, line: place.line, column: place.column, title: risk.code, message };
  });
}

const PLACED: ReadonlySet<RiskCode> = new Set(['WorkloadLeaves', 'PlacementEmpty', 'SelectorWidens', 'ManyDeletions']);

/** What in the source the risk comes from: the placement, the override of its first cluster, or the template. */
function causeOf(object: FederatedObject, risk: NamedRisk): NodePath {
  if (PLACED.has(risk.code)) return ['spec', 'placement'];
  const steps = stepsOf(risk);
  const [cluster] = risk.clusters;
  const override = overridePath(object, cluster, steps);
  return override ?? ['spec', 'template', ...steps];
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
