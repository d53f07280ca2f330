import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DaemonConfiguration } from '../../src/daemon/configuration.ts';
import type { StartLoop } from '../../src/daemon/service.ts';

const run = promisify(execFile);

export interface TinyLoopOptions {
  /** Called when the loop was told to end; it ends when this does. */
  readonly onStop?: () => Promise<void>;
  readonly onReconfigure?: (configuration: DaemonConfiguration) => void;
  /** A cluster that is told to fail. */
  readonly failing?: string;
}

/** A loop that reads HEAD of a real repository when it starts and with each hint, and has no clusters but one that fails, if that is wanted. */
export function tinyLoop({ onStop, onReconfigure, failing }: TinyLoopOptions = {}): StartLoop {
  return ({ configuration: { source, ref = 'main' }, onEvent, signal }) => {
    const look = async (): Promise<void> => {
      try {
        const { stdout } = await run('git', ['-C', source, 'log', '-1', '--format=%H %ct', ref]);
        const [commit = '', seconds] = stdout.trim().split(' ');
        const committedAt = Number(seconds) * 1000;
        onEvent({ type: 'sourceRead', commit, branch: ref, durationMs: 1 });
        const counts = { clusters: 0, objects: 0, findings: [], durationMs: 1 };
        onEvent({ type: 'revisionAccepted', commit, committedAt, ...counts });
        if (failing !== undefined) {
          const result = { cluster: failing, state: 'Failed', objects: [] } as const;
          const about = { cluster: failing, commit, trigger: 'revision', durationMs: 1, requests: 1 } as const;
          onEvent({ type: 'passFinished', ...about, result });
        }
        onEvent({ type: 'revisionApplied', commit, committedAt });
      } catch (error) {
        onEvent({ type: 'sourceFailed', message: String(error) });
      }
    };
    onEvent({ type: 'started', source, branch: 'HEAD' });
    let last = look();
    const finished = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    }).then(async () => {
      onEvent({ type: 'stopping' });
      await last;
      await onStop?.();
      onEvent({ type: 'stopped' });
    });
    return {
      hint: () => {
        last = last.then(look);
      },
      reconfigure: (configuration) => onReconfigure?.(configuration),
      finished,
    };
  };
}
