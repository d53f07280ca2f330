import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ConfigMalformedError } from './errors.ts';
import { endpointOfContext, readKubeconfig } from './kubeconfig.ts';

const LATE = 'the credential, or the program that gives it, did not come in time';

/** A member whose credential comes from this shell script, which finds `$FOLDER` beside it. */
function member(script: string) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'program.sh'), script);
  const env = [{ name: 'FOLDER', value: folder }];
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: [path.join(folder, 'program.sh')],
  };
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'eu-1', cluster: { server: 'https://eu-1.example' } }],
    users: [{ name: 'gitfed', user: { exec: { ...exec, env } } }],
    contexts: [{ name: 'eu-1', context: { cluster: 'eu-1', user: 'gitfed' } }],
    'current-context': 'eu-1',
  });
  const read = (name: string): string => {
    try {
      return readFileSync(path.join(folder, name), 'utf8').trim();
    } catch {
      return '';
    }
  };
  return {
    read,
    find: (timeoutMs: number, signal?: AbortSignal) =>
      endpointOfContext(readKubeconfig(kubeconfig, folder), {
        tls: {},
        mayRunPrograms: true,
        wait: { timeoutMs, ...(signal === undefined ? {} : { signal }) },
      }),
  };
}

const gives = `echo '{"status": {"token": "t"}}'`;

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z';
  } catch {
    return false;
  }
}

describe('a program that gives a credential', () => {
  it('says who we are', async () => {
    const { authenticate } = await member(gives).find(60_000);
    expect(await authenticate()).toEqual({ Authorization: 'Bearer t' });
  });

  it('and asks somebody finds that nobody is there', async () => {
    await expect(member('cat').find(60_000)).rejects.toBeInstanceOf(ConfigMalformedError);
  });

  it('and hangs is not waited for', async () => {
    await expect(member('echo secret >&2; exec sleep 600').find(200)).rejects.toMatchObject({
      failure: 'Timeout',
      message: LATE,
    });
  });

  it('and hangs is ended with what it started when it is not waited for', async () => {
    const { find, read } = member('sleep 600 & echo $$ $! > "$FOLDER/pids"; wait');
    const control = new AbortController();
    const failed = expect(find(60_000, control.signal)).rejects.toMatchObject({ failure: 'Aborted' });
    await expect.poll(() => read('pids')).toMatch(/^\d+ \d+$/);
    control.abort();
    await failed;
    await expect.poll(() => read('pids').split(' ').filter(isRunning)).toEqual([]);
  });

  it('and hangs when it is asked again is ended as well', async () => {
    // It is run twice before anybody asks again.
    const expired = `echo '{"status": {"token": "t", "expirationTimestamp": "2000-01-01T00:00:00Z"}}'`;
    const { find, read } = member(
      `echo $$ >> "$FOLDER/pids"; test "$(wc -l < "$FOLDER/pids")" -gt 2 && exec sleep 600; ${expired}`,
    );
    const { authenticate } = await find(60_000);
    const control = new AbortController();
    const failed = expect(authenticate(control.signal)).rejects.toMatchObject({ failure: 'Aborted' });
    await expect.poll(() => read('pids').split('\n')).toHaveLength(3);
    control.abort();
    await failed;
    await expect.poll(() => isRunning(read('pids').split('\n').at(-1) ?? '')).toBe(false);
  });

  it('and could not be ended is not started once more while it hangs', async () => {
    // What left the group of its program, and holds its output open.
    const { find, read } = member(
      `test -e "$FOLDER/pid" && { ${gives}; exit; }; setsid sh -c 'echo $$ > "$FOLDER/pid"; exec sleep 600' & wait`,
    );
    const end = (): void => {
      if (isRunning(read('pid'))) process.kill(Number(read('pid')), 'SIGKILL');
    };
    onTestFinished(end);
    const control = new AbortController();
    const failed = expect(find(60_000, control.signal)).rejects.toMatchObject({ failure: 'Aborted' });
    await expect.poll(() => read('pid')).toMatch(/^\d+$/);
    control.abort();
    await failed;
    await expect(find(60_000)).rejects.toMatchObject({
      failure: 'Timeout',
      message: 'the program that gives the credential hangs, and could not be ended',
    });
    end();
    await expect
      .poll(() =>
        find(60_000).then(
          ({ authenticate }) => authenticate(),
          () => undefined,
        ),
      )
      .toEqual({ Authorization: 'Bearer t' });
  });
});
