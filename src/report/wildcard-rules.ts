import { isJsonObject, type JsonObject, type JsonValue, type ObjectId } from '../core/index.ts';

const LISTS = ['apiGroups', 'resources', 'verbs', 'nonResourceURLs'] as const;

type Rule = Readonly<Record<(typeof LISTS)[number] | 'resourceNames', readonly string[]>>;

/** Whether a Role or ClusterRole allows something with a wildcard that none of its rules allowed before. */
export function gainsWildcard({ group, kind }: ObjectId, before: JsonObject | undefined, after: JsonObject): boolean {
  if (group !== 'rbac.authorization.k8s.io' || (kind !== 'Role' && kind !== 'ClusterRole')) return false;
  const known = before === undefined ? [] : rulesOf(before);
  return rulesOf(after).some((rule) => hasWildcard(rule) && !known.some((old) => allows(old, rule)));
}

function rulesOf({ rules }: JsonObject): readonly Rule[] {
  if (!Array.isArray(rules)) return [];
  return rules.filter(isJsonObject).map((rule) => ({
    apiGroups: words(rule.apiGroups),
    resources: words(rule.resources),
    verbs: words(rule.verbs),
    nonResourceURLs: words(rule.nonResourceURLs),
    resourceNames: words(rule.resourceNames),
  }));
}

function words(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `*`, `*\/scale` and `/metrics/*` alike. */
function hasWildcard(rule: Rule): boolean {
  return LISTS.some((list) => rule[list].some((word) => word.includes('*')));
}

function allows(old: Rule, rule: Rule): boolean {
  const isAllNames = old.resourceNames.length === 0;
  const hasNames = isAllNames || (rule.resourceNames.length > 0 && isWithin(rule.resourceNames, old.resourceNames));
  return hasNames && LISTS.every((list) => isWithin(rule[list], old[list]));
}

function isWithin(words: readonly string[], all: readonly string[]): boolean {
  return words.every((word) => all.includes('*') || all.includes(word));
}
