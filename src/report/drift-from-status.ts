import type { JsonObject } from '../core/index.ts';
import type { FleetStatus } from '../reconcile/fleet-status.ts';
import { driftRecordToJson } from './fleet-status-json.ts';
import { ageLines, driftLines, type StatusView } from './fleet-status-text.ts';
import { plainText } from './plain-text.ts';
import { type DriftRecord, isUncorrected } from './recorded-drift.ts';
import { formatTable } from './table.ts';

/** Whether something differs still, as far as the branch knows. */
export function hasRecordedDrift({ clusters }: FleetStatus): boolean {
  return clusters.some(({ drift }) => drift.some(isUncorrected));
}

/** What the status branch says of drift, as `gitfed drift` has it: for people. */
export function formatRecordedDrift(status: FleetStatus, view: StatusView): string {
  const rows = status.clusters.map(({ name, drift }) => {
    const of = (test: (record: DriftRecord) => boolean): string => `${drift.filter(test).length}`;
    return [
      plainText(name),
      of((record) => isUncorrected(record) && record.type === 'differs'),
      of((record) => isUncorrected(record) && record.type === 'missing'),
      of((record) => !isUncorrected(record)),
    ];
  });
  const blocks = [
    status.clusters.flatMap((cluster) => driftLines(cluster, view)),
    formatTable(['cluster', 'differ', 'missing', 'put back'], rows, 1),
    ageLines(status, view),
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as `gitfed drift --from-status -o json` prints it; see `docs/cli.md`. */
export function recordedDriftToJson(status: FleetStatus): JsonObject {
  return {
    ...(status.commit === undefined ? {} : { commit: status.commit }),
    ...(status.inventory === undefined ? {} : { inventory: status.inventory }),
    drift: hasRecordedDrift(status),
    clusters: Object.fromEntries(
      status.clusters.map(({ name, state, drift }): [string, JsonObject] => [
        name,
        { state, objects: drift.map(driftRecordToJson) },
      ]),
    ),
    findings: [],
    statusCommit: status.statusCommit,
    time: new Date(status.writtenAt * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}
