import { type FederatedObject, federatedObjectName, type KubeFedCluster, type Model } from '../api/index.ts';
import { compareFindings, compareText, type Finding, type JsonObject } from '../core/index.ts';
import { explainObservations } from './explain-observations.ts';
import { placeOf, valueAt } from './explain-place.ts';
import { placementRules, unregisteredRule } from './explain-placement.ts';
import { explainPlan, unregisteredNames } from './explain-plan.ts';
import type { ClusterExplanation, Explanation, OverrideExplanation, PlacementRule } from './explain-types.ts';
import { NOTHING_OBSERVED } from './observations.ts';
import type { Decision, PlacedObject } from './place-object.ts';
import { Placing } from './placing.ts';
import type { PlanStep } from './planner.ts';
import type { RenderOptions } from './render.ts';
import { registerSchedulers, type Schedulers } from './scheduler.ts';
import type { Observations } from './types.ts';

export interface ExplainOptions extends RenderOptions {
  readonly observations?: Observations;
}

/** How the renderer came to the manifests of one object: what explanations are made from. */
export interface ObjectTrace {
  readonly model: Model;
  readonly observations: Observations;
  readonly object: FederatedObject;
  readonly decision: Decision;
  readonly rendering: PlacedObject;
  readonly steps: readonly PlanStep[];
  readonly schedulers: Schedulers;
}

/** Renders one object of a model as `render` does, and remembers how. Pure. */
export function traceObject(model: Model, object: FederatedObject, options: ExplainOptions = {}): ObjectTrace {
  const { observations = NOTHING_OBSERVED, schedulers = registerSchedulers() } = options;
  const placing = new Placing(model, observations, schedulers, undefined);
  const steps: PlanStep[] = [];
  const { decision, placed } = placing.trace(object, (step) => steps.push(step));
  return { model, observations, object, decision, rendering: placed, steps, schedulers };
}

/** Says of every cluster why an object is there, or is not. Pure: agrees with what `render` makes of the same inputs. */
export function explainObject(trace: ObjectTrace): Explanation {
  const { model, object, decision } = trace;
  const findings = findingsOf(trace);
  const plan = explainPlan(model, decision.scheduled, trace.steps);
  return {
    object: federatedObjectName(object),
    target: object.target,
    place: placeOf(object.source, []),
    clusters: [
      ...model.clusters.map((cluster) => explainCluster(trace, cluster, findings)),
      ...[...unregisteredNames(model, object)].sort(compareText).map((cluster): ClusterExplanation => {
        return { cluster, state: 'NotPlaced', rules: [unregisteredRule(model, object, cluster)] };
      }),
    ],
    ...(plan === undefined ? {} : { plan: { ...plan, observations: explainObservations(trace) } }),
    overrides: explainOverrides(object),
    findings,
  };
}

function explainOverrides({ overrides, source }: FederatedObject): readonly OverrideExplanation[] {
  return (overrides.ok ? overrides.value : []).flatMap(({ clusterName, operations, index }) =>
    operations.map(({ op, path }, at): OverrideExplanation => {
      const place = placeOf(source, ['spec', 'overrides', index, 'clusterOverrides', at]);
      return { cluster: clusterName, op, pointer: path, place };
    }),
  );
}

function explainCluster(trace: ObjectTrace, cluster: KubeFedCluster, findings: readonly Finding[]): ClusterExplanation {
  const { model, observations, object, decision, rendering } = trace;
  const { name } = cluster;
  if (decision.type === 'held') return { cluster: name, state: 'Held', rules: [heldRule(trace, decision, findings)] };
  const rules = placementRules({ model, observations, object, decision }, cluster);
  if (rendering.heldEverywhere) {
    return { cluster: name, state: 'Held', rules: [...rules, invalidOverrides(object, findings)] };
  }
  if (rendering.held.includes(name)) {
    return { cluster: name, state: 'Held', rules: [...rules, overrideFailed(name, findings)] };
  }
  const placed = rendering.objects.find((entry) => entry.cluster === name);
  const replicas = rendering.replicas?.get(name);
  return {
    cluster: name,
    state: placed === undefined ? 'NotPlaced' : 'Placed',
    rules: [...rules, ...overriddenReplicas(placed?.rendered.manifest, replicas)],
    ...(replicas === undefined ? {} : { replicas }),
  };
}

