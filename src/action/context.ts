import type { WorkflowEvent } from './event.ts';
import type { Inputs } from './inputs.ts';

/** What every mode may look at. */
export interface ActionContext {
  readonly inputs: Inputs;
  readonly event: WorkflowEvent;
  readonly env: Readonly<Record<string, string | undefined>>;
}
