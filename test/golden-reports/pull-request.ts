import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RepositoryEntry } from '../../src/api/index.ts';
import { compareText } from '../../src/core/index.ts';
import { type RenderedState, RepositoryMemo } from '../../src/reconcile/repository-memo.ts';
import type { PreviewInput } from '../../src/report/preview-types.ts';

const EXAMPLE = path.resolve(import.meta.dirname, '..', '..', 'examples', 'repo');

/** The files of a repository: path → text. */
export type Files = Readonly<Record<string, string>>;

/** A pull request: both sides, and what else a report is made from. */
export interface PullRequest {
  /** What it is there for. */
  readonly about: string;
  readonly before: Files;
  readonly after: Files;
  readonly input?: Partial<PreviewInput>;
  /** Whether the report says what the loss of each cluster would do afterwards. */
  readonly whatIf?: boolean;
}

/** The files of `examples/repo`. */
export function exampleFiles(): Files {
  const names = readdirSync(EXAMPLE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  return Object.fromEntries(
    names.sort(compareText).map((name) => [name, readFileSync(path.join(EXAMPLE, name), 'utf8')]),
  );
}

/** The files with one of them written otherwise. @throws where there is nothing to replace. */
export function edit(
  files: Files,
  name: string,
  ...edits: readonly (readonly [from: string | RegExp, to: string])[]
): Files {
  const text = edits.reduce((current, [from, to]) => {
    const next = current.replace(from, to);
    if (next === current) throw new Error(`${name} has no ${from}`);
    return next;
  }, files[name] ?? '');
  return { ...files, [name]: text };
}

/** The files without some of them. */
export function without(files: Files, ...names: readonly (string | RegExp)[]): Files {
  const kept = Object.entries(files).filter(
    ([name]) => !names.some((one) => (typeof one === 'string' ? one === name : one.test(name))),
  );
  if (kept.length === Object.keys(files).length) throw new Error(`there is no ${names.join()}`);
  return Object.fromEntries(kept);
}

/** Both sides as `gitfed diff` renders them: what is the same in both is read and rendered once. */
export function renderBoth({ before, after }: PullRequest): {
  readonly before: RenderedState;
  readonly after: RenderedState;
} {
  const memo = new RepositoryMemo();
  const known = new Map<string, Extract<RepositoryEntry, { kind: 'file' }>>();
  const render = (files: Files): RenderedState => {
    const entries = Object.entries(files).map(([name, text]) => {
      const key = `${name}\n${text}`;
      const entry = known.get(key) ?? { kind: 'file' as const, path: name, content: new TextEncoder().encode(text) };
      known.set(key, entry);
      return entry;
    });
    const configuration = entries.find((entry) => entry.path === 'gitfed.yaml');
    return memo.render({
      entries: entries.filter((entry) => entry !== configuration).sort((a, b) => compareText(a.path, b.path)),
      ...(configuration === undefined ? {} : { configuration }),
      complete: true,
    });
  };
  return { before: render(before), after: render(after) };
}
