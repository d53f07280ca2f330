import type { JsonObject } from '../core/index.ts';
import type { FederateResult, LeftOut } from '../reconcile/federate-options.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { formatTypeChanges, typeChangesToJson } from './types-report.ts';

/** What `gitfed federate` has written, or would, a line for each file, and how edited files differ. Files with Secrets are only named. */
export function formatFederated(result: FederateResult, style: Style): string {
  return formatTypeChanges(result, style, result.secretFiles);
}

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
