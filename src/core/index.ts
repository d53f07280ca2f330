/**
 * The words of the domain and total functions on them.
 * Must not know files, networks, processes, clocks, git or Kubernetes' API servers.
 * Returns values; never mutates an argument.
 */
export { compareFields, FieldComparer, type FieldDifference } from './field-changes.ts';
export { decodePointerToken, type FieldStep, formatFieldPath, formatJsonPointer } from './field-path.ts';
export { compareFindings, FINDING_CODES, type Finding, type FindingCode, type FindingSeverity } from './finding.ts';
export type { JsonArray, JsonObject, JsonValue } from './json.ts';
export { cloneJson, isJsonObject, jsonEquals, parseJson, parseJsonObject, stringifyJson } from './json.ts';
export { INITIAL_NAMESPACES, LAST_APPLIED_ANNOTATION } from './kubernetes.ts';
export { type ItemKey, itemKey, keyText, listKey } from './list-keys.ts';
export { type ShownValue, shownValue } from './masked-value.ts';
export { isSameList, isSameSet, Memo, SortedList, Unchanged } from './memo.ts';
export { compareObjectIds, formatObjectId, type ObjectId, objectIdKey } from './object-id.ts';
export { type ParsedFieldPath, parseFieldPath, type ResolvedField, resolveFieldPath } from './parse-field-path.ts';
export { compareSecrets, isSecret, MASK, maskSecrets } from './secret-changes.ts';
export { SharedMap } from './shared-map.ts';
export {
  locate,
  type NodePath,
  type Position,
  type ScalarText,
  type SourceDocument,
  type SourceRef,
} from './source.ts';
export { compareText } from './text-order.ts';
export {
  documentAtLine,
  type EditOptions,
  type EditResult,
  editValue,
  editYaml,
  formatYaml,
  keepYaml,
  keepYamlOfAll,
  readYaml,
  type SourceEdit,
  type YamlLimits,
  type YamlProblem,
  type YamlResult,
} from './yaml.ts';
export { isPlain as isPlainYaml, quote as quoteYaml } from './yaml-write.ts';
