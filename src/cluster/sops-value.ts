import { createDecipheriv } from 'node:crypto';
import type { JsonValue } from '../core/index.ts';

/** Why an encrypted document is not used: a sentence of its own in plain words, without any value, key or text of the file. */
export class SopsError extends Error {}

/** A value of a document, and the bytes that stand for it in the checksum of the file. `undefined`: an encrypted comment. */
export interface PlainValue {
  readonly value: JsonValue | undefined;
  readonly bytes: Uint8Array;
}

const CIPHERTEXT =
  /^ENC\[AES256_GCM,data:(?<data>[A-Za-z0-9+/=]+),iv:(?<iv>[A-Za-z0-9+/=]+),tag:(?<tag>[A-Za-z0-9+/=]+),type:(?<type>[a-z]+)\]$/;
/** node:crypto would take a shorter tag for a weaker one. */
const TAG_BYTES = 16;

/**
 * Decrypts one value.
 *
 * @param place additional data: it binds the value to where it stands.
 * @throws {SopsError}
 */
export function decryptValue(text: string, key: Uint8Array, place: string): PlainValue {
  const { data = '', iv = '', tag = '', type = '' } = CIPHERTEXT.exec(text)?.groups ?? {};
  const bytes = open({ data: decode(data), iv: decode(iv), tag: decode(tag) }, key, place);
  return { value: typed(bytes, type), bytes: type === 'comment' ? new Uint8Array() : bytes };
}

interface Sealed {
  readonly data: Uint8Array;
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
}

function open({ data, iv, tag }: Sealed, key: Uint8Array, place: string): Uint8Array {
  if (data.length === 0 || iv.length === 0 || tag.length !== TAG_BYTES) {
    throw new SopsError('an encrypted value in it is cut off or not in the format of SOPS');
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place, 'utf8'));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    throw new SopsError('an encrypted value in it was changed or moved after it was encrypted');
  }
}

function decode(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

const TRUE = new Set(['True', 'true', 'TRUE', 'T', 't', '1']);
const FALSE = new Set(['False', 'false', 'FALSE', 'F', 'f', '0']);

function typed(bytes: Uint8Array, type: string): JsonValue | undefined {
  const text = decodeUtf8(bytes);
  switch (type) {
    case 'str':
    case 'bytes':
    case 'time':
      return text;
    case 'int':
      if (/^[-+]?\d{1,20}$/.test(text)) return narrow(BigInt(text.replace(/^\+/, '')));
      break;
    case 'float':
      if (/^[-+]?\d+(?:\.\d+)?$/.test(text)) return Number(text);
      break;
    case 'bool':
      if (TRUE.has(text)) return true;
      if (FALSE.has(text)) return false;
      break;
    case 'comment':
      return undefined;
  }
  throw new SopsError('an encrypted value in it is not of the type that is written beside it');
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    // A byte order mark is part of the value.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SopsError('an encrypted value in it is not UTF-8 text: write binary data as base64 below data');
  }
}

/** The bytes that stand for a value that is not encrypted. */
export function plainBytes(value: string | number | bigint | boolean): Uint8Array {
  return Buffer.from(plainText(value), 'utf8');
}

function plainText(value: string | number | bigint | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? decimal(value) : String(value);
}

/** The shortest digits that name a number, without an exponent: `1e-7` is `0.0000001`. */
function decimal(value: number): string {
  const {
    sign = '',
    whole = '',
    fraction = '',
    exponent,
  } = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>[-+]\d+))?$/.exec(String(value))?.groups ?? {};
  if (exponent === undefined) return String(value);
  const digits = `${whole}${fraction}`;
  // JavaScript takes an exponent from 1e21 on and below 1e-6, so that the point never falls between the digits.
  const point = whole.length + Number(exponent);
  return point > 0 ? `${sign}${digits.padEnd(point, '0')}` : `${sign}0.${'0'.repeat(-point)}${digits}`;
}
