import { describe, expect, it } from 'vitest';
import type { WorkflowEvent } from './event.ts';
import { GitHubError } from './github-api.ts';
import { readInputs } from './inputs.ts';
import { explainFailure } from './post-comment.ts';

const event: WorkflowEvent = { name: 'push', owner: 'acme', repository: 'fleet', defaultBranch: 'main' };

function explain(mode: string, status: number): string {
  const inputs = readInputs((name) => (name === 'mode' ? mode : ''), { workspace: '/checkout', temporary: '/tmp' });
  return explainFailure(new GitHubError(status, 'No'), { event, inputs });
}

describe('explainFailure', () => {
  it.each([
    [
      'preview',
      403,
      'The token may not write a comment (No). The job summary has the report; for a comment, give the job the permission pull-requests: write.',
    ],
    [
      'comment',
      403,
      'The token may not write a comment (No). The report is in the artifact; for a comment, give the job the permission pull-requests: write.',
    ],
    [
      'drift',
      404,
      'GitHub does not show that to the token (No). The job summary has the report; for an issue, give the job the permission issues: write.',
    ],
    ['preview', 0, 'GitHub could not be reached (No). The job summary has the report.'],
    ['comment', 502, 'GitHub answered with 502 (No). The report is in the artifact.'],
    ['preview', 401, 'GitHub does not know the token (No). Look at the input token.'],
  ])('in the mode %s, of %i, says where the report is and what to do', (mode, status, text) => {
    expect(explain(mode, status)).toBe(text);
  });
});
