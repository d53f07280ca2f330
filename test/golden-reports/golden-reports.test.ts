import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringifyJson } from '../../src/core/index.ts';
import { WhatIf } from '../../src/render/index.ts';
import { compareRenderings } from '../../src/report/change-set.ts';
import { createPreview } from '../../src/report/preview.ts';
import type { Preview } from '../../src/report/preview-types.ts';
import type { WhatIfView } from '../../src/report/what-if-json.ts';
import { EXAMPLE_REQUESTS } from './example-requests.ts';
import { FLEET_REQUESTS } from './fleet-requests.ts';
import { type PullRequest, renderBoth } from './pull-request.ts';

const EXPECTED = path.join(import.meta.dirname, 'expected');
/** A longer report is stored as its beginning and a checksum. */
const MOST_LINES = 150;
const SHOWN_LINES = 100;

const requests = new Map<string, () => PullRequest>([
  ...Object.entries(EXAMPLE_REQUESTS).map(([name, request]) => [name, () => request] as const),
  ...Object.entries(FLEET_REQUESTS),
]);

describe('the report of a pull request', () => {
  it.each([...requests])('%s is as it was', async (name, make) => {
    const request = make();
    const preview = previewOf(request);
    const comment = preview.comment();
    const summary = preview.summary();
    expect(comment.length).toBeLessThanOrEqual(5);
    for (const part of comment) expect(part.length).toBeLessThanOrEqual(65_536);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_048_576);
    await expect(stored(request, preview, comment, summary)).toMatchFileSnapshot(path.join(EXPECTED, `${name}.md`));
  });

  it('has no stored report of a pull request that is gone', () => {
    expect(readdirSync(EXPECTED).sort()).toEqual([...requests.keys()].map((name) => `${name}.md`).sort());
  });

  it('has a difference of 40 MB to show', () => {
    const { before, after } = FLEET_REQUESTS['fleet-40-megabytes']?.() ?? NOTHING;
    const size = Object.entries(before).reduce(
      (sum, [name, text]) => sum + (after[name] === text ? 0 : text.length + (after[name]?.length ?? 0)),
      0,
    );
    expect(size).toBeGreaterThan(40_000_000);
  });
});

const NOTHING: PullRequest = { about: '', before: {}, after: {} };

function previewOf(request: PullRequest): Preview {
  const { before, after } = renderBoth(request);
  const changes = compareRenderings(before.rendering, after.rendering, after.model, { before, after });
  return createPreview({
    from: { name: 'main (9b1f3c0d2a44)' },
    to: { name: 'topic (2c61d7e90b13)' },
    changes,
    baseFindings: before.rendering.findings,
    headFindings: after.rendering.findings,
    model: after.model,
    completeReport: 'in the artifact gitfed-preview of this run',
    ...(request.whatIf === true ? { whatIf: lossOfEach(after) } : {}),
    ...request.input,
  });
}

function lossOfEach({ model }: ReturnType<typeof renderBoth>['after']): WhatIfView {
  const whatIf = new WhatIf(model);
  const losses = whatIf.ready.map((name) => whatIf.lose([name]));
  const { leftOut, keptLive } = whatIf;
  return { losses, isEach: true, running: 'AsPlanned', leftOut, keptLive, holds: model.holds };
}

/** The first part of the comment for people, and of every form as much as tells whether it changed. */
function stored({ about }: PullRequest, preview: Preview, comment: readonly string[], summary: string): string {
  const annotations = preview.annotations().map(({ level, file, line, title, message }) => {
    return `${level} ${JSON.stringify(file)}:${line} ${JSON.stringify(title)} ${JSON.stringify(message)}`;
  });
  const sizes = [
    ['comment', ...comment.map(sizeOf)].join(' '),
    `summary ${sizeOf(summary)}`,
    `complete ${sizeOf(preview.markdown())}`,
    `JSON ${sizeOf(stringifyJson(preview.json()))}`,
  ];
  return [`<!-- ${about} -->`, ...cut(comment[0] ?? ''), '<!--', ...sizes, ...annotations, '-->', ''].join('\n');
}

function sizeOf(text: string): string {
  return `${text.length}:${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

function cut(text: string): readonly string[] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => (line.length > 1200 ? `${line.slice(0, 1200)} …` : line));
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, SHOWN_LINES), `… and ${lines.length - SHOWN_LINES} more lines`];
}
