import { describe, expect, it } from 'vitest';
import { knownPaths, statusError } from './errors.ts';

/** Messages as API servers of Kubernetes 1.36 give them. */
function failure(message: string, rest: object = {}): ReturnType<typeof statusError> {
  return statusError(422, JSON.stringify({ kind: 'Status', reason: 'Invalid', message, ...rest }), undefined);
}

const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: { k: { x: 'c4n4ry' } },
  KEY: 'c4n4ry',
};

describe('an error of an API server', () => {
  it.each([
    [
      'a field that the schema lacks',
      'failed to create typed patch object (a/s; /v1, Kind=Secret): .KEY: field not declared in schema',
      ['.KEY'],
    ],
    [
      'a value of another type, which the server quotes',
      '(a/s; /v1, Kind=Secret): .data.k: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"x":"c4n4ry"}}',
      ['.data.k'],
    ],
    ['a quoted value that looks like a path', 'failed: got "c4n4ry .c4n4ry: expected": wrong', []],
    ['a strict decoding error', 'strict decoding error: unknown field "KEY"', ['KEY']],
    [
      'words without a path',
      'Secret in version "v1" cannot be handled: illegal base64 data at input byte 4: c4n4ry',
      [],
    ],
  ])('passes on the paths of %s and no word more', (_what, message, paths) => {
    const error = failure(message);
    expect(knownPaths(error, SECRET)).toEqual(paths);
    expect(error.message).toBe('the API server answered 422 Invalid');
    expect(JSON.stringify({ ...error, paths: knownPaths(error, SECRET) })).not.toContain('c4n4ry');
  });

  it.each([
    ['one list', '.spec.containers[name="c"].env: duplicate entries for key [name="A"]', true],
    [
      'two lists',
      'errors:\n  .spec.ports: duplicate entries for key [port=80]\n  .spec.containers[name="c"].env: duplicate entries for key [name="A"]',
      true,
    ],
    [
      'a list beside another error',
      'errors:\n  .spec.ports: duplicate entries for key [port=80]\n  .KEY: field not declared in schema',
      false,
    ],
    ['no list', '.KEY: field not declared in schema', false],
  ])('tells of items with the same key in %s', (_what, message, expected) => {
    expect(failure(`failed to create typed patch object (a/s; /v1, Kind=Secret): ${message}`)).toMatchObject({
      hasDuplicateItems: expected,
    });
  });

  it.each([
    ['cannot change roleRef', 'roleRef', true],
    ['may not be changed in an update.', 'value', true],
    ['failed rule: self == oldSelf', 'spec.class', true],
    ['must be greater than 0', 'spec.replicas', false],
    ['field is immutable', '', false],
  ])('with a cause that says %j of %j is about a field that cannot change: %s', (message, field, expected) => {
    const causes = [
      { field: 'spec.other', message: 'must be no more than 63 characters' },
      { field, message },
    ];
    expect(failure(`is invalid: ${field}: ${message}`, { details: { causes } }).isImmutable).toBe(expected);
  });

  it('takes causes that name fields of the object, with dots in keys and indices', () => {
    const causes = [
      { field: 'data.a.b' },
      { field: 'items[0].name' },
      { field: 'items[0].other' },
      { field: 'c4n4ry' },
    ];
    const error = failure('', { details: { causes } });
    expect(knownPaths(error, { data: { 'a.b': 'x' }, items: [{ name: 'y' }] })).toEqual(['data.a.b', 'items[0].name']);
  });

  it('drops a reason that is more than a word, and reads Retry-After', () => {
    const error = statusError(429, '{"reason": "c4n4ry value"}', '7');
    expect(error).toMatchObject({ reason: '', retryAfterMs: 7000, status: 429 });
    expect(statusError(500, '<html>c4n4ry</html>', 'soon').message).toBe('the API server answered 500');
  });

  it('tells a missing object from a missing path', () => {
    expect(statusError(404, '{"reason": "NotFound"}', undefined).isNotFound).toBe(true);
    expect(statusError(404, '404 page not found', undefined).isNotFound).toBe(false);
  });
});
