import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isJsonObject, parseJson } from '../../core/index.ts';
import { runService } from '../../daemon/service.ts';
import { startLoop } from '../../daemon/start-loop.ts';
import { GitfedError } from '../../errors.ts';
import { Checkout } from './checkout.ts';
import { DaemonEvents } from './daemon-events.ts';
import { DemoFleet } from './fleet.ts';
import { writeShopExample } from './shop-example.ts';

/** Where the story takes place. */
export interface Stage {
  readonly fleet: DemoFleet;
  /** The bare repository that the daemon follows. */
  readonly repository: string;
  readonly checkout: Checkout;
  /** With a context for each cluster. */
  readonly kubeconfig: string;
  /** Starts the daemon. @returns its events, and where it can be asked for metrics. */
  startDaemon(): Promise<{ readonly events: DaemonEvents; readonly address: string }>;
}

/**
 * Puts up three clusters and a repository, lets `play` happen there, and takes all of it away, however that ended.
 *
 * @param signal ends it early.
 */
export async function withStage<T>(signal: AbortSignal, play: (stage: Stage) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gitfed-demo-'));
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  let fleet: DemoFleet | undefined;
  let service: Promise<void> | undefined;
  try {
    fleet = await DemoFleet.start();
    signal.throwIfAborted();
    const repository = path.join(folder, 'shop.git');
    const kubeconfig = path.join(folder, 'kubeconfig');
    await writeFile(kubeconfig, `${fleet.kubeconfig()}\n`, { mode: 0o600 });
    const checkout = await seed(folder, repository, fleet);
    const startDaemon: Stage['startDaemon'] = async () => {
      const running = runDaemon(repository, kubeconfig, stopping.signal);
      service = running.ended;
      const { events } = running;
      signal.addEventListener('abort', () => events.fail(signal.reason), { once: true });
      if (signal.aborted) events.fail(signal.reason);
      return { events, address: await running.address };
    };
    return await play({ fleet, repository, checkout, kubeconfig, startDaemon });
  } finally {
    stop();
    // What went wrong in it was told to whoever waited for its events.
    await service?.catch(() => undefined);
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function seed(folder: string, repository: string, { clusters }: DemoFleet): Promise<Checkout> {
  const work = path.join(folder, 'shop');
  await mkdir(work);
  await writeShopExample(work, new Map(clusters.map(({ name, url }) => [name, url])));
  return await Checkout.create(work, repository, 'A shop on three clusters');
}

interface RunningDaemon {
  readonly events: DaemonEvents;
  readonly address: Promise<string>;
  readonly ended: Promise<void>;
}

/** `gitfed daemon`, in this process: the same service and the same loop, whose events are also given to the story. */
function runDaemon(repository: string, kubeconfig: string, signal: AbortSignal): RunningDaemon {
  const events = new DaemonEvents();
  const listening = Promise.withResolvers<string>();
  const fail = (error: unknown): void => {
    events.fail(error);
    listening.reject(error);
  };
  const flags = { source: repository, kubeconfig, listen: '127.0.0.1:0', 'status-min-interval': '1s' };
  const ended = runService({
    source: {
      env: {},
      flags: { ...flags, 'status-author': 'gitfed <gitfed@shop.example>' },
      cwd: path.dirname(repository),
    },
    signal,
    logStream: {
      write(line: string) {
        const value = parseJson(line);
        if (isJsonObject(value) && value['msg'] === 'listening') listening.resolve(`http://${value['address']}`);
      },
    },
    startLoop: ({ onEvent, ...options }) =>
      startLoop({
        ...options,
        onEvent: (event) => {
          onEvent(event);
          events.add(event);
        },
      }),
  });
  ended.then(
    () => fail(new GitfedError('INTERNAL', 'The daemon of the demo ended before its story did.')),
    (error: unknown) => fail(error),
  );
  return { events, address: listening.promise, ended };
}
