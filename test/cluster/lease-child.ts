import { acquireLease, createLeaseHolder } from '../../src/apply/lease.ts';
import { ApiClient } from '../../src/cluster/index.ts';

/** Takes a Lease, prints its identity and never releases it. With STAY it lives until it is killed. */
const {
  URL: url = '',
  CA: ca = '',
  TOKEN: token = '',
  NAMESPACE: namespace = '',
  LEASE: name = '',
  STAY,
} = process.env;

const client = new ApiClient({
  url: new URL(url),
  tls: { ca: Buffer.from(ca, 'base64') },
  authenticate: async () => ({ Authorization: `Bearer ${token}` }),
});
const holder = await createLeaseHolder();
const { kind } = await acquireLease({ client, namespace, name, holder });
console.log(`${kind} ${holder.identity}`);
if (STAY !== undefined) setInterval(() => {}, 60_000);
