import { GitfedError } from '../errors.ts';
import { holdingGates } from '../reconcile/pass-gates.ts';
import type { GateReport } from '../report/gates.ts';
import { howToAllow } from '../report/gates-text.ts';

/** A gate holds a commit back: it is not tried again until there is another one. */
export class HeldRevisionError extends GitfedError {
  /** The commit that was applied last, which members stay at. */
  readonly applied: string;

  constructor(report: GateReport, applied: string) {
    const failed = holdingGates(report);
    const reasons = failed.map(({ gate, message }) => `${gate}: ${message}`).join(' ');
    super(
      'CONFIG',
      `It does not pass ${failed.length === 1 ? 'a gate' : `${failed.length} gates`}. ${reasons} Nothing is applied of it; ${howToAllow(failed)}`,
    );
    this.name = 'HeldRevisionError';
    this.applied = applied;
  }
}
