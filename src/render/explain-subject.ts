import { type FederatedObject, type FederatedType, federatedObjectName, type Model, pluralName } from '../api/index.ts';
import { SHORT_NAMES } from '../api/short-names.ts';
import { compareText, type Finding, type ObjectId } from '../core/index.ts';
import { findingsAbout, textOf } from './explain.ts';
import { unregisteredRule } from './explain-placement.ts';
import type { ClusterExplanation, Explanation, PlacementRule } from './explain-types.ts';

/** What a person wants explained. */
export interface Subject {
  /** A kind as kubectl takes it: federated or of the target, in any case, also the plural, a short name, or with `.group`. */
  readonly kind: string;
  /** Absent: whatever namespace has it. */
  readonly namespace?: string;
  readonly name: string;
}

/** What a repository has of a subject. */
export type FoundSubject =
  | { readonly type: 'object'; readonly object: FederatedObject }
  /** It is there, and not rendered: in error, ignored, or not federated. */
  | { readonly type: 'leftOut'; readonly explanation: Explanation }
  /** More than one, by their names. */
  | { readonly type: 'several'; readonly names: readonly string[] }
  /** None. `names` are those of the federated objects of this kind, and `kinds` what the kinds in the repository are called. */
  | { readonly type: 'none'; readonly names: readonly string[]; readonly kinds: readonly string[] };

/** Finds what a person means. Pure. */
export function findSubject(model: Model, subject: Subject): FoundSubject {
  const wanted = { ...subject, kind: subject.kind.toLowerCase() };
  const found = model.objects.filter((object) => isNamed(object.id, wanted) && kindNames(object.type).has(wanted.kind));
  const [first] = found;
  if (first !== undefined && found.length === 1) return { type: 'object', object: first };
  if (found.length > 1) return { type: 'several', names: found.map(federatedObjectName) };
  const leftOut = leftOutNames(model, wanted);
  const [name] = leftOut;
  if (name !== undefined && leftOut.length === 1) return { type: 'leftOut', explanation: explainLeftOut(model, name) };
  if (leftOut.length > 1) return { type: 'several', names: leftOut };
  const ofKind = model.objects.filter(({ type }) => kindNames(type).has(wanted.kind));
  const kinds = new Set(model.objects.flatMap(({ type }) => [...kindNames(type)]));
  return { type: 'none', names: ofKind.map(federatedObjectName), kinds: [...kinds].sort(compareText) };
}

function isNamed(id: ObjectId, { namespace, name }: Subject): boolean {
  return id.name === name && (namespace === undefined || id.namespace === namespace || id.namespace === '');
}

/** Everything that a federated type is called, in lower case. */
function kindNames({ target, federated, name }: FederatedType): ReadonlySet<string> {
  const short = Object.hasOwn(SHORT_NAMES, name) ? SHORT_NAMES[name] : undefined;
  const plain = [federated.kind, federated.plural, target.kind, target.plural];
  const grouped = [
    ...[federated.kind, federated.plural].map((word) => `${word}.${federated.group}`),
    ...[target.kind, target.plural].map((word) => `${word}.${target.group}`),
  ];
  // KubeFed's own short names have an f in front.
  const shorts = short === undefined ? [] : [short, `f${short}`];
  return new Set([...plain, ...grouped, ...shorts].map((word) => word.toLowerCase()));
}

/** Objects that findings or `heldTargets` name, and the model has not. */
function leftOutNames(model: Model, wanted: Subject): readonly string[] {
  const present = new Set(model.objects.map(federatedObjectName));
  const labels = new Set([
    ...model.heldTargets.map(({ object }) => object),
    ...model.findings.flatMap(({ object }) => object ?? []),
  ]);
  return [...labels].filter((label) => !present.has(label) && isLabelOf(label, wanted)).sort(compareText);
}

function isLabelOf(label: string, wanted: Subject): boolean {
  const [kind = '', ...rest] = label.split('/');
  const name = rest.at(-1);
  const namespace = rest.length > 1 ? (rest[0] ?? '') : '';
  if (name === undefined || !isNamed({ group: '', kind, namespace, name }, wanted)) return false;
  const bare = kind.toLowerCase().replace(/^federated/, '');
  const words = [kind.toLowerCase(), bare, pluralName(bare), pluralName(kind)];
  const [asked = ''] = wanted.kind.split('.');
  const short = Object.entries(SHORT_NAMES).find(([plural]) => plural.split('.')[0] === pluralName(bare))?.[1];
  return words.includes(asked) || (short !== undefined && [short, `f${short}`].includes(asked));
}

/** Why an object that is in the repository is rendered nowhere: what the findings about it say. */
function explainLeftOut(model: Model, object: string): Explanation {
  const held = model.heldTargets.find((item) => item.object === object);
  const name = object.slice(object.indexOf('/') + 1);
  // A preference in error holds its target.
  const labels = held === undefined ? [object] : [object, `ReplicaSchedulingPreference/${name}`];
  const findings = findingsAbout(model.findings, labels);
  const error = findings.find(({ severity }) => severity === 'error');
  const isHeld = held !== undefined || error !== undefined;
  const rule: PlacementRule = {
    by: 'Object',
    code: isHeld ? 'InError' : 'NotApplied',
    effect: isHeld ? 'Holds' : 'Excludes',
    ...textOf(error ?? findings[0]),
  };
  const first = firstAbout(findings, object);
  return {
    object,
    ...(held === undefined ? {} : { target: held.target }),
    ...(first === undefined ? {} : { place: { file: first.file, line: first.line, column: first.column } }),
    clusters: model.clusters.map(({ name: cluster }): ClusterExplanation => {
      return { cluster, state: isHeld ? 'Held' : 'NotPlaced', rules: [rule] };
    }),
    overrides: [],
    findings,
  };
}

function firstAbout(findings: readonly Finding[], object: string): Finding | undefined {
  return findings.find((finding) => finding.object === object);
}

/** An explanation with clusters that are not registered, and were asked for. */
export function withAskedClusters(model: Model, explanation: Explanation, asked: readonly string[]): Explanation {
  const known = new Set(explanation.clusters.map(({ cluster }) => cluster));
  const missing = [...new Set(asked)].filter((name) => !known.has(name)).sort(compareText);
  const added = missing.map((cluster): ClusterExplanation => {
    return { cluster, state: 'NotPlaced', rules: [unregisteredRule(model, undefined, cluster)] };
  });
  return { ...explanation, clusters: [...explanation.clusters, ...added] };
}
