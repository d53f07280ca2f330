import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GitfedError } from '../errors.ts';
import { readAgeIdentities } from './age-identities.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gitfed-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = 'AGE-SECRET-KEY-1TSW3VSN0Q6LKSYZL4UCHQLD36T6A8Q80AAG2GD7KESHUA80SLA4QF3VGCL';

function keyFile(text: string): string {
  const file = path.join(folder, 'key.txt');
  writeFileSync(file, text);
  return file;
}

describe('--age-key-file', () => {
  it('takes what age-keygen writes, several identities, empty lines and comments', async () => {
    const { texts } = await readAgeIdentities(keyFile(`# created: now\r\n\r\n  ${KEY}\r\n# another\n${KEY}`));
    expect(texts).toEqual([KEY, KEY]);
  });

  it.each([
    ['is empty', '', /holds no identity: write one with age-keygen/],
    ['has comments only', '# public key: age1\n', /holds no identity/],
    [
      'has a recipient',
      '# x\nage150gsywptkaqcjnyh3vppwwg7vg8ga08090gnmuynukgs8cywjeyqh5np62\n',
      /line 2 is not an age identity/,
    ],
    ['has a typing error in its key', `${KEY}\n${KEY.replace('TSW', 'TWS')}\n`, /line 2 is not an age identity/],
    ['has an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n', /line 1 is not an age identity/],
    ['has a plugin', 'AGE-PLUGIN-YUBIKEY-1QYQSYQCYQ5RQWZQFPG9\n', /line 1 is not an age identity/],
  ])('that %s is refused without showing it', async (_title, text, message) => {
    const file = keyFile(text);
    const error: unknown = await readAgeIdentities(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GitfedError);
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
    const said = String(error);
    expect(said).toContain(file);
    for (const line of text.split('\n').filter((one) => one !== '')) expect(said).not.toContain(line);
  });

  it.each([
    ['is not there', 'missing.txt', /cannot be read: there is no such file/],
    ['is a folder', 'folder', /cannot be read: it is a folder/],
  ])('that %s is a usage error', async (_title, name, message) => {
    mkdirSync(path.join(folder, 'folder'), { recursive: true });
    await expect(readAgeIdentities(path.join(folder, name))).rejects.toThrow(message);
  });
});
