import { GitfedError } from '../errors.ts';
import { changeConfiguration, type DaemonConfiguration, type LoadedConfiguration } from './configuration.ts';
import type { DaemonEvent } from './events.ts';
import type { Log } from './log.ts';

export interface ReloadOptions {
  readonly first: LoadedConfiguration;
  /** Reads everything anew. @throws {GitfedError} where it cannot be used. */
  readonly read: () => Promise<LoadedConfiguration>;
  /** Takes over what may change, and reads anew the files that it names. @throws {GitfedError} as `read`. */
  readonly apply: (configuration: DaemonConfiguration) => Promise<void>;
  readonly log: Log;
  readonly onEvent: (event: DaemonEvent) => void;
}

/** Takes over a new configuration while the daemon runs: one that is not valid changes nothing, and what needs a restart says so. */
export class Reload {
  readonly #options: ReloadOptions;
  #current: LoadedConfiguration;
  #isRefused = false;
  #postponed = '';
  #last: Promise<void> = Promise.resolve();

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#current = options.first;
  }

  /** One after the other. Never rejects for what an operator wrote. */
  run(): Promise<void> {
    this.#last = this.#last.then(() => this.#run());
    return this.#last;
  }

  async #run(): Promise<void> {
    const { read, apply, log, onEvent } = this.#options;
    try {
      const fresh = await read();
      const { next, applied, postponed } = changeConfiguration(this.#current, fresh);
      await apply(next.configuration);
      this.#current = next;
      this.#warn(fresh);
      this.#postpone(postponed);
      if (applied.length > 0) log.write('info', 'settings were changed', { settings: applied.join(', ') });
      if (applied.length > 0 || this.#isRefused) onEvent({ type: 'configurationReloaded' });
      this.#isRefused = false;
    } catch (error) {
      if (!(error instanceof GitfedError) || error.code === 'INTERNAL') throw error;
      this.#isRefused = true;
      onEvent({ type: 'configurationRefused', message: error.message });
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
