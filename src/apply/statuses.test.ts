import { describe, expect, it } from 'vitest';
import { requestError, statusError } from '../cluster/errors.ts';
import type { ApiError } from '../cluster/index.ts';
import type { JsonObject } from '../core/index.ts';
import { failureMessage, failureStatus, isFailure } from './statuses.ts';
import type { ObjectResult, PropagationStatus } from './types.ts';

const CANARY = 'c4n4ry';

interface Answer {
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly object[];
}

/** An answer as API servers give it, full of words that are not to be passed on. */
function answer(code: number, { reason = '', message = '', causes = [] }: Answer): ApiError {
  const status = { kind: 'Status', code, reason, message: `${CANARY} ${message}`, details: { name: CANARY, causes } };
  return statusError(code, JSON.stringify(status), undefined);
}

const OBJECT: JsonObject = {
  metadata: { name: 'web', annotations: { [CANARY]: CANARY } },
  spec: { replica: 3, replicas: CANARY, clusterIP: '10.0.0.1' },
};
const LARGE: JsonObject = { data: { a: 'x'.repeat(1_100_000) } };

describe('failureMessage', () => {
  it.each<[string, ApiError, JsonObject, string]>([
    [
      'a refused write names every cause that it can have, as the server has one word for them',
      answer(403, { reason: 'Forbidden', message: 'exceeded quota' }),
      OBJECT,
      'The API server answered 403 Forbidden: gitfed lacks the right to do this, or a quota, a LimitRange or an admission policy of the cluster forbids it. Compare the rights of gitfed there with what `gitfed rbac` prints; if they are the same, look at the quotas and the policies.',
    ],
    [
      'a field that the schema lacks is named, though the server calls it an error of its own',
      answer(500, { message: 'failed to create typed patch object (.spec.replica: field not declared in schema)' }),
      OBJECT,
      'The API server answered 500 (.spec.replica): the kind has no such field, or its value is of another type. Correct it in the repository, or in the override that sets it.',
    ],
    [
      'a list with two items of one key is named',
      answer(500, {
        message: 'failed to create typed patch object (.spec.ports: duplicate entries for key [port=80])',
      }),
      { spec: { ports: [{ port: 80 }, { port: 80 }] } },
      'The API server answered 500 (.spec.ports): the list has two items with the same key, such as two variables of one name or two ports of one number. Remove one of them in the repository, or in the override that adds it.',
    ],
    [
      'a field with a wrong value is named, and the value is not',
      answer(422, { reason: 'Invalid', causes: [{ reason: 'FieldValueInvalid', field: 'spec.replicas' }] }),
      OBJECT,
      'The API server answered 422 Invalid (.spec.replicas): the kind does not allow this value in that place. Correct it in the repository, or in the override that sets it.',
    ],
    [
      'a field is named once, however often the server does',
      answer(422, { reason: 'Invalid', causes: [{ field: 'spec.replicas' }, { field: '.spec.replicas' }] }),
      OBJECT,
      'The API server answered 422 Invalid (.spec.replicas): the kind does not allow this value in that place. Correct it in the repository, or in the override that sets it.',
    ],
    [
      'what stands in the place of a field and is none in the object is left out',
      answer(422, { reason: 'Invalid', causes: [{ field: `spec.${CANARY}` }] }),
      OBJECT,
      'The API server answered 422 Invalid: the object breaks a rule of its kind, or an admission policy of the cluster refuses it. Correct it in the repository, or change the policy.',
    ],
    [
      'a field that cannot change is named, and what to do about it is said by who knows the object',
      answer(422, { reason: 'Invalid', causes: [{ field: 'spec.clusterIP', message: 'field is immutable' }] }),
      OBJECT,
      'The API server answered 422 Invalid (.spec.clusterIP): it does not accept the change.',
    ],
    [
      'a large object that the storage refuses is said to be too large, where the server only says 500',
      answer(500, { message: 'etcdserver: request is too large' }),
      LARGE,
      'The API server answered 500: the object has more than 1 MB and is too large: a ConfigMap or a Secret holds 1 MiB, a cluster stores 1.5 MB of any object by default. Split it into several objects.',
    ],
    [
      'a large object that breaks no field is said to be too large',
      answer(422, { reason: 'Invalid', causes: [{ reason: 'FieldValueTooLong', field: '' }] }),
      LARGE,
      'The API server answered 422 Invalid: the object has more than 1 MB and is too large: a ConfigMap or a Secret holds 1 MiB, a cluster stores 1.5 MB of any object by default. Split it into several objects.',
    ],
    [
      'a body that is too large for a request is said to be so',
      answer(413, { reason: 'RequestEntityTooLarge' }),
      LARGE,
      'The API server answered 413 RequestEntityTooLarge: the object is too large for it. Split it into several objects.',
    ],
    [
      'a server error about a small object is the server’s',
      answer(500, {}),
      OBJECT,
      'The API server answered 500: it failed, and does not say why. The next pass tries again. If it goes on, look at the log of the API server.',
    ],
    [
      'a namespace that is going away is waited for',
      answer(403, { reason: 'Forbidden', causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] }),
      OBJECT,
      'Its namespace is being deleted; it is applied again when that is gone.',
    ],
    [
      'a reason that nobody knows is passed on as the word that it is',
      answer(418, { reason: 'Teapot' }),
      OBJECT,
      'The API server answered 418 Teapot.',
    ],
    [
      'a reason that is a name of JavaScript has no meaning',
      answer(418, { reason: 'constructor' }),
      OBJECT,
      'The API server answered 418 constructor.',
    ],
    [
      'a server that is silent is asked again',
      requestError('Timeout'),
      OBJECT,
      'The API server did not answer in time. The next pass tries again.',
    ],
    [
      'a server that is not reached is asked again',
      requestError('Connection', { detail: 'ECONNRESET' }),
      OBJECT,
      'The API server was not reached: ECONNRESET. The next pass tries again.',
    ],
  ])('%s', (_title, error, sent, expected) => {
    const message = failureMessage(error, sent);
    expect(message).toBe(expected);
    expect(message).not.toContain(CANARY);
  });
});

