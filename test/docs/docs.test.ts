import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
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
  it.each([...pages, ...TESTED_ELSEWHERE, 'ARCHITECTURE.md', 'CONTRIBUTING.md'])(
    '%s lead to files of this repository, and to headings that these have',
    (page) => {
      const text = readFileSync(path.join(REPOSITORY, page), 'utf8');
      expect(brokenLinks(page, text)).toEqual([]);
    },
  );
});

describe('docs/README.md', () => {
  it('names every page once', () => {
    const index = readFileSync(path.join(REPOSITORY, 'docs/README.md'), 'utf8');
    const named = [...index.matchAll(/^\| \[[^\]]+\]\((?<page>[^)]+)\)/gm)].map((match) => match.groups?.page ?? '');
    const isPage = (page: string): boolean => !/^(?:README\.md|adr\/.*)$/.test(page);
    expect(named.filter((page) => page.endsWith('.md')).toSorted()).toEqual(
      markdownFiles('docs').map(below).filter(isPage),
    );
  });
});

function below(page: string): string {
  return path.posix.relative('docs', page);
}

function markdownFiles(folder: string): string[] {
  const files = readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
    .toSorted();
}

function brokenLinks(page: string, markdown: string): string[] {
  const links = [...proseOf(markdown).matchAll(/\]\((?<link>[^)\s]+)\)/g)].map((match) => match.groups?.link ?? '');
  const known = new Set(readdirSync(REPOSITORY, { encoding: 'utf8' }));
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', heading] = link.split('#');
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      return !exists(target, known) || (heading !== undefined && !headingsOf(target).has(heading));
    });
}

function proseOf(markdown: string): string {
  return markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '');
}

/** As GitHub calls them in links. */
function headingsOf(page: string): ReadonlySet<string> {
  const prose = proseOf(readFileSync(path.join(REPOSITORY, page), 'utf8'));
  const headings = [...prose.matchAll(/^#{1,6} (?<text>.*)$/gm)].map((match) => match.groups?.text ?? '');
  return new Set(
    headings.map((text) => {
      const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      return plain
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-');
    }),
  );
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
