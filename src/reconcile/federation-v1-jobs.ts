import type { JsonObject } from '../core/index.ts';
import { annotationField, SELECTOR } from './federation-v1-annotations.ts';
import { federatedObject, fileOf, templateFor, type V1Context } from './federation-v1-context.ts';
import { annotationOf, fieldAt, integerAt, withField } from './federation-v1-fields.ts';
import { placedIn } from './federation-v1-placement.ts';
import { planReplicasNow, preferencesOf } from './federation-v1-planning.ts';
import type { V1File, V1Object } from './federation-v1-types.ts';

const TARGET = { group: 'batch', version: 'v1', kind: 'Job' };

/** A Job: v1 planned parallelism and completions, each by itself. No preference plans a Job, so that the numbers of today are written down. */
export function convertJob(object: V1Object, context: V1Context): V1File {
  reportSelector(object, context);
  const numbers = numbersOf(object.object);
  const { parallelism, completions } = plan(object, numbers, context);
  const clusters = [...parallelism].filter(([, count]) => count > 0).map(([name]) => name);
  const overrides = clusters.map((clusterName) => ({
    clusterName,
    clusterOverrides: [
      { path: '/spec/parallelism', value: parallelism.get(clusterName) ?? 0 },
      ...(completions === undefined ? [] : [{ path: '/spec/completions', value: completions.get(clusterName) ?? 0 }]),
    ],
  }));
  reportUnplaced(object, { wanted: numbers.completions, planned: completions, clusters }, context);
  const template = templateFor(object, TARGET, completed(object, numbers, context));
  const spec = { template, placement: placedIn(clusters), ...(overrides.length === 0 ? {} : { overrides }) };
  return fileOf(object, TARGET, [federatedObject(object, TARGET, spec, context)]);
}

function reportSelector(object: V1Object, { losses }: V1Context): void {
  if (annotationOf(object, SELECTOR) === undefined) return;
  losses.add(object, {
    field: annotationField(SELECTOR),
    reason:
      'Federation v1 ignored cluster selectors on Jobs: the Job is placed without it, in all clusters that got a share.',
    action: 'Take clusters out of the placement if the selector was meant.',
  });
}

interface Numbers {
  readonly parallelism: number;
  readonly completions: number | undefined;
}

/** With the defaults of the API. */
function numbersOf(object: JsonObject): Numbers {
  const parallelism = integerAt(object, 'spec', 'parallelism');
  const completions = integerAt(object, 'spec', 'completions');
  const isBare = parallelism === undefined && completions === undefined;
  return { parallelism: parallelism ?? 1, completions: isBare ? 1 : completions };
}

interface Planned {
  readonly parallelism: ReadonlyMap<string, number>;
  readonly completions: ReadonlyMap<string, number> | undefined;
}

function plan(object: V1Object, { parallelism, completions }: Numbers, context: V1Context): Planned {
  const preferences = preferencesOf(object, context);
  const clusters = context.clusters.filter(({ isReady }) => isReady).map(({ name }) => name);
  const planned = (total: number): ReadonlyMap<string, number> =>
    planReplicasNow(object, { total, preferences, clusters }, context);
  const unready = context.clusters.filter(({ isReady }) => !isReady).map(({ name }) => name);
  if (unready.length > 0) {
    context.losses.add(object, {
      field: 'spec.parallelism',
      reason: `These clusters were not ready and got no share: ${unready.join(', ')}.`,
      action: 'Add them to the placement and the overrides if they hold a part of the Job.',
    });
  }
  return {
    parallelism: planned(parallelism),
    completions: completions === undefined ? undefined : planned(completions),
  };
}

function reportUnplaced(
  object: V1Object,
  {
    wanted,
    planned,
    clusters,
  }: {
    readonly wanted: number | undefined;
    readonly planned: ReadonlyMap<string, number> | undefined;
    readonly clusters: readonly string[];
  },
  { losses }: V1Context,
): void {
  if (wanted === undefined || planned === undefined) return;
  const placed = clusters.reduce((sum, name) => sum + (planned.get(name) ?? 0), 0);
  if (placed === wanted) return;
  losses.add(object, {
    field: 'spec.completions',
    reason: `Of ${wanted} completions ${placed} are in clusters that run the Job, as Federation v1 planned it.`,
    action: 'Change the overrides of /spec/completions if more are wanted.',
  });
}

/** What the overrides replace must be there. Members got the selector of the federation, whose Job has another uid. */
function completed(object: V1Object, { parallelism, completions }: Numbers, { losses }: V1Context): JsonObject {
  const counted = withField(object.object, ['spec', 'parallelism'], parallelism);
  const whole = completions === undefined ? counted : withField(counted, ['spec', 'completions'], completions);
  if (fieldAt(whole, 'spec', 'selector') !== undefined) return withField(whole, ['spec', 'manualSelector'], true);
  losses.add(object, {
    field: 'spec.selector',
    reason:
      'The Job has no selector, so that manualSelector: true cannot be kept. Members whose Job has one will refuse the change.',
    action: 'Copy selector and labels of a member into the template, with manualSelector: true.',
  });
  return whole;
}
