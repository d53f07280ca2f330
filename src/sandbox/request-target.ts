/** What a path of the API names. */
export interface RequestTarget {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** `''` for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string;
  /** `''` for a collection. */
  readonly name: string;
  readonly subresource: string;
}

/**
 * Reads a path below `/api/v1` or `/apis/GROUP/VERSION`; `undefined` for any other.
 *
 * @throws {URIError} for a part that is not encoded well.
 */
export function parseTarget(pathname: string): RequestTarget | undefined {
  const [root, ...parts] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const group = root === 'api' ? '' : root === 'apis' ? parts.shift() : undefined;
  const version = parts.shift();
  const [first, second, third, ...rest] = parts;
  if (group === undefined || version === undefined || first === undefined) return undefined;
  // `/namespaces/NAME/status` is the subresource of a namespace; everything else below one is in it.
  const isInNamespace = first === 'namespaces' && third !== undefined && third !== 'status' && third !== 'finalize';
  const [plural, name = '', subresource = '', ...more] = isInNamespace
    ? [third, ...rest]
    : [first, second, third, ...rest];
  if (plural === undefined || more.length > 0) return undefined;
  return { group, version, plural, namespace: isInNamespace ? (second ?? '') : '', name, subresource };
}
