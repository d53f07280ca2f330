/**
 * `npm run generate:github-openapi PATH`: writes `test/action/github-openapi.json`, the operations of GitHub's published
 * description of its API that the Action uses, from an unpacked npm package `@octokit/openapi`. That one is far too large to be
 * installed by everybody who runs the tests.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

const USED: Readonly<Record<string, readonly string[]>> = {
  '/user': ['get'],
  '/repos/{owner}/{repo}/issues': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/{issue_number}': ['patch'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['patch', 'delete'],
  '/repos/{owner}/{repo}/pulls': ['get'],
};
/** What no validator looks at, and would make the file several times as large. */
const PROSE = new Set([
  'description',
  'examples',
  'example',
  'summary',
  'externalDocs',
  'tags',
  'x-github',
  'x-octokit',
]);

interface Description {
  readonly info: { readonly version: string; readonly license?: unknown };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error(
    'Usage: node scripts/generate-github-openapi.ts PATH\n\nPATH is the unpacked npm package @octokit/openapi.',
  );
  process.exit(2);
}
const { name, version, license } = readJson<{ name: string; version: string; license: string }>(
  join(source, 'package.json'),
);
const { info, paths } = readJson<Description>(join(source, 'generated', 'api.github.com.deref.json'));
const extract = {
  source: { package: name, version, license, description: info.version },
  paths: Object.fromEntries(Object.entries(USED).map(([path, methods]) => [path, pick(path, methods)])),
};
const target = resolve(import.meta.dirname, '../test/action/github-openapi.json');
writeFileSync(target, `${JSON.stringify(extract)}\n`);

function pick(path: string, methods: readonly string[]): Readonly<Record<string, unknown>> {
  const operations = paths[path];
  return Object.fromEntries(
    methods.map((method) => {
      const operation = operations?.[method];
      if (operation === undefined) throw new Error(`${method} ${path} is not described any more`);
      return [method, withoutProse(operation)];
    }),
  );
}

/** `properties` may be named like anything. */
function withoutProse(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => isNames || !PROSE.has(key));
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, withoutProse(inner, !isNames && (key === 'properties' || key === 'headers'))]),
  );
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
