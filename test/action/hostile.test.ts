import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/git-repository.ts';
import { GitHubServer } from './github-server.ts';
import { TestPullRequest } from './pull-request.ts';
import { runAction } from './run-action.ts';

const CANARY = 'canary-7f3a';

function secret(value: string): string {
  return `apiVersion: types.kubefed.io/v1beta1
kind: FederatedSecret
metadata: {name: password, namespace: shop}
spec:
  placement: {clusters: [{name: eu-1}]}
  template:
    metadata: {annotations: {note: "::set-output name=changed::no\\n::error::boo"}}
    stringData: {password: ${value}}
`;
}

describe('a hostile pull request', () => {
  it('security row 22: gives the runner no command, no output and no line of its own, and nobody its Secrets', async () => {
    const server = await GitHubServer.start();
    const pull = new TestPullRequest({
      changes: {
        'shop/\n::error::from a name\n::stop-commands::x\n.yaml': 'kind: [\n',
        'shop/##[error]x%0A::warning::y.yaml': 'a: "\n::add-mask::4\n##[command]x"\nb: *c\n',
        'shop/secret.yaml': secret(`${CANARY}-new`),
        'shop/mention.yaml': 'apiVersion: "@octocat"\nkind: "::debug::x\\n::warning::y"\nmetadata: {name: "`<img>`"}\n',
      },
    });
    for (const mode of ['preview', 'validate']) {
      const workspace = pull.checkout();
      const { log, commands, outputs, summary } = await runAction({
        workspace,
        temporary: temporaryFolder(),
        event: 'pull_request',
        payload: pull.payload,
        api: server.url,
        inputs: { mode, 'fail-on': 'never' },
      });
      expect(commands[0]).toBe('add-mask');
      expect(new Set(commands.slice(1))).toEqual(
        new Set(['error', 'warning', 'notice'].filter((name) => commands.includes(name))),
      );
      for (const line of log.split('\n').filter((text) => text.startsWith('::') && !text.startsWith('::add-mask::'))) {
        expect(line).toMatch(/^::(?:error|warning|notice) title=[^:]*(?:,file=[^:]*,line=\d+,col=\d+)?::/);
      }
      // Of a command the runner reads nothing more; any other line is searched for these.
      expect(log.split('\n').filter((line) => !line.startsWith('::') && /##\[|::/.test(line))).toEqual([]);
      expect(outputs['changed'] ?? 'true').toBe('true');
      const files = outputs['report-directory'] === undefined ? [] : readdirSync(outputs['report-directory']);
      const texts = files.map((name) => readFileSync(join(outputs['report-directory'] ?? '', name), 'utf8'));
      for (const text of [log, summary, ...texts, ...server.comments.map(({ body }) => body)])
        expect(text).not.toContain(CANARY);
    }
    expect(server.comments.length).toBeGreaterThan(0);
    expect(server.problems).toEqual([]);
  });
});
