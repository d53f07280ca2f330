import { compareText } from '../core/index.ts';
import { BUILTIN_KINDS } from './builtin-kinds.generated.ts';
import type { ApiResource, FederatedType } from './model.ts';
import { SHORT_NAMES } from './short-names.ts';

/**
 * What is known of the schema of a kind: `None` where it is known to have none, `Object` where it has one, `Replicas` where that has
 * `spec.replicas` as an int32.
 */
export type TargetSchema = 'Unknown' | 'None' | 'Object' | 'Replicas';

/** A kind that can be federated, as one of the places that know kinds describes it. `version` is the preferred one. */
export interface TargetType extends ApiResource {
  /** In lower case; the kind in lower case where it is not said. */
  readonly singular?: string;
  readonly shortNames: readonly string[];
  /** By version, `version` among them. */
  readonly schemas: ReadonlyMap<string, TargetSchema>;
}

/** `plural[.group]`: what KubeFed calls the FederatedTypeConfig of a kind. */
export function typeConfigName({ plural, group }: Pick<ApiResource, 'plural' | 'group'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The built-in kinds whose objects have `spec.replicas`. */
const REPLICAS: ReadonlySet<string> = new Set([
  'deployments.apps',
  'replicasets.apps',
  'replicationcontrollers',
  'statefulsets.apps',
]);

/** The built-in kinds of Kubernetes, in the order of their table: sorted by group, then kind. */
export const BUILTIN_TYPES: readonly TargetType[] = BUILTIN_KINDS.map(([group, version, kind, plural, scope]) => {
  const name = typeConfigName({ plural, group });
  const short = Object.hasOwn(SHORT_NAMES, name) ? SHORT_NAMES[name] : undefined;
  const schema: TargetSchema = REPLICAS.has(name) ? 'Replicas' : 'Object';
  return {
    group,
    version,
    kind,
    plural,
    scope,
    shortNames: short === undefined ? [] : [short],
    schemas: new Map([[version, schema]]),
  };
});

/**
 * The kinds with those that FederatedTypeConfigs name: of a kind that both know, the version is that of the FederatedTypeConfig. Those of
 * `known` that come first win over others of the same group and kind.
 */
export function withConfigured(
  known: readonly TargetType[],
  configured: readonly FederatedType[],
): readonly TargetType[] {
  const all = new Map<string, TargetType>();
  for (const type of known) {
    if (!all.has(keyOf(type))) all.set(keyOf(type), type);
  }
  for (const { target } of configured) {
    const base = all.get(keyOf(target));
    const schema = base?.schemas.get(base.version) ?? 'Unknown';
    const schemas = new Map([[target.version, schema], ...(base?.schemas ?? [])]);
    all.set(keyOf(target), { shortNames: [], ...base, ...target, schemas });
  }
  return [...all.values()];
}

function keyOf({ group, kind }: Pick<ApiResource, 'group' | 'kind'>): string {
  return `${group}/${kind}`;
}

/** What a text means: one kind, perhaps in a version that it names, several kinds, or none. */
export type FoundType =
  | { readonly type: 'found'; readonly target: TargetType; readonly version?: string }
  | { readonly type: 'several'; readonly names: readonly string[] }
  | { readonly type: 'none' };

/**
 * Finds a kind as kubectl and kubefedctl take it: plural, singular, kind or short name, in any case; `plural.group`, `plural.version.group`,
 * and `group/version/kind`, where `v1/ConfigMap` is of the core group. Of several the one of the core group is meant.
 */
export function findType(text: string, types: readonly TargetType[]): FoundType {
  const matches = types.flatMap((target) => {
    const match = matchType(text.toLowerCase(), target);
    return match === undefined ? [] : [{ type: 'found', target, ...match } as const];
  });
  const [first, second] = matches;
  if (first === undefined) return { type: 'none' };
  const core = matches.find(({ target }) => target.group === '');
  if (second === undefined || core !== undefined) return core ?? first;
  return { type: 'several', names: matches.map(({ target }) => typeConfigName(target)).toSorted(compareText) };
}

/** `undefined` where the text does not mean this kind. */
function matchType(text: string, target: TargetType): { readonly version?: string } | undefined {
  const { group, kind, plural, singular, shortNames } = target;
  const long = [plural, kind.toLowerCase(), ...(singular === undefined ? [] : [singular])];
  const parts = text.split('/');
  if (parts.length > 1) {
    const [version = '', name = ''] = parts.slice(-2);
    const isGroup = parts.slice(0, -2).join('/') === group && parts.length <= 3;
    return isGroup && version !== '' && long.includes(name) ? { version } : undefined;
  }
  if (long.includes(text) || shortNames.some((name) => name.toLowerCase() === text)) return {};
  if (group === '') return undefined;
  const name = long.find((one) => text.startsWith(`${one}.`));
  if (name === undefined) return undefined;
  const rest = text.slice(name.length + 1);
  if (rest === group) return {};
  const dot = rest.indexOf('.');
  return dot > 0 && rest.slice(dot + 1) === group ? { version: rest.slice(0, dot) } : undefined;
}
