/** An integer as gitfed keeps it in JSON: `number` where that is exact, else `bigint`. */
export function toJsonInteger(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}
