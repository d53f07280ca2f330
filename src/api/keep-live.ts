import type { ObjectId } from '../core/index.ts';
import type { KeepRule } from './model.ts';

/** Whether the configuration leaves an object in the members as it is: it is neither applied nor deleted. */
export function isKeptLive(id: ObjectId, rules: readonly KeepRule[]): boolean {
  if (rules.length === 0) return false;
  const { whole, others } = indexOf(rules);
  return whole.has(keyOf(id)) || others.some((rule) => matches(rule, id));
}

interface RuleIndex {
  /** Rules that name one object. */
  readonly whole: ReadonlySet<string>;
  readonly others: readonly KeepRule[];
}

/** By the list, which is that of a configuration: an import of many Secrets has as many rules. */
const indexes = new WeakMap<readonly KeepRule[], RuleIndex>();

function indexOf(rules: readonly KeepRule[]): RuleIndex {
  const known = indexes.get(rules);
  if (known !== undefined) return known;
  const whole = new Set<string>();
  const others: KeepRule[] = [];
  for (const rule of rules) {
    const { group, kind, namespace, name } = rule;
    if (group === undefined || kind === undefined || namespace === undefined || name === undefined) others.push(rule);
    else whole.add(keyOf({ group, kind, namespace, name }));
  }
  const index = { whole, others };
  indexes.set(rules, index);
  return index;
}

function keyOf({ group, kind, namespace, name }: ObjectId): string {
  return `${group}\n${kind}\n${namespace}\n${name}`;
}

function matches(rule: KeepRule, id: ObjectId): boolean {
  return (['group', 'kind', 'namespace', 'name'] as const).every(
    (field) => rule[field] === undefined || rule[field] === id[field],
  );
}
