import type { Finding } from '../core/index.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { count } from './wording.ts';

/** How many findings there are of each severity. */
export interface FindingCounts {
  readonly errors: number;
  readonly warnings: number;
}

export function countFindings(findings: readonly Finding[]): FindingCounts {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: findings.length - errors };
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** `shop/web.yaml:3:5: error InvalidYAML: …`: one line, as compilers print it, so that editors find the place. */
export function formatFinding(finding: Finding, style: Style): string {
  const { file, line, column, severity, code } = finding;
  const place = file === '' ? 'repository' : `${plainText(file)}:${line}:${column}`;
  return `${style.strong(`${place}:`)} ${style[severity](severity)} ${code}: ${plainText(messageWithCluster(finding))}`;
}

/** The message, which says in which cluster it is so. */
export function messageWithCluster({ message, cluster }: Finding): string {
  return cluster === undefined || message.includes(cluster) ? message : `in ${cluster}: ${message}`;
}

/** `2 errors, 1 warning`, without what there is none of; `no findings`. */
export function formatFindingCounts({ errors, warnings }: FindingCounts): string {
  const parts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

/**
 * A workflow command of GitHub Actions, which shows the finding at its line of a pull request.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function formatAnnotation(finding: Finding): string {
  const { file, line, column, severity, code } = finding;
  const place = file === '' ? [] : [`file=${escapeProperty(file)}`, `line=${line}`, `col=${column}`];
  const properties = [...place, `title=${escapeProperty(code)}`].join(',');
  return `::${severity} ${properties}::${escapeData(messageWithCluster(finding))}`;
}

/** Everything GitHub could take for the end of a command. Other control characters are shown, not sent. */
function escapeData(text: string): string {
  return plainExceptLines(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function plainExceptLines(text: string): string {
  return text
    .split(/(?<end>\r|\n)/)
    .map((part) => (part === '\r' || part === '\n' ? part : plainText(part)))
    .join('');
}
