import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOutputDirectory } from './output-directory.ts';

let root: string;
let target: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gitfed-output-'));
  target = join(root, 'out');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>, mayRemove = (_path: string): boolean => true) {
  const list = Object.entries(files).map(([path, content]) => ({ path, text: () => content }));
  return writeOutputDirectory(target, list, mayRemove);
}

function tree(): string[] {
  return readdirSync(target, { recursive: true, encoding: 'utf8' }).sort();
}

describe('writeOutputDirectory', () => {
  it('writes files and lists them', () => {
    expect(write({ 'eu/shop/a.yaml': 'a', 'eu/b.yaml': 'b' })).toEqual({
      written: 2,
      unchanged: 0,
      removed: 0,
      kept: 0,
    });
    expect(readFileSync(join(target, 'eu/shop/a.yaml'), 'utf8')).toBe('a');
    expect(readFileSync(join(target, '.gitfed-index'), 'utf8')).toBe('eu/b.yaml\neu/shop/a.yaml\n');
  });

  it('does not touch a file that is right', () => {
    write({ 'a.yaml': 'a', 'b.yaml': 'b' });
    const before = statSync(join(target, 'a.yaml'), { bigint: true }).mtimeNs;
    expect(write({ 'a.yaml': 'a', 'b.yaml': 'c' })).toEqual({ written: 1, unchanged: 1, removed: 0, kept: 0 });
    expect(statSync(join(target, 'a.yaml'), { bigint: true }).mtimeNs).toBe(before);
  });

  it('removes what it wrote and no longer writes, with the directories that are left empty', () => {
    write({ 'eu/shop/a.yaml': 'a', 'us/a.yaml': 'a' });
    expect(write({ 'us/a.yaml': 'a' })).toMatchObject({ removed: 1 });
    expect(tree()).toEqual(['.gitfed-index', 'us', 'us/a.yaml']);
  });

  it('removes before it writes, since a new path may be another spelling of an old one', () => {
    write({ 'eu/WIDGET-a.yaml': 'a' });
    const text = (): string => tree().join();
    const summary = writeOutputDirectory(target, [{ path: 'eu/Widget-a.yaml', text }], () => true);
    expect(summary).toMatchObject({ written: 1, removed: 1 });
    expect(readFileSync(join(target, 'eu/Widget-a.yaml'), 'utf8')).toBe('.gitfed-index');
  });

  it('keeps what may not be removed, and removes it when it may', () => {
    write({ 'a.yaml': 'a', 'b.yaml': 'b' });
    expect(write({}, (path) => path !== 'a.yaml')).toMatchObject({ removed: 1, kept: 1 });
    expect(tree()).toEqual(['.gitfed-index', 'a.yaml']);
    expect(write({})).toMatchObject({ removed: 1, kept: 0 });
    expect(tree()).toEqual(['.gitfed-index']);
  });

  it('leaves the files of others alone', () => {
    write({ 'eu/a.yaml': 'a' });
    writeFileSync(join(target, 'eu', 'mine.txt'), 'mine');
    write({});
    expect(tree()).toEqual(['.gitfed-index', 'eu', 'eu/mine.txt']);
  });

  it('refuses a directory with files and no index', () => {
    mkdirSync(target);
    writeFileSync(join(target, 'mine.txt'), 'mine');
    expect(() => write({ 'a.yaml': 'a' })).toThrow(/did not write/);
    expect(tree()).toEqual(['mine.txt']);
  });

  it('refuses to overwrite a file that it did not write, before it writes anything', () => {
    write({});
    writeFileSync(join(target, 'b.yaml'), 'mine');
    expect(() => write({ 'a.yaml': 'a', 'b.yaml': 'b' })).toThrow(/not written by gitfed/);
    expect(tree()).toEqual(['.gitfed-index', 'b.yaml']);
    expect(readFileSync(join(target, '.gitfed-index'), 'utf8')).toBe('');
  });

  it('security row 25: does not follow a symbolic link in place of a file', () => {
    const outside = join(root, 'outside.txt');
    writeFileSync(outside, 'outside');
    write({ 'a.yaml': 'a' });
    rmSync(join(target, 'a.yaml'));
    symlinkSync(outside, join(target, 'a.yaml'));
    expect(() => write({ 'a.yaml': 'changed' })).toThrow(/not a plain file/);
    expect(readFileSync(outside, 'utf8')).toBe('outside');
  });

  it('security row 25: does not write or remove through a symbolic link in place of a directory', () => {
    const outside = join(root, 'outside');
    write({ 'eu/a.yaml': 'a' });
    rmSync(join(target, 'eu'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, 'a.yaml'), 'outside');
    symlinkSync(outside, join(target, 'eu'));
    expect(() => write({ 'eu/a.yaml': 'changed' })).toThrow(/not a directory/);
    expect(write({})).toMatchObject({ removed: 0 });
    expect(readFileSync(join(outside, 'a.yaml'), 'utf8')).toBe('outside');
  });

  it('security row 25: takes no path out of the directory from an index that somebody else wrote', () => {
    const outside = join(root, 'outside.txt');
    writeFileSync(outside, 'outside');
    mkdirSync(target);
    writeFileSync(join(target, '.gitfed-index'), `../outside.txt\n${outside}\na/../../outside.txt\n.\n\n`);
    expect(write({})).toMatchObject({ removed: 0 });
    expect(existsSync(outside)).toBe(true);
  });

  it('refuses an index that is a symbolic link', () => {
    const outside = join(root, 'index');
    writeFileSync(outside, 'a.yaml\n');
    mkdirSync(target);
    symlinkSync(outside, join(target, '.gitfed-index'));
    expect(() => write({})).toThrow(/is not a file/);
  });

  it('finishes what an interrupted run began', () => {
    mkdirSync(target);
    writeFileSync(join(target, '.gitfed-index'), 'a.yaml\nb.yaml\n');
    writeFileSync(join(target, '.gitfed-index.new'), 'rubbish');
    writeFileSync(join(target, 'a.yaml'), 'half of it');
    write({ 'a.yaml': 'all of it' });
    expect(tree()).toEqual(['.gitfed-index', 'a.yaml']);
    expect(readFileSync(join(target, 'a.yaml'), 'utf8')).toBe('all of it');
  });

  it('security row 25: refuses two files of one path', () => {
    const double = { path: 'a.yaml', text: () => '' };
    expect(() => writeOutputDirectory(target, [double, double], () => true)).toThrow(/a\.yaml/);
  });
});
