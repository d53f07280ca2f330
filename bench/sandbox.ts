/**
 * What a simulated fleet costs: clusters in one process, each filled with objects through its API by server-side apply.
 *
 *     node --expose-gc bench/sandbox.ts [clusters] [objects]
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { startSandbox } from '../src/sandbox/index.ts';
import type { Sandbox } from '../src/sandbox/sandbox.ts';

const [clusters = 100, objects = 1_000] = process.argv.slice(2).map(Number);
const IN_FLIGHT = 8;
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

function settings(index: number): object {
  const data = Object.fromEntries(Array.from({ length: 8 }, (_, key) => [`KEY_${key}`, `value ${key} of ${index}`]));
  const labels = { app: `app-${index % 50}`, 'applyset.kubernetes.io/part-of': 'gitfed' };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `settings-${index}`, namespace: 'shop', labels },
    data,
  };
}

async function send(sandbox: Sandbox, method: string, path: string, body: object): Promise<void> {
  const payload = JSON.stringify(body);
  const headers = {
    Authorization: `Bearer ${sandbox.token}`,
    'Content-Type': method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json',
    'Content-Length': Buffer.byteLength(payload),
  };
  const answer = await new Promise<string>((resolve, reject) => {
    request(new URL(path, sandbox.url), { method, headers, agent }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    })
      .once('error', reject)
      .end(payload);
  });
  if (!answer.startsWith('20')) throw new Error(answer);
}

async function fill(sandbox: Sandbox): Promise<void> {
  await send(sandbox, 'POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < objects) {
      const body = settings(next);
      const path = `/api/v1/namespaces/shop/configmaps/settings-${next}?fieldManager=gitfed&force=true&fieldValidation=Strict`;
      next += 1;
      await send(sandbox, 'PATCH', path, body);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

function memory(): string {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return `${Math.round(rss / 1e6)} MB resident, ${Math.round(heapUsed / 1e6)} MB of it heap`;
}

console.log(`nothing yet: ${memory()}`);
const begin = performance.now();
const fleet = await Promise.all(
  Array.from({ length: clusters }, (_, index) => startSandbox({ name: `member-${index}` })),
);
console.log(`${clusters} clusters started in ${Math.round(performance.now() - begin)} ms: ${memory()}`);
const filling = performance.now();
for (const sandbox of fleet) await fill(sandbox);
const seconds = (performance.now() - filling) / 1000;
const count = fleet.reduce((sum, { size }) => sum + size, 0);
console.log(
  `${count} objects after ${seconds.toFixed(1)} s, ${Math.round((clusters * objects) / seconds)} a second: ${memory()}`,
);
const listing = performance.now();
let bytes = 0;
for (const sandbox of fleet) {
  const { body } = sandbox.request({
    method: 'GET',
    path: '/api/v1/configmaps',
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  });
  bytes += JSON.stringify(body).length;
}
console.log(
  `their metadata, ${Math.round(bytes / 1e6)} MB, listed and parsed in ${Math.round(performance.now() - listing)} ms`,
);
await Promise.all(fleet.map((sandbox) => sandbox.stop()));
agent.destroy();
