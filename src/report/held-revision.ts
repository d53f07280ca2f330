import { isJsonObject, type JsonValue } from '../core/index.ts';

/** A commit that is not applied, because of gates; what was applied before stays. */
export interface HeldRevision {
  readonly commit: string;
  /** Of its message, the first line. */
  readonly subject: string;
  readonly gates: readonly { readonly gate: string; readonly message: string }[];
}

/** Reads `held` of a `status.json`; `undefined` for anything that gitfed did not write so. */
export function readHeldRevision(value: JsonValue | undefined): HeldRevision | undefined {
  if (!isJsonObject(value)) return undefined;
  const { commit, subject, gates } = value;
  if (typeof commit !== 'string' || typeof subject !== 'string' || !Array.isArray(gates)) return undefined;
  const read = gates.flatMap((item: JsonValue) => {
    if (!isJsonObject(item)) return [];
    const { gate, message } = item;
    return typeof gate === 'string' && typeof message === 'string' ? [{ gate, message }] : [];
  });
  return { commit, subject, gates: read };
}
