import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from './page.ts';
import { REPOSITORY, runPage } from './run-page.ts';

/** The pages whose blocks are tested by a test of their own. */
const TESTED_ELSEWHERE = new Set(['docs/findings.md', 'docs/install.md', 'docs/coming-from-kubefed.md']);

const pages = ['README.md', ...markdownFiles('docs')].filter((page) => !TESTED_ELSEWHERE.has(page));

describe('the code blocks of', () => {
  // Every command is a process of its own, and machines that run tests are busy.
  it.each(pages)('%s do what they say', { timeout: 240_000 }, async (page) => {
    await runPage(page);
  });
});

describe('the links of', () => {
  it.each([...pages, ...TESTED_ELSEWHERE])('%s lead to files of this repository', (page) => {
    const text = readFileSync(path.join(REPOSITORY, page), 'utf8');
    expect(brokenLinks(page, text)).toEqual([]);
  });
});

function markdownFiles(folder: string): string[] {
  const files = readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
    .toSorted();
}

function brokenLinks(page: string, markdown: string): string[] {
  const prose = codeBlocks(markdown).reduce((text, block) => text.replace(block.content, ''), markdown);
  const links = [...prose.matchAll(/\]\((?<target>[^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match.groups?.target ?? '');
  const known = new Set(readdirSync(REPOSITORY, { encoding: 'utf8' }));
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => path.posix.join(path.posix.dirname(page), link))
    .filter((target) => !exists(target, known));
}

function exists(target: string, topLevel: ReadonlySet<string>): boolean {
  const [first = ''] = target.split('/');
  if (!topLevel.has(first)) return false;
  const folder = path.join(REPOSITORY, path.dirname(target));
  try {
    return readdirSync(folder).includes(path.basename(target));
  } catch {
    return false;
  }
}
