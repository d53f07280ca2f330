import { compareText, isJsonObject } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { field } from './fields.ts';

export const DEFAULT_SYSTEM_NAMESPACE = 'kube-federation-system';

/** `metadata.namespace` of an object as far as it is text. */
export function namespaceOf(raw: RawObject): string | undefined {
  return metadataText(raw, 'namespace');
}

export function nameOf(raw: RawObject): string | undefined {
  return metadataText(raw, 'name');
}

function metadataText(raw: RawObject, name: string): string | undefined {
  const metadata = field(raw.object, 'metadata');
  const value = isJsonObject(metadata) ? field(metadata, name) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * The namespace of the KubeFedConfig, else of the clusters, else KubeFed's default. Where clusters disagree: the default if it is
 * among theirs, else the namespace of most of them.
 */
export function findSystemNamespace(kubeFedConfig: RawObject | undefined, clusters: readonly RawObject[]): string {
  const configured = kubeFedConfig === undefined ? undefined : namespaceOf(kubeFedConfig);
  if (configured !== undefined) return configured;
  const counts = new Map<string, number>();
  for (const raw of clusters) {
    const namespace = namespaceOf(raw) ?? DEFAULT_SYSTEM_NAMESPACE;
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  if (counts.size === 0 || counts.has(DEFAULT_SYSTEM_NAMESPACE)) return DEFAULT_SYSTEM_NAMESPACE;
  const [best] = [...counts].toSorted((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  return best?.[0] ?? DEFAULT_SYSTEM_NAMESPACE;
}
