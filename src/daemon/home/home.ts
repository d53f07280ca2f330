import { randomBytes } from 'node:crypto';
import { createLeaseHolder, type LeaseHolder } from '../../apply/lease-holder.ts';
import { ConfigMalformedError, isApiError } from '../../cluster/index.ts';
import { GitfedError } from '../../errors.ts';
import { withoutCredentials } from '../../git/index.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { shortDigest } from '../short-digest.ts';
import { LeaseDirectory } from './directory.ts';
import { HomeConnection } from './home-connection.ts';
import { Mailbox, type MailboxOptions } from './mailbox.ts';
import { MailboxStore } from './mailbox-store.ts';
import { type HomeDurations, homeDurations, Membership, type MembershipOptions } from './membership.ts';

/** A rollout changes the status of a cluster many times in a moment. */
const GATHER_MS = 500;

/** A cluster in which daemons share the work. */
export interface HomeSettings {
  /** Default: the cluster that this process is a pod of. */
  readonly kubeconfig?: string;
  readonly namespace?: string;
  /** Default: made of the work. */
  readonly name?: string;
  readonly leaseMs: number;
}

/** What daemons that share the work agree on. */
export interface HomeWork {
  readonly source: string;
  readonly branch?: string;
  readonly path?: string;
  readonly clusters?: readonly string[];
}

/** The home cluster, as one daemon takes part in it. */
export class Home {
  readonly name: string;
  readonly durations: HomeDurations;
  readonly holder: LeaseHolder;
  readonly connection: HomeConnection;
  /** What it works on, as a digest. */
  readonly work: string;

  /**
   * Nothing is asked of it yet: it may be away.
   *
   * @throws {GitfedError} `USAGE` where there is none, or its kubeconfig cannot be used.
   */
  static async open(settings: HomeSettings, work: HomeWork): Promise<Home> {
    const durations = homeDurations(settings.leaseMs);
    const credentials = {
      env: process.env,
      ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
    };
    const connection = await HomeConnection.open(credentials, {
      namespace: settings.namespace,
      // So that there is time for more attempts until the deadline.
      timeoutMs: durations.renewDeadlineMs / 4,
    }).catch((error: unknown) => {
      if (!(error instanceof ConfigMalformedError) && !isApiError(error)) throw error;
      const where = settings.kubeconfig === undefined ? 'home.inCluster' : `--home-kubeconfig ${settings.kubeconfig}`;
      const text = `The home cluster cannot be used: ${error.message}. Correct ${where}, and start the daemon again.`;
      throw new GitfedError('USAGE', text, { cause: error });
    });
    return new Home({ connection, durations, holder: await createLeaseHolder(), name: settings.name, work });
  }

  private constructor({
    connection,
    durations,
    holder,
    name,
    work,
  }: Pick<Home, 'connection' | 'durations' | 'holder'> & {
    readonly name: string | undefined;
    readonly work: HomeWork;
  }) {
    this.work = digestOf(work);
    this.name = name ?? this.work;
    this.connection = connection;
    this.durations = durations;
    this.holder = holder;
  }

  /** Where its members leave things for each other. */
  openMailbox(
    { clock, random }: { readonly clock: Clock; readonly random: () => number },
    on: Pick<MailboxOptions, 'writer' | 'isRead' | 'onEntry' | 'onListed' | 'onTrouble'>,
  ): Mailbox {
    const { connection, name: home } = this;
    const store = new MailboxStore({ home, namespace: connection.namespace, client: () => connection.client() });
    return new Mailbox({ ...on, store, clock, random, gatherMs: GATHER_MS });
  }

  /** Takes part in it once it is run. */
  join(
    { clock, random }: { readonly clock: Clock; readonly random: () => number },
    on: Pick<MembershipOptions, 'release' | 'onShare' | 'onLost' | 'onJoined'>,
  ): Membership {
    const { connection, durations, holder, name, work } = this;
    const directory = new LeaseDirectory({
      home: name,
      namespace: connection.namespace,
      client: () => connection.client(),
      seconds: Math.ceil(durations.leaseMs / 1000),
      now: () => clock.now(),
    });
    const newId = (): string => randomBytes(5).toString('hex');
    return new Membership({ ...on, directory, clock, random, durations, holder, work, newId });
  }
}

function digestOf({ source, branch, path, clusters }: HomeWork): string {
  return shortDigest([withoutCredentials(source), branch, path, clusters?.toSorted()]);
}
