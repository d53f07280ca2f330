import { createHash } from 'node:crypto';
import type { JsonValue } from '../core/index.ts';

/** Names work by what it is. Ten digits are enough to tell the few apart that one repository or one cluster is home to. */
export function shortDigest(work: readonly (JsonValue | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(work)).digest('hex').slice(0, 10);
}
