import { openRepository } from '../git/index.ts';
import { readComparison } from '../reconcile/comparison.ts';
import { compareRenderings, newerModel } from '../report/change-set.ts';
import { createPreview } from '../report/preview.ts';
import { commentOnPullRequest } from './comment-on-pull-request.ts';
import type { ActionContext } from './context.ts';
import { findRange } from './history.ts';
import { readObservationsAt } from './observations.ts';
import { gatherPreview } from './preview-input.ts';
import { publish } from './publish.ts';
import { say } from './runner.ts';

/** What a change means for every cluster: as outputs, annotations, a job summary, files and a comment. */
export async function preview(context: ActionContext): Promise<void> {
  const { inputs, event, env } = context;
  const { folder } = inputs;
  const repository = await openRepository(folder);
  const range = await findRange({
    repository,
    event,
    base: inputs.base,
    head: inputs.head,
    commit: env['GITHUB_SHA'],
    onFetch: (what) => say(`Fetching ${what}, which the checkout lacks.`),
  });
  const observations =
    inputs.observations === undefined ? undefined : await readObservationsAt(repository, inputs.observations);
  const started = performance.now();
  const comparison = await readComparison({ folder, ref: range.head, against: range.base, observations });
  const changes = compareRenderings(
    comparison.before.rendering,
    comparison.after.rendering,
    newerModel(comparison.before.model, comparison.after.model),
    comparison,
  );
  const milliseconds = performance.now() - started;
  const input = await gatherPreview(context, { repository, range, comparison, changes, observations });
  publish(context, input, milliseconds);
  // A comment is written again only where it says something else, which a time always would.
  await commentOnPullRequest(context, { report: createPreview(input), input });
}
