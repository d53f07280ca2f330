import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES, type FindingCode } from '../../src/core/index.ts';
import { render } from '../../src/render/index.ts';
import { modelOf } from '../helpers/model-of.ts';
import { codeBlocks } from './page.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '../../docs/findings.md'), 'utf8');

/** What a repository's files cannot show: their example is words. */
const WITHOUT_FILES: ReadonlySet<string> = new Set<FindingCode>([
  'FileTooLarge',
  'UnreadableFile',
  'RepositoryTooLarge',
  'Symlink',
  'SymlinkOutside',
  'Submodule',
  'ForeignDirectory',
]);

const [introduction = '', ...rest] = PAGE.split(/^## /m);
const entries = rest.map((text) => {
  const [title = '', ...lines] = text.split('\n');
  return { title, text: lines.join('\n').replace(/^# .*$/m, '') };
});

describe('docs/findings.md', () => {
  it('has one entry for each code', () => {
    const titles = entries.map(({ title }) => title);
    expect(titles.toSorted()).toEqual(Object.keys(FINDING_CODES).toSorted());
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each(entries)('says whether $title is an error', ({ title, text }) => {
    expect(text.trimStart().split(/[.,]/)[0]?.toLowerCase()).toBe(FINDING_CODES[title as FindingCode]);
  });

  it.each(entries)('says how to mend $title after its example', ({ text }) => {
    expect(text.trim()).toMatch(/```\n\n[^`\n][^\n]+$|```\n\n`[^\n]+$/);
  });

  it.each(entries.filter(({ title }) => !WITHOUT_FILES.has(title)))(
    'has an example that is reported as $title',
    ({ title, text }) => {
      const files = { ...filesOf(introduction), ...filesOf(text) };
      const { findings } = render(modelOf(files), { clusters: new Map() });
      expect(findings.map(({ code }) => code)).toContain(title);
    },
  );

  it.each(entries)('tells the truth about deletions and $title', ({ title, text }) => {
    const isHolding = modelOf({ ...filesOf(introduction), ...filesOf(text) }).holds.length > 0;
    const says = /^Error, holds deletions\./.test(text.trimStart());
    if (!WITHOUT_FILES.has(title)) expect(isHolding).toBe(says);
  });
});

function filesOf(markdown: string): Record<string, string> {
  const files = codeBlocks(markdown).flatMap(({ attributes, content }): [string, string][] => {
    const file = attributes.get('file');
    return file === undefined ? [] : [[file, content]];
  });
  return Object.fromEntries(files);
}
