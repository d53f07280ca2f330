import type { FederatedObject, ReplicaSchedulingPreference } from '../api/index.ts';
import { compareText, isJsonObject, type JsonValue, Memo } from '../core/index.ts';

/**
 * A short text that stands for what is asked of the clusters: the preference, and what its target's template and overrides say, but for
 * images, environment variables and annotations, which do not decide whether a pod finds a node. A capacity that was found for one demand
 * says nothing for another. Pure; the same on every machine.
 */
export function demandOf(object: FederatedObject, preference: ReplicaSchedulingPreference): string {
  return demands.get(object, preference);
}

const demands = new Memo((object: FederatedObject, preference: ReplicaSchedulingPreference) => {
  const { totalReplicas, rebalance, intersectWithClusterSelector, clusters } = preference;
  const template = object.template.ok ? object.template.value : null;
  const overrides = object.overrides.ok ? object.overrides.value : [];
  const parts = [
    totalReplicas,
    rebalance,
    intersectWithClusterSelector,
    ...[...clusters]
      .sort(([a], [b]) => compareText(a, b))
      .map(([name, { minReplicas, maxReplicas, weight }]) => [name, minReplicas, maxReplicas ?? 'unlimited', weight]),
    canonical(template),
    ...overrides.map(({ clusterName, operations }) => [
      clusterName,
      ...operations
        .filter(({ path }) => !IMMATERIAL.test(path))
        .map(({ op, path, value }) => [op, path, canonical(value)]),
    ]),
  ];
  return digest(JSON.stringify(parts, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
});

/** Where an override sets nothing that decides whether a pod finds a node. */
const IMMATERIAL = /\/(?:image|env|annotations)(?:\/|$)/;
const IMMATERIAL_KEYS: ReadonlySet<string> = new Set(['image', 'env', 'annotations']);

/** Keys sorted, and without those that do not matter. */
function canonical(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => !IMMATERIAL_KEYS.has(key));
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)).map(([key, item]) => [key, canonical(item)]));
}

/** 64 bits in hexadecimal, of two FNV-1a hashes with different beginnings: told apart is what a person wrote, not what an attacker did. */
function digest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 16_777_619);
    b = Math.imul(b ^ (code + index), 16_777_619);
  }
  // The letter in front makes it a text in YAML, whatever the digits are.
  return `d${[a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')}`;
}
