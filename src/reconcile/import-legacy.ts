import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { groupOf } from './import-objects.ts';

/** Kinds whose names had another spelling. */
const OLD_KINDS: Readonly<Record<string, string>> = {
  KubefedCluster: 'KubeFedCluster',
  KubefedConfig: 'KubeFedConfig',
};

/**
 * An object of KubeFed in today's spelling: groups that ended in `kubefed.k8s.io`, `placement.clusterNames`, and what v1alpha1 called
 * otherwise. Others are returned as they are. Pure.
 */
export function modernized(object: JsonObject): JsonObject {
  const group = groupOf(object);
  const [current, version] = [currentGroup(group), String(object['apiVersion']).split('/')[1] ?? ''];
  const kind = String(object['kind']);
  const isOld = version === 'v1alpha1';
  if (current === 'core.kubefed.io') {
    const known = Object.hasOwn(OLD_KINDS, kind) ? (OLD_KINDS[kind] ?? kind) : kind;
    const isNote = known.endsWith('PropagatedVersion') || known === 'FederatedServiceStatus';
    const target = isOld && !isNote ? 'v1beta1' : version;
    const spec = isOld ? modernSpec(known, object['spec']) : object['spec'];
    return { ...object, apiVersion: `${current}/${target}`, kind: known, ...(spec === undefined ? {} : { spec }) };
  }
  const renamed = current === group ? object : { ...object, apiVersion: `${current}/${version}` };
  return kind.startsWith('Federated') ? modernFederated(renamed, isOld) : renamed;
}

/** `types.kubefed.io` of `types.kubefed.k8s.io`. */
export function currentGroup(group: string): string {
  return group === 'kubefed.k8s.io' || group.endsWith('.kubefed.k8s.io')
    ? group.replace(/kubefed\.k8s\.io$/, 'kubefed.io')
    : group;
}

function modernSpec(kind: string, spec: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(spec)) return spec;
  if (kind === 'FederatedTypeConfig') return modernTypeConfig(spec);
  return kind === 'KubeFedConfig' ? modernConfig(spec) : spec;
}

/** `target`, `namespaced` and `propagationEnabled` became `targetType`, scopes and `propagation`. */
function modernTypeConfig(spec: JsonObject): JsonObject {
  const {
    target,
    namespaced,
    propagationEnabled,
    enableStatus,
    status,
    comparisonField: _comparison,
    placement: _placement,
    ...rest
  } = spec;
  const scope = typeof namespaced === 'boolean' ? (namespaced ? 'Namespaced' : 'Cluster') : undefined;
  const targetType = scoped(rest['targetType'] ?? target, scope);
  const federatedType = scoped(rest['federatedType'], scopeOfFederated(targetType, scope));
  const statusType = scoped(rest['statusType'] ?? status, 'Namespaced');
  return {
    ...rest,
    ...(targetType === undefined ? {} : { targetType }),
    ...(federatedType === undefined ? {} : { federatedType: current(federatedType) }),
    ...(statusType === undefined ? {} : { statusType: current(statusType) }),
    ...switched('propagation', rest['propagation'], propagationEnabled),
    ...switched('statusCollection', rest['statusCollection'], enableStatus),
  };
}

function switched(name: string, value: JsonValue | undefined, flag: JsonValue | undefined): JsonObject {
  if (value !== undefined) return { [name]: value };
  return typeof flag === 'boolean' ? { [name]: flag ? 'Enabled' : 'Disabled' } : {};
}

function scoped(type: JsonValue | undefined, scope: string | undefined): JsonValue | undefined {
  if (!isJsonObject(type) || scope === undefined || Object.hasOwn(type, 'scope')) return type;
  return { ...type, scope };
}

/** A FederatedNamespace lies in its namespace. */
function scopeOfFederated(target: JsonValue | undefined, scope: string | undefined): string | undefined {
  const isNamespace = isJsonObject(target) && target['kind'] === 'Namespace' && (target['group'] ?? '') === '';
  return isNamespace ? 'Namespaced' : scope;
}

/** A federated type with the group and the version of today. */
function current(type: JsonValue): JsonValue {
  if (!isJsonObject(type) || typeof type['group'] !== 'string') return type;
  return {
    ...type,
    group: currentGroup(type['group']),
    ...(type['version'] === 'v1alpha1' ? { version: 'v1beta1' } : {}),
  };
}

const SECONDS: Readonly<Record<string, string>> = { periodSeconds: 'period', timeoutSeconds: 'timeout' };

function modernConfig(spec: JsonObject): JsonObject {
  const gates = spec['featureGates'];
  const health = spec['clusterHealthCheck'];
  const sync = spec['syncController'];
  return {
    ...spec,
    ...(Array.isArray(gates) ? { featureGates: (gates as readonly JsonValue[]).map(modernGate) } : {}),
    ...(isJsonObject(health) ? { clusterHealthCheck: Object.fromEntries(Object.entries(health).map(inDuration)) } : {}),
    ...(isJsonObject(sync) ? { syncController: modernSync(sync) } : {}),
  };
}

function modernGate(gate: JsonValue): JsonValue {
  if (!isJsonObject(gate) || typeof gate['enabled'] !== 'boolean') return gate;
  const { enabled, ...rest } = gate;
  return { ...rest, ...switched('configuration', rest['configuration'], enabled) };
}

function inDuration([key, value]: [string, JsonValue]): [string, JsonValue] {
  const name = Object.hasOwn(SECONDS, key) ? SECONDS[key] : undefined;
  return name === undefined ? [key, value] : [name, `${String(value)}s`];
}

function modernSync(sync: JsonObject): JsonObject {
  const { skipAdoptingResources: skip, ...rest } = sync;
  return { ...rest, ...switched('adoptResources', rest['adoptResources'], typeof skip === 'boolean' ? !skip : skip) };
}

function modernFederated(object: JsonObject, isOld: boolean): JsonObject {
  const { spec, apiVersion } = object;
  const version = isOld ? String(apiVersion).replace(/\/v1alpha1$/, '/v1beta1') : apiVersion;
  const named = version === undefined || version === apiVersion ? object : { ...object, apiVersion: version };
  if (!isJsonObject(spec)) return named;
  const placed: JsonObject = {
    ...spec,
    ...(isJsonObject(spec['placement']) ? { placement: modernPlacement(spec['placement']) } : {}),
  };
  const overrides = placed['overrides'];
  const isChanged = isOld && Array.isArray(overrides);
  return {
    ...named,
    spec: isChanged ? { ...placed, overrides: (overrides as readonly JsonValue[]).map(modernOverride) } : placed,
  };
}

/** `clusterNames: [a]` became `clusters: [{name: a}]`. Where both are, the new one counts. */
function modernPlacement(placement: JsonObject): JsonObject {
  const { clusterNames, ...rest } = placement;
  if (!Array.isArray(clusterNames) || (rest['clusters'] ?? null) !== null) return rest;
  return { ...rest, clusters: (clusterNames as readonly JsonValue[]).map((name) => ({ name })) };
}

/** `spec.replicas` became `/spec/replicas`. */
function modernOverride(entry: JsonValue): JsonValue {
  if (!isJsonObject(entry) || !Array.isArray(entry['clusterOverrides'])) return entry;
  const items = (entry['clusterOverrides'] as readonly JsonValue[]).map((item) => {
    const path = isJsonObject(item) ? item['path'] : undefined;
    if (!isJsonObject(item) || typeof path !== 'string' || path === '' || path.includes('/')) return item;
    return { ...item, path: `/${path.split('.').join('/')}` };
  });
  return { ...entry, clusterOverrides: items };
}
