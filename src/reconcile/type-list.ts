import { BUILTIN_FEDERATED_TYPES, type FederatedType, type Model } from '../api/index.ts';
import { compareText, locate } from '../core/index.ts';

/** A federated type of a repository. */
export interface ListedType {
  readonly type: FederatedType;
  /** Of its FederatedTypeConfig; absent for a built-in kind without one. */
  readonly place?: { readonly file: string; readonly line: number };
  /** Federated objects of it, those included that propagation leaves alone. */
  readonly objects: number;
}

/**
 * The types that FederatedTypeConfigs enable and disable, and the built-in kinds that objects use, sorted by name.
 *
 * @param all built-in kinds that nothing uses, too.
 */
export function listTypes({ types, objects }: Model, all: boolean): readonly ListedType[] {
  const counts = new Map<string, number>();
  for (const { id } of objects) counts.set(keyOf(id), (counts.get(keyOf(id)) ?? 0) + 1);
  const configured = new Set(types.map(({ federated }) => keyOf(federated)));
  const builtIn = BUILTIN_FEDERATED_TYPES.filter(({ federated }) => !configured.has(keyOf(federated)));
  return [...types, ...builtIn]
    .map((type): ListedType => {
      const found = type.source === undefined ? undefined : locate(type.source);
      const place = found === undefined ? {} : { place: { file: found.file, line: found.line } };
      return { type, ...place, objects: counts.get(keyOf(type.federated)) ?? 0 };
    })
    .filter(({ type, objects: number }) => all || number > 0 || type.source !== undefined)
    .toSorted(
      (a, b) => compareText(a.type.name, b.type.name) || compareText(a.type.federated.group, b.type.federated.group),
    );
}

function keyOf({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return `${group}/${kind}`;
}
