import type { JsonObject } from '../core/index.ts';
import { CORE_GROUP, TYPES_GROUP } from './groups.ts';
import type { ApiResource, FederatedType } from './model.ts';
import { typeConfigName } from './target-type.ts';

/** How a kind is to be federated, where that is not as usual. */
export interface FederatedNaming {
  /** Default `types.kubefed.io`. */
  readonly group?: string | undefined;
  /** Default `v1beta1`. */
  readonly version?: string | undefined;
}

/** The federated kind that KubeFed makes of a kind. A FederatedNamespace lies inside the namespace that it stands for. */
export function federatedResource(target: ApiResource, naming: FederatedNaming = {}): ApiResource {
  return {
    group: naming.group ?? TYPES_GROUP,
    version: naming.version ?? 'v1beta1',
    kind: `Federated${target.kind}`,
    plural: `federated${target.plural}`,
    scope: typeConfigName(target) === 'namespaces' ? 'Namespaced' : target.scope,
  };
}

/** The FederatedTypeConfig of a type, as KubeFed names and writes it. */
export function typeConfigManifest(
  { target, federated, propagation, statusCollection }: Omit<FederatedType, 'name' | 'source'>,
  namespace: string,
): JsonObject {
  return {
    apiVersion: `${CORE_GROUP}/v1beta1`,
    kind: 'FederatedTypeConfig',
    metadata: { name: typeConfigName(target), namespace },
    spec: {
      federatedType: resourceManifest(federated),
      propagation,
      ...(statusCollection ? { statusCollection: 'Enabled' } : {}),
      targetType: resourceManifest(target),
    },
  };
}

function resourceManifest({ group, version, kind, plural, scope }: ApiResource): JsonObject {
  return { ...(group === '' ? {} : { group }), kind, pluralName: plural, scope, version };
}
