import type { JsonObject } from '../core/index.ts';
import { findingToJson } from '../render/index.ts';
import { changeSetToJson } from './change-json.ts';
import type { ChangeSet } from './change-set.ts';
import { driftRecordToJson } from './fleet-status-json.ts';
import { gateReportToJson } from './gates-json.ts';
import { compareFindingLists } from './preview-findings.ts';
import { clusterRows } from './preview-totals.ts';
import type { PreviewInput } from './preview-types.ts';
import { whatIfToJson } from './what-if-json.ts';

/** The complete report for programs; `docs/diff.md` describes it. */
export function previewToJson(input: PreviewInput): JsonObject {
  const { from, to, changes, baseFindings, headFindings, notes = [], gates, whatIf, drift } = input;
  const { head, gone } = compareFindingLists(baseFindings, headFindings);
  return {
    from: from.name,
    to: to.name,
    subjects: {
      ...(from.subject === undefined ? {} : { from: from.subject }),
      ...(to.subject === undefined ? {} : { to: to.subject }),
    },
    ...changeSetToJson(changes),
    ...totalsToJson(changes),
    ...(gates === undefined ? {} : { gates: gateReportToJson(gates) }),
    notes: notes.map((note) => ({ ...note })),
    findings: head.map(({ finding, isNew }) => ({ ...findingToJson(finding), new: isNew })),
    findingsGone: gone.map(findingToJson),
    ...(whatIf === undefined ? {} : { whatIf: whatIfToJson(whatIf) }),
    ...(drift === undefined ? {} : { recordedDrift: driftToJson(drift) }),
  };
}

/** What each cluster gets, and what differs and is no change. */
function totalsToJson(changes: ChangeSet): JsonObject {
  const { unshown = [] } = changes;
  return {
    totals: clusterRows(changes).map(({ clusters, created, changed, deleted, replicas, risks }) => ({
      clusters,
      created,
      changed,
      deleted,
      ...(replicas === undefined ? {} : { replicas: { ...replicas } }),
      risks,
    })),
    unshown: unshown.map((one) => ({ ...one })),
  };
}

function driftToJson({ branch, statusCommit, clusters }: NonNullable<PreviewInput['drift']>): JsonObject {
  return {
    branch,
    statusCommit,
    clusters: clusters.flatMap(({ name, drift }) =>
      drift.length === 0 ? [] : [{ cluster: name, objects: drift.map((record) => driftRecordToJson(record)) }],
    ),
  };
}
