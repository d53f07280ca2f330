/** How many failed attempts one address has before it has to wait, and how fast it gets new ones. */
export interface AttemptLimits {
  readonly burst: number;
  readonly perSecond: number;
  /** Addresses that are remembered; beyond, the one that was seen longest ago is forgotten. */
  readonly addresses: number;
}

interface Account {
  readonly left: number;
  readonly at: number;
}

const LIMITS: AttemptLimits = { burst: 10, perSecond: 1, addresses: 1000 };

/** Failed attempts by address. */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #now: () => number;
  /** In the order in which they were seen. */
  readonly #accounts = new Map<string, Account>();

  /** @param now milliseconds of a clock that goes evenly. */
  constructor(now: () => number, limits: Partial<AttemptLimits> = {}) {
    this.#now = now;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Whether an address has used up its attempts for now. */
  isExhausted(address: string): boolean {
    return this.#left(networkOf(address)) < 1;
  }

  /** Notes a failed attempt. */
  fail(address: string): void {
    const network = networkOf(address);
    const left = this.#left(network) - 1;
    this.#accounts.delete(network);
    this.#accounts.set(network, { left, at: this.#now() });
    if (this.#accounts.size <= this.#limits.addresses) return;
    const [oldest] = this.#accounts.keys();
    if (oldest !== undefined) this.#accounts.delete(oldest);
  }

  #left(network: string): number {
    const { burst, perSecond } = this.#limits;
    const account = this.#accounts.get(network);
    if (account === undefined) return burst;
    return Math.min(burst, account.left + ((this.#now() - account.at) / 1000) * perSecond);
  }
}

/** Of IPv6 somebody has a whole /64 to write from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - tail.split(':').length }, () => '0');
  return [...groups, ...zeros, ...(tail?.split(':') ?? [])].slice(0, 4).join(':');
}
