import type { JsonValue, NodePath } from '../core/index.ts';
import { foldedField, readList, readMapping, readString } from './fields.ts';
import type { Report } from './finding-collector.ts';
import { readLabelSelector } from './label-selector.ts';
import type { Parsed, Placement } from './model.ts';
import { describeType, formatFieldPath } from './wording.ts';

/**
 * Reads `spec.placement`. Absent and null are the empty placement, which selects nothing.
 *
 * @param isPlanned whether a ReplicaSchedulingPreference chooses the clusters: as with a list, a selector that decodes and is not
 * valid is then no error by itself.
 */
export function readPlacement(
  value: JsonValue | undefined,
  path: NodePath,
  isPlanned: boolean,
  report: Report,
): Parsed<Placement> {
  let failed = false;
  const fail: Report = (where, problem) => {
    failed = true;
    report(where, problem, 'InvalidPlacement');
  };
  const mapping = readMapping(value, path, fail);
  if (mapping === undefined) return failed ? { ok: false } : { ok: true, value: {} };

  const [clustersField, clustersValue] = foldedField(mapping, 'clusters');
  const clusters = readClusterNames(clustersValue, [...path, clustersField], fail);
  const [selectorField, selectorValue] = foldedField(mapping, 'clusterSelector');
  const { selector, invalid } = readLabelSelector(selectorValue ?? null, [...path, selectorField], fail);
  const [first] = invalid;
  // KubeFed does not look at the selector when there is a list.
  if (clusters === undefined && !isPlanned) for (const { path: where, problem } of invalid) fail(where, problem);
  if (failed) return { ok: false };

  const named = clusters === undefined ? {} : { clusters };
  if (first !== undefined) {
    return { ok: true, value: { ...named, invalidSelector: `${formatFieldPath(first.path)} ${first.problem}` } };
  }
  return { ok: true, value: { ...named, ...(selector === undefined ? {} : { clusterSelector: selector }) } };
}

function readClusterNames(value: JsonValue | undefined, path: NodePath, report: Report): string[] | undefined {
  return readList(value, path, report)?.map((item, index) => {
    const entry = item === null ? {} : readMapping(item, [...path, index], shapeOf(item, report));
    if (entry === undefined) return '';
    const [nameField, name] = foldedField(entry, 'name');
    return readString(name, [...path, index, nameField], report) ?? '';
  });
}

function shapeOf(item: JsonValue, report: Report): Report {
  return (path) => report(path, `must be a mapping like {name: eu-1}, not ${describeType(item)}`);
}
