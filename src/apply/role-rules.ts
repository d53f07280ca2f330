import { compareText, type JsonObject } from '../core/index.ts';

/** Verbs on one resource. */
export interface Grant {
  readonly group: string;
  /** The plural name. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only on objects of these names. Default: all. */
  readonly names?: readonly string[];
}

/** As people read them; any other verb comes last. */
const VERB_ORDER = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'escalate', 'bind'];

/** Rules of RBAC, as few as say the same: grants of one resource become one, and resources with the same verbs share a rule. */
export function mergeGrants(grants: readonly Grant[]): readonly JsonObject[] {
  const byResource = Map.groupBy(grants, ({ group, resource, names }) => key(group, resource, ...sorted(names)));
  const merged = [...byResource.values()].flatMap((same) => {
    const verbs = inOrder(same.flatMap((grant) => grant.verbs));
    return same[0] === undefined || verbs.length === 0 ? [] : [{ ...same[0], verbs }];
  });
  const byRule = Map.groupBy(merged, ({ group, names, verbs }) => key(group, verbs.join(' '), ...sorted(names)));
  return [...byRule.entries()]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([, same]) => (same[0] === undefined ? [] : [rule(same[0], same)]));
}

function rule({ group, names, verbs }: Grant, same: readonly Grant[]): JsonObject {
  return {
    apiGroups: [group],
    resources: sorted(same.map(({ resource }) => resource)),
    ...(names === undefined ? {} : { resourceNames: sorted(names) }),
    verbs: [...verbs],
  };
}

function inOrder(verbs: readonly string[]): readonly string[] {
  const rank = (verb: string): number => VERB_ORDER.indexOf(verb);
  return [...new Set(verbs)].sort((a, b) => rank(a) - rank(b));
}

function sorted(names: readonly string[] = []): string[] {
  return [...names].sort(compareText);
}

function key(...parts: readonly string[]): string {
  return parts.join('\n');
}
