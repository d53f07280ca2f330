import { formatObjectId, type JsonObject } from '../core/index.ts';
import type { Allowance } from './allowance.ts';
import { failedGates, type GateReport, type GateResult } from './gates.ts';

/** What the gates say, as `gitfed diff -o json` and `gitfed sync -o json` print it; see `docs/gates.md`. */
export function gateReportToJson(report: GateReport): JsonObject {
  return {
    passed: failedGates(report).length === 0,
    results: report.results.map(resultToJson),
    settings: report.settings.map((setting) => ({ ...setting })),
    unknown: report.unknown.map(allowanceToJson),
  };
}

function resultToJson({ gate, passed, allowedBy, limit, actual, message, clusters, objects }: GateResult): JsonObject {
  return {
    gate,
    passed,
    limit,
    actual,
    message,
    clusters,
    objects: objects.map(formatObjectId),
    ...(allowedBy === undefined ? {} : { allowedBy: allowanceToJson(allowedBy) }),
  };
}

function allowanceToJson({ gate, reason, commit }: Allowance): JsonObject {
  return { gate, reason, ...(commit === undefined ? {} : { commit: commit.id, author: commit.author }) };
}
