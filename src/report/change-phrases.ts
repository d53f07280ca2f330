import type { Risk, RiskCode } from './change-risks.ts';
import { riskJoint } from './change-wording.ts';
import { names, whereExactly } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';

/** `replicas go to zero in eu-1`, as Markdown. */
export function riskPhrase(risk: Risk): string {
  const field = risk.field === undefined ? '' : `${inlineCode(risk.field)} `;
  const keys = risk.keys === undefined || risk.keys.length === 0 ? '' : ` (${names(risk.keys)})`;
  return `${field}**${risk.message}**${keys}${riskJoint(risk)}${whereExactly(risk.clusters, inlineCode)}`;
}

/** A word or two for a cell of a table; the most severe first. */
export const RISK_FLAGS: ReadonlyMap<RiskCode, string> = new Map([
  ['ManyDeletions', 'too many deletions'],
  ['NamespaceDeleted', 'Namespace deleted'],
  ['DefinitionDeleted', 'CRD deleted'],
  ['ClaimDeleted', 'PVC deleted'],
  ['WorkloadLeaves', 'workload leaves'],
  ['PlacementEmpty', 'placement empty'],
  ['ReplicasToZero', 'replicas to zero'],
  ['ReplicasHalved', 'replicas halved'],
  ['ImmutableField', 'immutable field'],
  ['WildcardRule', 'RBAC wildcard'],
  ['SecretChanges', 'Secret changes'],
  ['SelectorWidens', 'selector wider'],
]);

const SEVERITY = new Map([...RISK_FLAGS.keys()].map((code, index) => [code, index]));

/** The most severe first. */
export function compareRisks(a: Pick<Risk, 'code'>, b: Pick<Risk, 'code'>): number {
  return (SEVERITY.get(a.code) ?? 0) - (SEVERITY.get(b.code) ?? 0);
}
