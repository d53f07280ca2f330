import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from './http-server.ts';
import { sendHint, webhookUrl } from './send-hint.ts';
import { createWebhook } from './webhook.ts';

const update = { ref: 'refs/heads/main', before: 'a'.repeat(40), after: 'b'.repeat(40) };

async function startDaemon(secrets: readonly string[] = ['right']): Promise<{ url: string; hints(): number }> {
  let hints = 0;
  const onHint = (): void => {
    hints += 1;
  };
  const routes = createWebhook({ secrets: () => secrets, branch: () => 'main', onHint, onEvent: () => undefined });
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, routes);
  onTestFinished(() => server.close());
  return { url: `http://127.0.0.1:${server.address.port}`, hints: () => hints };
}

const never = (): AbortSignal => new AbortController().signal;

describe('a daemon', () => {
  it.each<[title: string, path: string, secret: string, ref: string, says: RegExp, hints: number]>([
    ['is woken', '', 'right', 'refs/heads/main', /^The daemon at 127.0.0.1:\d+ was told, and applies it now\.$/, 1],
    ['is woken at a webhook that is named', '/webhook/github', 'right', 'refs/heads/main', /was told/, 1],
    ['does nothing for another branch', '', 'right', 'refs/heads/other', /follows another branch/, 0],
    [
      'turns a wrong secret away',
      '',
      'wrong',
      'refs/heads/main',
      /was not told: it has another secret than this hook/,
      0,
    ],
    ['has no other addresses', '/elsewhere', 'right', 'refs/heads/main', /was not told: there is no webhook/, 0],
  ])('%s', async (_title, path, secret, ref, says, hints) => {
    const daemon = await startDaemon();
    const url = webhookUrl(`${daemon.url}${path}`, '--daemon');
    const answer = await sendHint({ url, secret, update: { ...update, ref }, signal: never() });
    expect(answer.text).toMatch(says);
    expect(answer.ok).toBe(!answer.text.includes('was not told'));
    expect(daemon.hints()).toBe(hints);
  });

  it('that has no secret says nothing', async () => {
    const url = webhookUrl((await startDaemon([])).url, '--daemon');
    const { ok, text } = await sendHint({ url, secret: 'right', update, signal: never() });
    expect(ok).toBe(false);
    expect(text).toContain('the daemon was given no secret. It looks at git by itself every pollInterval.');
  });

  it('that is not there is said to be not there', async () => {
    const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, () => undefined);
    const url = webhookUrl(`http://127.0.0.1:${server.address.port}`, '--daemon');
    await server.close();
    expect(await sendHint({ url, secret: 'right', update, signal: never() })).toEqual({
      ok: false,
      text: expect.stringContaining('was not told: nobody listens there'),
    });
  });

  it('that is silent is not waited for', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const url = webhookUrl(`http://127.0.0.1:${port}`, '--daemon');
    const { text } = await sendHint({ url, secret: 'right', update, signal: AbortSignal.timeout(50) });
    expect(text).toContain('was not told: it gave no answer in time');
  });
});

describe('the address of a daemon', () => {
  it.each([
    ['http://127.0.0.1:9090', 'http://127.0.0.1:9090/webhook/generic'],
    ['https://gitfed.example/', 'https://gitfed.example/webhook/generic'],
    ['https://gitfed.example/hooks/webhook/github', 'https://gitfed.example/hooks/webhook/github'],
  ])('%s is %s', (address, url) => {
    expect(webhookUrl(address, '--daemon').href).toBe(url);
  });

  it.each(['127.0.0.1:9090', 'ftp://gitfed.example', 'https://me:secret@gitfed.example', ''])(
    'is not %j',
    (address) => {
      expect(() => webhookUrl(address, '--daemon')).toThrow('--daemon must be the URL of a daemon without a password');
    },
  );
});
