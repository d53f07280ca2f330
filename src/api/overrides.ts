import { isJsonObject, type JsonArray, type JsonValue, type NodePath } from '../core/index.ts';
import { foldedField, readList, readMapping, readString, readStringField } from './fields.ts';
import type { Report } from './finding-collector.ts';
import type { ClusterOverride, OverrideOperation, Parsed } from './model.ts';
import { describeType, formatChoices, quote } from './wording.ts';

const OPS = ['add', 'remove', 'replace'];

/** Compared literally, as KubeFed does: `/metadata` and `x/kind` pass here, and the renderer judges what they made. */
const BANNED_PATHS: ReadonlySet<string> = new Set([
  '/metadata/namespace',
  '/metadata/name',
  '/metadata/generateName',
  '/kind',
]);

/** Reads and checks `spec.overrides`, all of it: one bad entry fails every cluster, as in KubeFed. */
export function readOverrides(
  value: JsonValue | undefined,
  path: NodePath,
  report: Report,
): Parsed<readonly ClusterOverride[]> {
  let failed = false;
  const fail: Report = (where, problem, code = 'InvalidOverride') => {
    failed = true;
    report(where, problem, code);
  };
  const entries = (readList(value, path, fail) ?? []).flatMap((item, index) =>
    readClusterOverride(item, index, reportBelow(fail, ...path, index)),
  );
  reportDuplicateClusters(entries, path, fail);
  return failed ? { ok: false } : { ok: true, value: entries };
}

/** Here and below paths begin at the item: there are very many items, and hardly ever a problem that needs the whole path. */
function readClusterOverride(item: JsonValue, index: number, report: Report): ClusterOverride[] {
  // Go decodes null into an entry without fields.
  const entry = item === null ? {} : readMapping(item, HERE, report);
  if (entry === undefined) return [];
  const clusterName = readStringField(entry, 'clusterName', report) ?? '';
  const [listField, list] = foldedField(entry, 'clusterOverrides');
  const items = Array.isArray(list) ? (list as JsonArray) : (readList(list, [listField], report) ?? []);
  const operations = items.flatMap(
    (value, at) => readOperation(value, clusterName, reportBelow(report, listField, at)) ?? [],
  );
  reportDuplicatePaths(items, clusterName, reportBelow(report, listField));
  // A copy, because a list that grew keeps room for more; there is one of these for each object and cluster.
  return [{ clusterName, operations: operations.slice(), index }];
}

const HERE: NodePath = [];

function reportBelow(report: Report, ...prefix: NodePath): Report {
  return (path, problem, code) => report([...prefix, ...path], problem, code);
}

function readOperation(item: JsonValue, clusterName: string, report: Report): OverrideOperation | undefined {
  if (!isJsonObject(item)) {
    report(HERE, `must be a mapping with op, path and value, not ${describeType(item)}`);
    return undefined;
  }
  const op = readStringField(item, 'op', report) ?? '';
  if (op !== '' && !OPS.includes(op)) {
    report(['op'], `is ${quote(op)}; it must be ${formatChoices(OPS)} (case matters; none means replace)`);
  }
  const [pathField, pathValue] = foldedField(item, 'path');
  const pointer = typeof pathValue === 'string' ? pathValue : readString(pathValue, [pathField], report);
  if (pathValue === undefined) report(HERE, 'has no path: say which field to change, for example /spec/replicas');
  if (pointer !== undefined && BANNED_PATHS.has(pointer)) {
    const problem = `is ${pointer}, which an override for cluster ${quote(clusterName)} may not change: an object keeps the name, namespace and kind of its federated object`;
    report([pathField], problem, 'InvalidOverridePath');
  }
  const [, value] = foldedField(item, 'value');
  return { op: op === '' ? 'replace' : op, path: pointer ?? '', value: value ?? null, hasValue: value !== undefined };
}

function reportDuplicateClusters(entries: readonly ClusterOverride[], path: NodePath, report: Report): void {
  const seen = new Map<string, number>();
  for (const { clusterName, index } of entries) {
    const first = seen.get(clusterName);
    if (first === undefined) {
      seen.set(clusterName, index);
      continue;
    }
    const name = clusterName === '' ? 'no cluster' : `cluster ${quote(clusterName)}`;
    const problem = `names ${name}, as overrides[${first}] does: put all operations of a cluster into one entry`;
    report([...path, index, 'clusterName'], problem, 'DuplicateClusterOverride');
  }
}

/** @param items the operations as written, so that the indices are those of the file. */
function reportDuplicatePaths(items: JsonArray, clusterName: string, report: Report): void {
  if (items.length < 2) return;
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const [, pointer] = isJsonObject(item) ? foldedField(item, 'path') : [];
    if (typeof pointer !== 'string') continue;
    const first = seen.get(pointer);
    if (first === undefined) {
      seen.set(pointer, index);
      continue;
    }
    const problem = `is ${quote(pointer)}, as clusterOverrides[${first}] of cluster ${quote(clusterName)} has already: a path may appear once per cluster`;
    report([index, 'path'], problem, 'DuplicateOverridePath');
  }
}
