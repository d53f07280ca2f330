import type { JsonObject } from '../core/index.ts';
import type { FederateResult, LeftOut } from '../reconcile/federate-options.ts';
import { plainText } from './plain-text.ts';
import { typeChangesToJson } from './types-report.ts';

/** What was not federated, a line each. */
export function formatLeftOut(leftOut: readonly LeftOut[]): string {
  return leftOut.map(({ object, reason }) => `left out ${plainText(object)}: it ${plainText(reason)}\n`).join('');
}

/** The result as one JSON document. */
export function federatedToJson(result: FederateResult): JsonObject {
  return {
    ...typeChangesToJson(result),
    objects: [...result.objects],
    leftOut: result.leftOut.map(({ object, reason }) => ({ object, reason })),
  };
}