describe('failureStatus', () => {
  const refused = answer(422, { reason: 'Invalid' });
  const silent = requestError('Timeout');
  const terminating = answer(403, { reason: 'Forbidden', causes: [{ reason: 'NamespaceTerminating' }] });

  it.each<[string, ApiError, 'create' | 'update' | 'delete', PropagationStatus]>([
    ['a creation that is refused', refused, 'create', 'CreationFailed'],
    ['an update that is refused', refused, 'update', 'UpdateFailed'],
    ['a deletion that is refused', refused, 'delete', 'DeletionFailed'],
    ['a creation without an answer', silent, 'create', 'CreationTimedOut'],
    ['an update without an answer', silent, 'update', 'UpdateTimedOut'],
    ['a deletion without an answer', silent, 'delete', 'DeletionTimedOut'],
    ['a creation in a namespace that is going away', terminating, 'create', 'WaitingForRemoval'],
  ])('%s has the word of KubeFed', (_title, error, verb, expected) => {
    expect(failureStatus(error, verb)).toBe(expected);
  });
});

describe('isFailure', () => {
  const federated = 'FederatedConfigMap/shop/one';

  it.each<[string, Pick<ObjectResult, 'status' | 'action' | 'federated'>, boolean]>([
    ['an object that is as it should be', { status: '', action: 'unchanged', federated }, false],
    ['an object that is on its way out', { status: 'WaitingForRemoval', action: 'deleted' }, false],
    ['an object that is still on its way out', { status: 'WaitingForRemoval', action: 'skipped' }, false],
    ['a wanted object that cannot be made yet', { status: 'WaitingForRemoval', action: 'skipped', federated }, true],
    ['an object that is suspended', { status: 'Suspended', action: 'skipped', federated }, false],
    ['an object that gitfed.yaml keeps as it is', { status: 'KeptLive', action: 'skipped', federated }, false],
    ['an object that was refused', { status: 'CreationFailed', action: 'skipped', federated }, true],
    ['an object that belongs to another inventory', { status: 'InventoryConflict', action: 'skipped' }, true],
  ])('%s', (_title, result, expected) => {
    expect(isFailure(result)).toBe(expected);
  });
});
