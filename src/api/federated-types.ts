import { compareText } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import type { FindingCollector } from './finding-collector.ts';
import { TYPES_GROUP } from './groups.ts';
import { describeObject } from './metadata.ts';
import type { FederatedType } from './model.ts';
import type { ModelMemo } from './model-memo.ts';
import { BUILTIN_TYPES, type TargetType, typeConfigName } from './target-type.ts';
import type { BrokenTypeConfig } from './type-config.ts';
import { federatedResource } from './type-config-manifest.ts';

/** The federated kinds of a repository: those its FederatedTypeConfigs name, then those of Kubernetes' built-in kinds. */
export interface FederatedTypes {
  /** Enabled or disabled by a FederatedTypeConfig, sorted by name. */
  readonly configured: readonly FederatedType[];
  /** `undefined` where no such type is known. A FederatedTypeConfig in error is found here, not the built-in kind that it shadows. */
  find(group: string, kind: string): FederatedType | BrokenTypeConfig | undefined;
  /** Whether objects of the group are federated objects: an unknown kind of it is then an error. */
  hasGroup(group: string): boolean;
}

export function isBrokenTypeConfig(type: FederatedType | BrokenTypeConfig): type is BrokenTypeConfig {
  return 'label' in type;
}

/** Reads the FederatedTypeConfigs. */
export function readFederatedTypes(
  configs: readonly RawObject[],
  memo: ModelMemo,
  collector: FindingCollector,
): FederatedTypes {
  const found = new Map<string, FederatedType | BrokenTypeConfig>();
  const owners = new Map<string, RawObject>();
  for (const raw of configs) {
    const result = collector.take(memo.typeConfigs.get(raw));
    const { group, kind } = result.ok ? result.type.federated : result.broken;
    const key = `${group}/${kind}`;
    const first = owners.get(key);
    if (kind !== '' && first !== undefined) {
      reportSameType([first, raw], collector);
      found.set(key, { group, kind, label: describeObject(raw) });
      continue;
    }
    owners.set(key, raw);
    found.set(key, result.ok ? result.type : result.broken);
  }
  const groups = new Set([
    TYPES_GROUP,
    ...[...found.values()].map((type) => (isBrokenTypeConfig(type) ? type.group : type.federated.group)),
  ]);
  const types = [...found.values()].flatMap((type) => (isBrokenTypeConfig(type) ? [] : [type]));
  return {
    configured: types.toSorted((a, b) => compareText(a.name, b.name)),
    find: (group, kind) =>
      found.get(`${group}/${kind}`) ?? (group === TYPES_GROUP ? builtinTypes.get(kind) : undefined),
    hasGroup: (group) => group !== '' && groups.has(group),
  };
}

function reportSameType(configs: readonly RawObject[], collector: FindingCollector): void {
  for (const raw of configs) {
    const others = configs.filter((other) => other !== raw).map(describeObject);
    const message = `${describeObject(raw)}: its federated type is that of ${others.join(', ')} too: which one counts cannot be told`;
    const details = { object: describeObject(raw), hold: true };
    collector.add('InvalidTypeConfig', raw.source, ['spec', 'federatedType'], message, details);
  }
}

/** Of a kind without a FederatedTypeConfig. */
function builtinType(target: TargetType): FederatedType {
  const { group, version, kind, plural, scope } = target;
  return {
    name: typeConfigName(target),
    target: { group, version, kind, plural, scope },
    federated: federatedResource(target),
    propagation: 'Enabled',
    statusCollection: false,
  };
}

/** By federated kind, e.g. `FederatedDeployment`. */
const builtinTypes: ReadonlyMap<string, FederatedType> = new Map(
  // Reversed: of two kinds with one name (Event) the first, that of the core group, is kept.
  BUILTIN_TYPES.toReversed().map((target) => {
    const type = builtinType(target);
    return [type.federated.kind, type];
  }),
);

/** The types that need no FederatedTypeConfig, sorted by name. */
export const BUILTIN_FEDERATED_TYPES: readonly FederatedType[] = [...builtinTypes.values()].toSorted((a, b) =>
  compareText(a.name, b.name),
);
