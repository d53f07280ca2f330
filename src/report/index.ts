/**
 * Results for people and machines: findings, changes, renderings and passes as text, JSON, annotations and files.
 * Must not know how a result came about, nor who asked for it; decides nothing and writes to no cluster.
 * Returns text and values; only `writeRendering` touches files and `writeRenderedBranch` a branch, and only what they own. No value of a Secret passes.
 */
export { type Allowance, GATES, type GateName } from './allowance.ts';
export { changeSetToJson } from './change-json.ts';
export type { ChangeNote } from './change-note.ts';
export type { Risk, RiskCode } from './change-risks.ts';
export {
  type ChangeSet,
  compareRenderings,
  type FieldChange,
  isEmptyChangeSet,
  type ObjectChange,
} from './change-set.ts';
export { formatStat } from './change-stat.ts';
export { formatChangeSet } from './change-text.ts';
export { countFindings, formatAnnotation, formatFinding, hasErrors } from './findings.ts';
export { checkGates, failedGates, type GatedChange, type GateReport, type GateResult } from './gates.ts';
export { gateReportToJson } from './gates-json.ts';
export { formatGates } from './gates-text.ts';
export { type OutputFile, type OutputSummary, writeOutputDirectory } from './output-directory.ts';
export { plainJson, plainText } from './plain-text.ts';
export { createPreview } from './preview.ts';
export type { Preview, PreviewAnnotation, PreviewInput } from './preview-types.ts';
export { type BranchRequest, type BranchSummary, checkRenderedBranch, writeRenderedBranch } from './rendered-branch.ts';
export { writeRendering } from './rendering-files.ts';
export { formatYamlStream } from './rendering-yaml.ts';
export { findingsToSarif } from './sarif.ts';
export { selectClusters } from './select-clusters.ts';
export { statusTree } from './status-tree.ts';
export { createStyle, type Style } from './style.ts';
export { countObjects } from './sync-counts.ts';
export { syncToJson } from './sync-json.ts';
export { formatSync } from './sync-text.ts';
export { isBad, type WhatIfView, whatIfToJson } from './what-if-json.ts';
export { formatWhatIfMarkdown } from './what-if-markdown.ts';
export { formatWhatIf } from './what-if-text.ts';
