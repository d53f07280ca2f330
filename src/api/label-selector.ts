import type { JsonValue, NodePath } from '../core/index.ts';
import { foldedField, readList, readMapping, readString, readStringMap, readStrings } from './fields.ts';
import type { Report } from './finding-collector.ts';
import type { LabelRequirement, LabelSelector, Parsed } from './model.ts';
import { isLabelKey, isLabelValue } from './names.ts';
import { quote } from './wording.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
type Operator = (typeof OPERATORS)[number];

/** A selector read in two steps, as KubeFed does: what cannot be decoded at all, and what decodes and is no valid selector. */
export interface ReadSelector {
  readonly selector?: LabelSelector;
  /** Problems of a selector that decodes: errors only where it is used. */
  readonly invalid: readonly SelectorProblem[];
}

export interface SelectorProblem {
  readonly path: NodePath;
  readonly problem: string;
}

/**
 * Reads a label selector (`matchLabels`, `matchExpressions`). Absent and null are `undefined`-free here: they are the empty
 * selector, which selects everything. Never throws.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(value: JsonValue): Parsed<LabelSelector> {
  let failed = false;
  const report = (): void => {
    failed = true;
  };
  const { selector, invalid } = readLabelSelector(value, [], report);
  if (value !== null && selector === undefined) return { ok: false };
  if (failed || invalid.length > 0) return { ok: false };
  return { ok: true, value: selector ?? { matchLabels: {}, matchExpressions: [] } };
}

/** @param report is told what cannot be decoded; `selector` is then not to be used. */
export function readLabelSelector(value: JsonValue, path: NodePath, report: Report): ReadSelector {
  const mapping = readMapping(value, path, report);
  if (mapping === undefined) return { invalid: [] };
  const invalid: SelectorProblem[] = [];
  const [labelsKey, labels] = foldedField(mapping, 'matchLabels');
  const matchLabels = readStringMap(labels, [...path, labelsKey], report);
  for (const [key, text] of Object.entries(matchLabels)) {
    invalid.push(...checkLabel(key, [text], [...path, labelsKey, key]));
  }
  const [listKey, list] = foldedField(mapping, 'matchExpressions');
  const matchExpressions = (readList(list, [...path, listKey], report) ?? []).flatMap((item, index) =>
    readRequirement(item, [...path, listKey, index], report, invalid),
  );
  return { selector: { matchLabels, matchExpressions }, invalid };
}

function readRequirement(
  item: JsonValue,
  path: NodePath,
  report: Report,
  invalid: SelectorProblem[],
): LabelRequirement[] {
  if (item === null) {
    report(path, 'must be a mapping, not null');
    return [];
  }
  const mapping = readMapping(item, path, report);
  if (mapping === undefined) return [];
  const [keyField, keyValue] = foldedField(mapping, 'key');
  const [operatorField, operatorValue] = foldedField(mapping, 'operator');
  const [valuesField, valuesValue] = foldedField(mapping, 'values');
  const key = readString(keyValue, [...path, keyField], report) ?? '';
  const operator = readString(operatorValue, [...path, operatorField], report) ?? '';
  const values = readStrings(valuesValue, [...path, valuesField], report);
  invalid.push(...checkLabel(key, values, [...path, keyField]));
  if (!isOperator(operator)) {
    const problem = `${quote(operator)} is not one of ${OPERATORS.join(', ')} (case matters)`;
    invalid.push({ path: [...path, operatorField], problem });
    return [];
  }
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues && values.length === 0) {
    invalid.push({ path: [...path, valuesField], problem: `must not be empty with operator ${operator}` });
  }
  if (!takesValues && values.length > 0) {
    invalid.push({ path: [...path, valuesField], problem: `must be empty with operator ${operator}` });
  }
  return [{ key, operator, values }];
}

function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
}

function checkLabel(key: string, values: readonly string[], path: NodePath): SelectorProblem[] {
  const problems: SelectorProblem[] = [];
  if (!isLabelKey(key)) problems.push({ path, problem: `has ${quote(key)}, which is not a valid label key` });
  for (const value of values) {
    if (isLabelValue(value)) continue;
    problems.push({ path, problem: `is compared with ${quote(value)}, which is not a valid label value` });
  }
  return problems;
}
