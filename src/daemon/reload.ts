import { GitfedError } from '../errors.ts';
import { changeConfiguration, type DaemonConfiguration, type LoadedConfiguration } from './configuration.ts';
import type { DaemonEvent } from './events.ts';
import type { Log } from './log.ts';

export interface ReloadOptions {
  readonly first: LoadedConfiguration;
  /** Reads everything anew. @throws {GitfedError} where it cannot be used. */
  readonly read: () => Promise<LoadedConfiguration>;
  /** Reads anew the files that a configuration names. @throws {GitfedError} as `read`. */
  readonly readFiles: (configuration: DaemonConfiguration) => Promise<void>;
  /** Takes over a configuration in which something is different. */
  readonly apply: (configuration: DaemonConfiguration) => void;
  readonly log: Log;
  readonly onEvent: (event: DaemonEvent) => void;
}

/** Takes over a new configuration while the daemon runs: one that is not valid changes nothing, and what needs a restart says so. */
export class Reload {
  readonly #options: ReloadOptions;
  #current: LoadedConfiguration;
  /** Why the last one was refused. */
  #refusal: string | undefined;
  #postponed = '';
  #last: Promise<void> = Promise.resolve();

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#current = options.first;
  }

  /**
   * One after the other. Never rejects for what an operator wrote.
   *
   * @param isAsked somebody waits for an answer, also where it is the same as before.
   */
  run(isAsked: boolean): Promise<void> {
    this.#last = this.#last.then(() => this.#run(isAsked));
    return this.#last;
  }

  async #run(isAsked: boolean): Promise<void> {
    const { read, readFiles, apply, log, onEvent } = this.#options;
    try {
      const fresh = await read();
      const { next, applied, postponed } = changeConfiguration(this.#current, fresh);
      await readFiles(next.configuration);
      if (applied.length > 0) apply(next.configuration);
      this.#current = next;
      this.#warn(fresh);
      this.#postpone(postponed);
      if (applied.length > 0) log.write('info', 'settings were changed', { settings: applied.join(', ') });
      if (applied.length > 0 || this.#refusal !== undefined || isAsked) onEvent({ type: 'configurationReloaded' });
      this.#refusal = undefined;
    } catch (error) {
      if (!(error instanceof GitfedError) || error.code === 'INTERNAL') throw error;
      const { message } = error;
      if (message !== this.#refusal || isAsked) onEvent({ type: 'configurationRefused', message });
      this.#refusal = message;
    }
  }

  #postpone(postponed: readonly string[]): void {
    const names = postponed.join(', ');
    if (names !== '' && names !== this.#postponed) {
      this.#options.log.write('warn', 'settings were changed that count after a restart', { settings: names });
    }
    this.#postponed = names;
  }

  #warn({ warnings }: LoadedConfiguration): void {
    for (const warning of warnings) {
      if (!this.#current.warnings.includes(warning)) this.#options.log.write('warn', warning);
    }
  }
}
