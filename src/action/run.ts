import process from 'node:process';
import { GitfedError } from '../errors.ts';
import type { ActionContext } from './context.ts';
import { readEvent } from './event.ts';
import { type Mode, readInputs } from './inputs.ts';
import { fail, hideSecret, readInput } from './runner.ts';

type RunMode = (context: ActionContext) => Promise<void>;

/** Loaded when it is used: a preview does without the Kubernetes client. */
const RUN: Readonly<Record<Mode, () => Promise<RunMode>>> = {
  preview: async () => (await import('./preview.ts')).preview,
  validate: async () => (await import('./validate.ts')).validate,
  render: async () => (await import('./render.ts')).renderBranch,
  sync: async () => (await import('./sync.ts')).syncMembers,
  drift: async () => (await import('./drift.ts')).reportDrift,
  comment: async () => (await import('./comment.ts')).postReport,
};

/** Runs the step. What stops it is its error, in words; it never throws. */
export async function runAction(): Promise<void> {
  try {
    const { env } = process;
    hideSecret(readInput('token'));
    const inputs = readInputs(readInput, {
      workspace: env['GITHUB_WORKSPACE'] ?? process.cwd(),
      temporary: env['RUNNER_TEMP'] ?? process.cwd(),
    });
    const run = await RUN[inputs.mode]();
    await run({ inputs, event: readEvent(env), env });
  } catch (error) {
    fail(describe(error));
  }
}

function describe(error: unknown): string {
  if (error instanceof GitfedError) return error.message;
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `This is a mistake in gitfed. Please report it: ${words}`;
}
