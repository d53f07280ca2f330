import type { ItemKey } from './list-keys.ts';

/** A step into a manifest: a key of a mapping, an index of a list, or the key of a list's item. */
export type FieldStep = string | number | { readonly key: ItemKey };

/** `.spec.template.spec.containers[name="web"].image`, `.metadata.annotations["shop.example/owner"]`, `.args[0]`. */
export function formatFieldPath(path: readonly FieldStep[]): string {
  return path.map(formatStep).join('') || '.';
}

/** `/metadata/annotations/shop.example~1owner`. @see https://www.rfc-editor.org/rfc/rfc6901 */
export function formatJsonPointer(path: readonly (string | number)[]): string {
  return path.map((key) => `/${`${key}`.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A key as it stands between the slashes of a JSON pointer. One pass from left to right: `~01` is `~1`. */
export function decodePointerToken(token: string): string {
  return token.includes('~') ? token.replace(/~[01]/g, (coded) => (coded === '~1' ? '/' : '~')) : token;
}

function formatStep(step: FieldStep): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string') return /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  return `[${step.key.map(([field, value]) => `${field}=${formatKeyValue(value)}`).join(',')}]`;
}

function formatKeyValue(value: string | number | bigint): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${value}`;
}
