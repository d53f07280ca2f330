import { plainText } from '../../report/plain-text.ts';
import type { ExitCode, Io } from '../io.ts';
import type { Look } from './look-at-push.ts';
import type { HookSettings, Policy } from './settings.ts';

export interface Decision {
  /** What a push is refused with, and nothing is done. */
  readonly refusal: string;
  /** After a refusal: what else can be done. */
  readonly wayOut?: string;
}

/** Prints what came of looking at a push, and lets it through (0) or not (1). */
export async function decidePush(look: Look, settings: HookSettings, decision: Decision, io: Io): Promise<ExitCode> {
  const { refusal, wayOut } = decision;
  const say = (lines: readonly string[]): Promise<void> => io.stderr.write(`${lines.join('\n')}\n`);
  const end = async (policy: Policy, setting: string): Promise<ExitCode> => {
    if (policy === 'allow') {
      await say([`gitfed: The push goes through, and nobody looked at it (${setting} allow).`]);
      return 0;
    }
    await say([`gitfed: ${refusal} (${setting} refuse).`, ...(wayOut === undefined ? [] : [wayOut])]);
    return 1;
  };
  switch (look.type) {
    case 'answered': {
      const { text, refusals } = look.answer;
      await io.stderr.write(text);
      if (refusals.length === 0) return 0;
      const reasons = refusals.map((reason) => `- ${plainText(reason)}`);
      await say(['', `gitfed: ${refusal}:`, ...reasons, ...(wayOut === undefined ? [] : [wayOut])]);
      return 1;
    }
    case 'timedOut':
      await say([
        `gitfed: Gave up after ${inSeconds(settings.timeoutMs)}: it takes longer to see what the push means.`,
      ]);
      return await end(settings.onTimeout, '--on-timeout');
    case 'failed':
      await say([look.message]);
      return await end(settings.onFailure, '--on-failure');
    case 'interrupted':
      return 130;
    default:
      return look satisfies never;
  }
}

/** `30 s`. */
export function inSeconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
