import { createHash, randomBytes } from 'node:crypto';

/** As much of a random value as nobody writes by chance, so that a part of it is found too. */
const PART = 12;

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Base64 of bytes that stand somewhere in a longer text, wherever they begin; without what their neighbours change. */
function embedded(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const partial = (before + bytes.length) % 3 === 0 ? 0 : 1;
    return text.slice(Math.ceil((before * 8) / 6), text.length - partial);
  });
}

/** Every way in which a value may be written. */
function formsOf(value: string): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value);
  const hashes = [value, base64(value)].map((text) => createHash('sha256').update(text).digest());
  const core = /[A-Za-z0-9_-]{20,}/.exec(value)?.[0] ?? value;
  const parts = Array.from({ length: Math.ceil((core.length - PART + 1) / 4) }, (_, index) => core.slice(index * 4));
  const json = JSON.stringify(value).slice(1, -1);
  const once = embedded(bytes);
  const encoded = [...once, ...once.flatMap((text) => embedded(Buffer.from(text)))];
  const all: readonly (readonly [string, readonly string[]])[] = [
    ['plain', [value]],
    ['in part', parts.map((part) => part.slice(0, PART))],
    ['JSON', [json, JSON.stringify(json).slice(1, -1)]],
    ['URL', [encodeURIComponent(value), encodeURI(value)]],
    ['base64', encoded],
    ['base64url', encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))],
    ['hex', [bytes.toString('hex')]],
    ['SHA-256', hashes.flatMap((hash) => [hash.toString('hex'), hash.toString('base64'), hash.toString('base64url')])],
  ];
  return new Map(all.flatMap(([form, texts]) => texts.map((text) => [text.replace(/=+$/, '').toLowerCase(), form])));
}

/** Values that no output may hold, each of them in one place only, so that a find tells where it came from. */
export class Canaries {
  readonly #needles = new Map<string, string>();

  /** A new value with characters that every encoding writes in another way. */
  plant(place: string): string {
    return this.add(place, `ö"${randomBytes(18).toString('hex')}/+&`);
  }

  /** A new value that may stand in a header, a URL or a file name. */
  plantToken(place: string): string {
    return this.add(place, randomBytes(20).toString('hex'));
  }

  /** A value that was there before. */
  add(place: string, value: string): string {
    for (const [text, form] of formsOf(value)) this.#needles.set(text, `${place} (${form})`);
    return value;
  }

  /** What of them a text holds. */
  in(text: string): readonly string[] {
    const lower = text.toLowerCase();
    return [...new Set([...this.#needles].flatMap(([needle, name]) => (lower.includes(needle) ? [name] : [])))];
  }
}
