/** The gates, as commits and reports name them. */
export const GATES = [
  'maxDeletions',
  'maxClusters',
  'maxReplicasLost',
  'protected.kinds',
  'protected.namespaces',
  'protected.clusters',
] as const;

export type GateName = (typeof GATES)[number];

/** The trailer of a commit that lets its change through a gate. */
export const ALLOW_TRAILER = 'Gitfed-Allow';

/** What is said behind the trailer to confirm that clusters which seem lost really are. It is no gate: it lets no change through. */
export const FAILOVER_ALLOWANCE = 'failover';

/** Somebody's word for a change that is over a limit. */
export interface Allowance {
  /** As it was written: it may name no gate. */
  readonly gate: string;
  /** `''` where none was given. */
  readonly reason: string;
  /** Who said it where. Absent: on the command line. */
  readonly commit?: { readonly id: string; readonly author: string };
}

/** What stands in the trailer `Gitfed-Allow` behind the colon. */
export interface AllowTrailer {
  /** Never empty, but for an empty text. */
  readonly gates: readonly string[];
  readonly reason: string;
}

/**
 * Reads `GATE reason` and `GATE, GATE reason`. The first word is taken for a gate whatever it is, so that a slip can be told; those that
 * follow while they are gates. The plain word `protected` goes on the list only after a comma: it may begin a reason.
 */
export function parseAllowTrailer(text: string): AllowTrailer {
  const gates: string[] = [];
  let rest = text.trim();
  for (let isListed = true; rest !== ''; ) {
    const [whole = '', word = '', comma = ''] = /^([^\s,:]+)\s*([,:]?)\s*/.exec(rest) ?? [];
    const known = gatesNamed(word);
    const isGate =
      gates.length === 0 || known.length === 1 || ((known.length > 1 || confirmsFailover(word)) && isListed);
    if (word === '' || !isGate) break;
    gates.push(word);
    isListed = comma === ',';
    rest = rest.slice(whole.length);
    if (comma === ':') break;
  }
  return { gates, reason: rest };
}

/** The gates that a word stands for: one, all of `protected`, or none. Its case does not count, nor where the setting stands. */
export function gatesNamed(word: string): readonly GateName[] {
  const name = word.toLowerCase().replace(/^(?:gates|prune)\./, '');
  return GATES.filter((gate) => {
    const lower = gate.toLowerCase();
    return lower === name || lower.startsWith(`${name}.`);
  });
}

/** Whether the word says that clusters which seem lost really are. Its case does not count. */
export function confirmsFailover(word: string): boolean {
  return word.toLowerCase() === FAILOVER_ALLOWANCE;
}

/** Who lets a change through this gate; the first one, where there are several. */
export function allowanceFor(gate: GateName, allowances: readonly Allowance[]): Allowance | undefined {
  return allowances.find((allowance) => gatesNamed(allowance.gate).includes(gate));
}
