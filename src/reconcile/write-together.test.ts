import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeTogether } from './write-together.ts';

function folder(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(path.join(tmpdir(), 'gitfed-write-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
  return root;
}

/** Every file below the folder, with its text. */
function contents(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((name) => [path.relative(root, name), readFileSync(name, 'utf8')]),
  );
}

describe('files that are written together', () => {
  it('are created, edited with their rights, and deleted', async () => {
    const root = folder({ 'old.yaml': 'a', 'gone.yaml': 'b' });
    chmodSync(path.join(root, 'old.yaml'), 0o640);
    await writeTogether(root, [
      { file: 'deep/er/new.yaml', after: 'n' },
      { file: 'old.yaml', before: 'a', after: 'A' },
      { file: 'gone.yaml', before: 'b' },
    ]);
    expect(contents(root)).toEqual({ 'deep/er/new.yaml': 'n', 'old.yaml': 'A' });
    expect(statSync(path.join(root, 'old.yaml')).mode & 0o777).toBe(0o640);
  });

  const ALL = [
    { file: 'new/one.yaml', after: 'n' },
    { file: 'old.yaml', before: 'a', after: 'A' },
    { file: 'gone.yaml', before: 'b' },
  ];

  it('are put back with their folders where the check says no', async () => {
    const before = { 'old.yaml': 'a', 'gone.yaml': 'b' };
    const root = folder(before);
    await expect(writeTogether(root, ALL, async () => 'They are not read.')).rejects.toThrow('They are not read.');
    expect(contents(root)).toEqual(before);
    expect(readdirSync(root).toSorted()).toEqual(['gone.yaml', 'old.yaml']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a file was changed', { 'old.yaml': 'other', 'gone.yaml': 'b' }, 'old.yaml was changed meanwhile'],
    ['a file to be deleted was changed', { 'old.yaml': 'a', 'gone.yaml': 'B' }, 'gone.yaml was changed meanwhile'],
    ['a file is gone', { 'old.yaml': 'a' }, 'gone.yaml cannot be written (ENOENT)'],
    ['a folder is a file', { 'old.yaml': 'a', 'gone.yaml': 'b', new: '' }, 'new is not a folder'],
  ])('are left alone where %s', async (_, files, message) => {
    const root = folder(files);
    await expect(writeTogether(root, ALL)).rejects.toThrow(message);
    expect(contents(root)).toEqual(files);
  });

  it('overwrite nothing', async () => {
    const root = folder({ 'a.yaml': 'a', 'b.yaml': 'theirs' });
    const files = [
      { file: 'a.yaml', before: 'a', after: 'A' },
      { file: 'b.yaml', after: 'ours' },
    ];
    await expect(writeTogether(root, files)).rejects.toThrow('b.yaml is there already: nothing was written.');
    expect(contents(root)).toEqual({ 'a.yaml': 'a', 'b.yaml': 'theirs' });
  });

  it('follow no symbolic link', async () => {
    const outside = folder();
    const root = folder();
    symlinkSync(outside, path.join(root, 'types'));
    await expect(writeTogether(root, [{ file: 'types/a.yaml', after: 'a' }])).rejects.toThrow('types is not a folder');
    expect(readdirSync(outside)).toEqual([]);
  });
});