/** An override of the replicas keeps its op beside a preference, and one of something above them comes last. */
function overriddenReplicas(manifest: JsonObject | undefined, planned: bigint | undefined): readonly PlacementRule[] {
  if (manifest === undefined || planned === undefined) return [];
  const written = valueAt(manifest, ['spec', 'replicas']);
  if (`${written}` === `${planned}`) return [];
  const what = written === undefined ? 'leave no spec.replicas' : 'set another spec.replicas';
  const text = `its overrides ${what}: the planned number is not written`;
  return [{ by: 'Preference', code: 'ReplicasOverridden', effect: 'Notes', text }];
}

/** Why an object is held back in every cluster. */
function heldRule(
  { object, model }: ObjectTrace,
  { reason }: Extract<Decision, { type: 'held' }>,
  findings: readonly Finding[],
): PlacementRule {
  const about = { by: 'Object', code: reason, effect: 'Holds' } as const;
  if (reason === 'PropagationDisabled') {
    const { source, name } = object.type;
    const text = `FederatedTypeConfig ${name} has propagation: Disabled: objects of this kind stay as they are`;
    return { ...about, text, ...(source === undefined ? {} : { place: placeOf(source, ['spec', 'propagation']) }) };
  }
  if (reason === 'NamespaceInError') {
    const { namespace } = object.id;
    const name = `FederatedNamespace/${namespace}/${namespace}`;
    const finding = model.findings.find(({ severity, object: label }) => severity === 'error' && label === name);
    const text = `${name} is in error, so that it is not known where its objects go`;
    return { ...about, by: 'Namespace', text, ...placeOfFinding(finding) };
  }
  const finding =
    findings.find(({ code }) => code === reason) ??
    findings.find(({ severity }) => severity === 'error') ??
    findings.find(({ code }) => code === 'NotDecrypted');
  return { ...about, ...textOf(finding) };
}

function invalidOverrides(object: FederatedObject, findings: readonly Finding[]): PlacementRule {
  const finding = findings.find(({ severity, code }) => severity === 'error' && code !== 'PreferenceFailed');
  const text = textOf(finding);
  return {
    by: 'Object',
    code: 'InvalidOverrides',
    effect: 'Holds',
    place: placeOf(object.source, ['spec', 'overrides']),
    ...text,
  };
}

function overrideFailed(cluster: string, findings: readonly Finding[]): PlacementRule {
  const isHere = (finding: Finding): boolean => finding.severity === 'error' && finding.cluster === cluster;
  const own = findings.find((finding) => isHere(finding) && finding.code === 'OverrideFailed');
  const finding =
    own ?? findings.find((other) => isHere(other)) ?? findings.find(({ code }) => code === 'InvalidTemplate');
  const code = finding?.code === 'InvalidTemplate' ? 'InvalidTemplate' : 'OverrideFailed';
  return { by: 'Object', code, effect: 'Holds', ...textOf(finding) };
}

/** The words of a finding, which begin with the object that it is about. */
export function textOf(finding: Finding | undefined): Pick<PlacementRule, 'text' | 'place'> {
  if (finding === undefined) return { text: 'it is in error' };
  const { message, object, code } = finding;
  const prefix = `${object ?? ''}: `;
  const words = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  return { text: `${code}: ${words.replace(/\.$/, '')}`, ...placeOfFinding(finding) };
}

function placeOfFinding(finding: Finding | undefined): Pick<PlacementRule, 'place'> {
  if (finding === undefined) return {};
  const { file, line, column } = finding;
  return { place: { file, line, column } };
}

/** What the model and the rendering have to say about an object and its preference. */
function findingsOf({ model, object, decision, rendering }: ObjectTrace): readonly Finding[] {
  const preference = decision.scheduled?.preference ?? decision.scheduled?.unused?.preference;
  const labels = [federatedObjectName(object)];
  if (preference !== undefined) labels.push(`ReplicaSchedulingPreference/${preference.namespace}/${preference.name}`);
  return findingsAbout([...model.findings, ...rendering.findings], labels);
}

/** Findings about objects of these names, sorted, each once. */
export function findingsAbout(findings: readonly Finding[], labels: readonly string[]): readonly Finding[] {
  const own = findings.filter(({ object }) => object !== undefined && labels.includes(object)).sort(compareFindings);
  return own.filter((finding, index) => {
    const previous = own[index - 1];
    return previous === undefined || compareFindings(previous, finding) !== 0;
  });
}
