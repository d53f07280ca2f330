import type { Model } from '../../api/index.ts';
import { type FieldStep, parseFieldPath, stringifyJson } from '../../core/index.ts';
import { GitfedError } from '../../errors.ts';
import { blameLines, type LineHistory } from '../../git/index.ts';
import {
  type ClusterField,
  type ExplainOptions,
  explainField,
  explainObject,
  type Subject,
  traceObject,
  valueAt,
  withAskedClusters,
} from '../../render/index.ts';
import { type FieldGroup, groupFields } from '../../report/explain-fields.ts';
import { explanationToJson } from '../../report/explain-json.ts';
import { formatExplanation } from '../../report/explain-text.ts';
import { type ExplainView, isInError, originPlaces, placeKey } from '../../report/explain-view.ts';
import { plainJson, plainText } from '../../report/plain-text.ts';
import { styleFor } from '../colour.ts';
import { defineCommand } from '../command.ts';
import { chooseSubject, parseSubject } from '../explain-subject.ts';
import type { Io } from '../io.ts';
import { colourOption, outputOption, refOption } from '../options.ts';
import { createPhaseProgress } from '../phase-progress.ts';
import { type ReadModel, readModel } from '../read-model.ts';
import { suggest } from '../suggest.ts';

export const explain = defineCommand({
  positional: {
    name: 'kind/name',
    description:
      'The object: FederatedDeployment/web, or the kind that members get, such as deployment/web or deploy/web.',
  },
  description:
    'Says of a federated object in which clusters it is and in which not, and which rule decided; how its replicas were planned, round by round; and with --field what set a field in each cluster, in which line, and who wrote that line. Needs no cluster. Exit code 1 if the object is in error.',
  options: {
    namespace: {
      alias: 'n',
      type: 'string',
      requiresArg: true,
      description: 'Means the object in this namespace. The default is the only namespace that has one of this name.',
    },
    cluster: {
      type: 'string',
      array: true,
      requiresArg: true,
      description: 'Explains this cluster only, registered or not; may be repeated. The default is all of them.',
    },
    field: {
      type: 'string',
      requiresArg: true,
      description:
        'Says what set this field: spec.template.spec.containers[0].image, containers[name="web"] in it, or a JSON pointer.',
    },
    output: outputOption,
    observed: {
      type: 'string',
      requiresArg: true,
      description:
        'Plans replicas with these observations of the members: a file, a commit of the status branch, or a tree. The default is what the status branch has; without it every cluster is ready.',
    },
    path: {
      type: 'string',
      requiresArg: true,
      description: 'Reads this repository, or this folder of one. The default is the current folder.',
    },
    ref: refOption,
    color: colourOption,
  },
  examples: [
    ['gitfed explain deployment/web -n shop', 'Says where it is, and how its replicas were planned.'],
    ['gitfed explain deploy/web -n shop --cluster eu-2', 'Says why it is in eu-2, or why not.'],
    ['gitfed explain deploy/web -n shop --field spec.replicas', 'Says what set the number, and who.'],
  ],
  async run({ positional, options }, io) {
    const { cluster: clusters, field, path, ref, observed } = options;
    const subject = parseSubject(positional, options.namespace);
    const asked = { subject, clusters, field, steps: field === undefined ? undefined : readField(field) };
    const progress = createPhaseProgress(io.stderr);
    let view: ExplainView;
    try {
      progress.begin('reading');
      const read = await readModel({ path, ref, observed }, io, true);
      progress.begin('explaining');
      view = await buildView(read, asked, io);
    } finally {
      progress.clear();
    }
    await hintClusters(view, io);
    await io.stdout.write(
      options.output === 'json'
        ? `${plainJson(stringifyJson(explanationToJson(view), 2))}\n`
        : formatExplanation(view, io.stdout.columns, styleFor(io.stdout, options.color, io)),
    );
    return isInError(view) ? 1 : 0;
  },
});

interface Asked {
  readonly subject: Subject;
  readonly clusters: readonly string[] | undefined;
  readonly field: string | undefined;
  readonly steps: readonly FieldStep[] | undefined;
}

