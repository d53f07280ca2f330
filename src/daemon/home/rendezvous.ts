import { createHash } from 'node:crypto';

/**
 * Who has an item, by rendezvous hashing: each member has a weight for it, and the heaviest has it. Whoever joins takes from everybody alike,
 * and of one that leaves only its own items move. The same on every machine.
 *
 * @returns `undefined` where there is nobody.
 */
export function ownerOf(item: string, members: readonly string[]): string | undefined {
  let owner: string | undefined;
  let most = '';
  for (const member of members) {
    const weight = weightOf(item, member);
    if (owner === undefined || weight > most || (weight === most && member < owner)) {
      owner = member;
      most = weight;
    }
  }
  return owner;
}

/** Lengths are part of it: no two pairs are the same text. */
function weightOf(item: string, member: string): string {
  return createHash('sha256').update(`${member.length}:${member}${item}`).digest('hex');
}
