import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';

const SET = /^(?<key>[^\s!=,()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const EQUALITY = /^(?<key>[^\s!=,()<>]+)\s*(?<operator>==|=|!=)\s*(?<value>[^\s!=,()]*)$/;
const EXISTENCE = /^(?<not>!?)\s*(?<key>[^\s!=,()<>]+)$/;

/**
 * Reads a selector as kubectl takes it, `region=eu,tier in (a,b),!legacy`, into the `clusterSelector` of a placement. Keys and values are
 * judged where placements are.
 *
 * @throws {GitfedError} `USAGE`
 */
export function parseClusterSelector(text: string): JsonObject {
  const labels: [string, string][] = [];
  const expressions: JsonObject[] = [];
  for (const part of splitRequirements(text)) {
    const requirement = parseRequirement(part);
    if ('label' in requirement) labels.push(requirement.label);
    else expressions.push(requirement.expression);
  }
  return {
    ...(labels.length === 0 ? {} : { matchLabels: Object.fromEntries(labels) }),
    ...(expressions.length === 0 ? {} : { matchExpressions: expressions }),
  };
}

/** At commas, but not at those between parentheses. */
function splitRequirements(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part, _, all) => part !== '' || all.length > 1);
}

type Requirement = { readonly label: [string, string] } | { readonly expression: JsonObject };

function parseRequirement(text: string): Requirement {
  const set = SET.exec(text)?.groups;
  if (set !== undefined) {
    const values = (set['values'] ?? '').split(',').map((value) => value.trim());
    return { expression: { key: set['key'] ?? '', operator: set['operator'] === 'in' ? 'In' : 'NotIn', values } };
  }
  const equality = EQUALITY.exec(text)?.groups;
  if (equality !== undefined) {
    const { key = '', operator, value = '' } = equality;
    return operator === '!=' ? { expression: { key, operator: 'NotIn', values: [value] } } : { label: [key, value] };
  }
  const existence = EXISTENCE.exec(text)?.groups;
  if (existence === undefined) {
    throw new GitfedError(
      'USAGE',
      `--cluster-selector cannot be read at ${JSON.stringify(text)}. Write it as kubectl takes it: region=eu,tier in (a,b),!legacy`,
    );
  }
  return { expression: { key: existence['key'] ?? '', operator: existence['not'] === '' ? 'Exists' : 'DoesNotExist' } };
}
