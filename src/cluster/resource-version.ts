const NUMBER = /^(?:0|[1-9]\d*)$/;

/**
 * Whether a version is of an earlier moment than another. Where one of the two is no number, nobody knows: then it is not.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function isOlderVersion(version: string | undefined, other: string | undefined): boolean {
  if (version === undefined || other === undefined || !NUMBER.test(version) || !NUMBER.test(other)) return false;
  if (version.length !== other.length) return version.length < other.length;
  return version < other;
}
