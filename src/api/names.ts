const DNS1123_LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const DNS1123_LABEL_PATTERN = new RegExp(`^${DNS1123_LABEL}$`);
const DNS1123_SUBDOMAIN_PATTERN = new RegExp(`^${DNS1123_LABEL}(?:\\.${DNS1123_LABEL})*$`);
const DNS1035_LABEL_PATTERN = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_NAME_PATTERN = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Names of RBAC objects: `system:node` and capitals are fine, anything that could leave a path is not. */
export function isPathSegmentName(text: string): boolean {
  return (
    text.length <= 253 &&
    /^[^/%\p{White_Space}\p{Cc}\p{Cf}\p{Cs}]+$/u.test(text) &&
    text !== '.' &&
    !text.includes('..')
  );
}

/** Names of namespaces. @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function isDns1123Label(text: string): boolean {
  return text.length <= 63 && DNS1123_LABEL_PATTERN.test(text);
}

/** Names of most objects, API groups. */
export function isDns1123Subdomain(text: string): boolean {
  return text.length <= 253 && DNS1123_SUBDOMAIN_PATTERN.test(text);
}

/** API versions and plural names. */
export function isDns1035Label(text: string): boolean {
  return text.length <= 63 && DNS1035_LABEL_PATTERN.test(text);
}

/** Keys of labels and annotations: `[prefix/]name`. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  if (slash >= 0 && !isDns1123Subdomain(text.slice(0, slash))) return false;
  return name.length <= 63 && QUALIFIED_NAME_PATTERN.test(name);
}

export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && QUALIFIED_NAME_PATTERN.test(text));
}

/**
 * Names of KubeFedClusters and of the Secrets named after them: clusters are joined under the names of kubeconfig contexts, so
 * capitals are fine.
 */
export function isClusterName(text: string): boolean {
  return isDns1123Subdomain(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

/** KubeFed's guess of a plural: `Gateway` → `gatewaies`, as wrong as there. */
export function pluralName(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(?:s|x|ch|sh|z|o)$/.test(lower)) return `${lower}es`;
  if (lower.endsWith('y')) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}