async function buildView(
  read: ReadModel,
  { subject, clusters, field = '', steps }: Asked,
  io: Io,
): Promise<ExplainView> {
  const { model, observations, observedFrom } = read;
  const found = chooseSubject(model, subject);
  const { own, fieldsAt } = explained(model, found, observations === undefined ? {} : { observations });
  const explanation = withAskedClusters(model, own, clusters ?? []);
  const view = {
    explanation,
    ...(clusters === undefined ? {} : { clusters }),
    ...(observedFrom === undefined ? {} : { observedFrom }),
  };
  if (steps === undefined) return { ...view, history: new Map() };
  const fields = fieldsAt(steps);
  await hintField(steps, fields, io);
  const groups = groupFields(fields.filter(({ cluster }) => clusters?.includes(cluster) ?? true));
  return { ...view, field: { text: field, groups }, history: await readHistory(groups, read, io) };
}

/** What is said of an object, and of its fields; one that is not rendered has none. */
function explained(model: Model, found: ReturnType<typeof chooseSubject>, options: ExplainOptions) {
  if (found.type === 'leftOut') {
    return { own: found.explanation, fieldsAt: (): readonly ClusterField[] => [] };
  }
  const trace = traceObject(model, found.object, options);
  return { own: explainObject(trace), fieldsAt: (steps: readonly FieldStep[]) => explainField(trace, steps) };
}

function readField(text: string): readonly FieldStep[] {
  const parsed = parseFieldPath(text);
  if (parsed.ok) return parsed.steps;
  const example = 'spec.template.spec.containers[name="web"].image';
  throw new GitfedError('USAGE', `--field ${JSON.stringify(text)} ${parsed.reason}. Write it as ${example}`);
}

/** Who wrote the lines. Without git the rest of the answer is still true. */
async function readHistory(
  groups: readonly FieldGroup[],
  { repository, commit }: ReadModel,
  io: Io,
): Promise<ReadonlyMap<string, LineHistory>> {
  const found = new Map<string, LineHistory>();
  if (repository === undefined) return found;
  const byFile = Map.groupBy(originPlaces(groups), ({ file }) => file);
  for (const [file, places] of byFile) {
    try {
      const lines = await blameLines(
        repository,
        file,
        places.map(({ line }) => line),
        commit,
      );
      for (const [line, history] of lines) found.set(placeKey({ file, line, column: 1 }), history);
    } catch (error) {
      if (!(error instanceof GitfedError) || error.code !== 'GIT') throw error;
      await io.stderr.write(`Who wrote ${plainText(file)} is not known: ${plainText(error.message)}\n`);
    }
  }
  return found;
}

async function hintClusters({ explanation }: ExplainView, io: Io): Promise<void> {
  const isKnown = ({ rules }: (typeof explanation.clusters)[number]): boolean =>
    !rules.some(({ code }) => code === 'ClusterNotRegistered');
  const names = explanation.clusters.filter(isKnown).map(({ cluster }) => cluster);
  for (const unknown of explanation.clusters.filter((cluster) => !isKnown(cluster))) {
    const meant = suggest(unknown.cluster, names);
    if (meant !== undefined) {
      await io.stderr.write(`There is no cluster ${plainText(unknown.cluster)}: did you mean ${plainText(meant)}?\n`);
    }
  }
}

/** A field that is nowhere may be misspelt. */
async function hintField(steps: readonly FieldStep[], fields: readonly ClusterField[], io: Io): Promise<void> {
  const [first] = fields;
  if (first === undefined || fields.some(({ field }) => field.present || field.removedBy !== undefined)) return;
  const { path } = first.field;
  const wrong = steps[path.length];
  const beside = valueAt(first.rendered.manifest, path);
  if (typeof wrong !== 'string' || typeof beside !== 'object' || beside === null) return;
  const meant = suggest(wrong, Object.keys(beside));
  if (meant !== undefined)
    await io.stderr.write(`There is no ${plainText(wrong)}: did you mean ${plainText(meant)}?\n`);
}
