import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Notification } from './notification.ts';
import { readSigningKeys, webhookBody, webhookRequest } from './standard-webhook.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const AT = new Date('2026-01-01T00:00:00.900Z');

describe('a signed webhook', () => {
  it('has the signature of the example of Standard Webhooks', () => {
    const keys = readSigningKeys(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    const { headers } = webhookRequest('https://hooks.example', {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      keys,
      at: new Date(1_614_265_330_000),
    });
    expect(headers).toMatchObject({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('has one signature for each key while they are changed', () => {
    const secrets = [SECRET, `whsec_${Buffer.alloc(24, 9).toString('base64')}`];
    const { headers } = webhookRequest('https://hooks.example', {
      id: 'msg_1',
      body: '{}',
      keys: readSigningKeys(secrets),
      at: AT,
    });
    const expected = secrets.map((secret) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update('msg_1.1767225600.{}').digest('base64')}`;
    });
    expect(headers['webhook-signature']?.split(' ')).toEqual(expected);
  });

  it.each<[title: string, secret: string]>([
    ['without its prefix', Buffer.alloc(32).toString('base64')],
    ['that is no base64', 'whsec_canary!'],
    ['that is too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['that is too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
  ])('takes no secret %s, and does not show it', (_title, secret) => {
    expect(() => readSigningKeys([secret])).toThrow(/must be whsec_ and 24 to 64 bytes/);
    expect(() => readSigningKeys([secret])).toThrow(/^(?!.*canary)/);
  });
});

const BODIES: readonly (readonly [Notification, data: object, message: RegExp])[] = [
  [
    { type: 'cluster.failed', cluster: 'eu-1', commit: 'abc', state: 'NotReady', reason: 'Offline', statuses: {} },
    { cluster: 'eu-1', commit: 'abc', state: 'NotReady', reason: 'Offline', statuses: {} },
    /^The cluster eu-1 is not ready\.$/,
  ],
  [
    { type: 'cluster.failed', cluster: 'eu-1', commit: 'abc', state: 'Failed', statuses: { UpdateFailed: 2 } },
    { state: 'Failed', statuses: { UpdateFailed: 2 } },
    /^The cluster eu-1 is not as the commit says\.$/,
  ],
  [{ type: 'cluster.recovered', cluster: 'eu-1', commit: 'abc' }, { cluster: 'eu-1' }, /in order again/],
  [
    {
      type: 'cluster.drifted',
      cluster: 'eu-1',
      commit: 'abc',
      objects: [{ object: 'Service/shop/web', corrected: true }],
      count: 1,
    },
    { objects: [{ object: 'Service/shop/web', corrected: true }], count: 1 },
    /somebody changed 1 object\.$/,
  ],
  [
    {
      type: 'replicas.moved',
      commit: 'abc',
      tree: 'def',
      moves: [{ workload: 'FederatedDeployment/shop/web', cluster: 'eu-1', from: 4n, to: undefined }],
      count: 1,
    },
    { tree: 'def', moves: [{ workload: 'FederatedDeployment/shop/web', cluster: 'eu-1', from: 4 }] },
    /1 number changed/,
  ],
  [{ type: 'revision.failed', commit: 'abc', reason: 'Unsigned' }, { reason: 'Unsigned' }, /not signed/],
  [{ type: 'revision.recovered', commit: 'abc' }, { commit: 'abc' }, /followed again/],
  [{ type: 'observer.failed', clusters: ['a', 'b'] }, { clusters: ['a', 'b'] }, /2 clusters were lost at once/],
  [{ type: 'observer.recovered' }, {}, /move again/],
];

describe('the body of a webhook', () => {
  it.each(BODIES.map((row) => [row[0].type, ...row] as const))(
    'of %s says what happened, and where',
    (_type, notification, data, message) => {
      const body = JSON.parse(
        webhookBody(notification, { repository: 'https://git.example/fleet', inventory: 'shop' }, AT),
      );
      expect(body).toEqual({
        type: notification.type,
        timestamp: '2026-01-01T00:00:00.900Z',
        data: expect.objectContaining({ repository: 'https://git.example/fleet', inventory: 'shop', ...data }),
      });
      expect(body.data.message).toMatch(message);
    },
  );

  it('holds no character that a terminal could act on', () => {
    const notification: Notification = { type: 'cluster.recovered', cluster: 'a\u009b\u202eb\u001b', commit: 'abc' };
    const body = webhookBody(notification, { repository: 'x' }, AT);
    expect(body).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(body).data.cluster).toBe('a\u009b\u202eb\u001b');
  });
});
