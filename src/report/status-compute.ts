import type { Model } from '../api/index.ts';
import type { Rendering } from '../render/index.ts';
import { clusterView } from './cluster-view.ts';
import { type FleetSummary, statusJson } from './status-json.ts';
import { StatusMemo } from './status-memo.ts';
import { statusReadme } from './status-readme.ts';
import { resourceFiles } from './status-resources.ts';

export interface ComputeInput extends Pick<FleetSummary, 'commit' | 'subject' | 'inventory' | 'held' | 'suspect'> {
  /** The files `clusters/…`, `objects/…` and `drift/…`, of all clusters. */
  readonly truth: ReadonlyMap<string, string>;
  readonly model: Model;
  readonly rendering: Rendering;
  /** The files of the branch as they are: since when something is so. */
  readonly previous: ReadonlyMap<string, string>;
  /** RFC 3339, in seconds, UTC. */
  readonly now: string;
  readonly memo?: StatusMemo;
}

/**
 * `README.md`, `status.json` and `resources/…`, by path: a function of the truth of all clusters and of the source commit, whoever computes
 * it. Only the times of transitions come from the files of before, and from now where something has changed.
 */
export function computeStatus(input: ComputeInput): ReadonlyMap<string, string> {
  const { truth, model, rendering, previous, now, memo = new StatusMemo() } = input;
  const { suspend } = model.configuration;
  const views = model.clusters.map(({ name }) =>
    clusterView(name, suspend.all || suspend.clusters.includes(name), truth, memo),
  );
  const { commit, subject, inventory, held, suspect } = input;
  const optional = {
    ...(subject === undefined ? {} : { subject }),
    ...(held === undefined ? {} : { held }),
    ...(suspect === undefined ? {} : { suspect }),
  };
  const summary = { commit, ...optional, inventory, suspend, clusters: views };
  return new Map([
    ...resourceFiles({ model, rendering, views, previous, now, memo }),
    ['README.md', statusReadme({ ...summary, model, rendering })],
    ['status.json', statusJson(summary)],
  ]);
}
