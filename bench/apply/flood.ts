/** Sends every request of a file of {@link FloodJob}s, 24 at a time to each server over connections that are kept. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import process from 'node:process';

export interface FloodJob {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly requests: readonly { readonly path: string; readonly body: string }[];
}

const CONNECTIONS = 24;

const [file = ''] = process.argv.slice(2);
const jobs = JSON.parse(readFileSync(file, 'utf8')) as readonly FloodJob[];
await Promise.all(jobs.map(flood));

async function flood({ url, ca, token, requests }: FloodJob): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca });
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/apply-patch+yaml',
    Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  };
  await Promise.all(requests.map(({ path, body }) => send(new URL(path, url), body)));
  agent.destroy();

  function send(target: URL, body: string): Promise<void> {
    return new Promise((done, fail) => {
      request(target, { method: 'PATCH', agent, headers }, (response) => {
        const { statusCode = 0 } = response;
        if (statusCode >= 300) fail(new Error(`${target.pathname}: ${statusCode}`));
        response.resume().once('end', done).once('error', fail);
      })
        .once('error', fail)
        .end(body);
    });
  }
}
