import { describe, expect, it } from 'vitest';
import { isOlderVersion } from './resource-version.ts';
import { isSelected, type Selectors } from './selectors.ts';

const METADATA = { name: 'a', namespace: 'shop', labels: { part: 'x', 'a.io/b': '', ['__proto__x']: 'y' } };

describe('an object is selected', () => {
  it.each<[boolean | undefined, Selectors]>([
    [true, {}],
    [true, { labelSelector: 'part=x' }],
    [true, { labelSelector: 'part==x,a.io/b=' }],
    [true, { labelSelector: 'part,!other' }],
    [true, { fieldSelector: 'metadata.name=a', namespace: 'shop' }],
    [false, { labelSelector: 'part=y' }],
    [false, { labelSelector: 'constructor' }],
    [false, { labelSelector: '!part' }],
    [false, { fieldSelector: 'metadata.name=b' }],
    [false, { namespace: 'other' }],
    [undefined, { labelSelector: 'part in (x, y)' }],
    [undefined, { fieldSelector: 'spec.nodeName=a' }],
    [false, { labelSelector: 'part=y', fieldSelector: 'spec.nodeName=a' }],
  ])('%s: %j', (expected, selectors) => {
    expect(isSelected(METADATA, selectors)).toBe(expected);
  });
});

describe('a version is older', () => {
  it.each([
    [true, '9', '10'],
    [true, '10', '11'],
    [false, '10', '10'],
    [false, '11', '10'],
    [true, '9007199254740993', '9007199254740994'],
    [false, 'a', 'b'],
    [false, '01', '2'],
    [false, undefined, '2'],
  ])('%s: %s than %s', (expected, version, other) => {
    expect(isOlderVersion(version, other)).toBe(expected);
  });
});
