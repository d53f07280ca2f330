import { describe, expect, it } from 'vitest';
import {
  isClusterName,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelKey,
  isLabelValue,
  isPathSegmentName,
  pluralName,
} from './names.ts';

const rules: readonly (readonly [string, (text: string) => boolean, readonly string[], readonly string[]])[] = [
  [
    'a DNS-1123 label',
    isDns1123Label,
    ['a', 'a-b', '0', 'a'.repeat(63)],
    ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'a'.repeat(64), 'a\n'],
  ],
  [
    'a DNS-1123 subdomain',
    isDns1123Subdomain,
    ['a', 'a.b-c.d', '0.1', 'a'.repeat(253)],
    ['', 'a..b', '.a', 'a.', 'a.-b', 'A', '..', 'a/b', 'a'.repeat(254)],
  ],
  ['a DNS-1035 label', isDns1035Label, ['a', 'v1', 'a-1'], ['', '1a', '-a', 'a-', 'A', 'a.b']],
  [
    'a label key',
    isLabelKey,
    ['a', 'A_b.c', 'a.b/c', `a/${'b'.repeat(63)}`],
    ['', '/a', 'a/', 'a/b/c', 'A/b', '-a', 'a b', 'b'.repeat(64)],
  ],
  ['a label value', isLabelValue, ['', 'a', 'A_b.C-d', '0'], ['-a', 'a-', 'a/b', 'a b', 'a'.repeat(64)]],
  [
    'a cluster name',
    isClusterName,
    ['eu-1', 'A0', 'k8s-1.FRA.example'],
    ['', '..', 'a/b', 'a..b', '-a', 'a_b', '\u212a'],
  ],
  [
    'a name of an RBAC object',
    isPathSegmentName,
    ['Reader', 'system:shop:reader', 'a_b'],
    ['', '.', '..', 'a/b', 'a%2fb', 'a b', '../x', 'a\u0000b', 'a\u202eb'],
  ],
];

describe.each(rules)('%s', (_name, isValid, valid, invalid) => {
  it.each(valid.map((text) => [text]))('may be %j', (text) => {
    expect(isValid(text)).toBe(true);
  });
  it.each(invalid.map((text) => [text]))('may not be %j', (text) => {
    expect(isValid(text)).toBe(false);
  });
});

it.each([
  ['Ingress', 'ingresses'],
  ['NetworkPolicy', 'networkpolicies'],
  ['Gateway', 'gatewaies'],
  ['Key', 'keies'],
  ['Endpoints', 'endpointses'],
  ['Quiz', 'quizes'],
  ['Deployment', 'deployments'],
  ['Match', 'matches'],
  ['Mesh', 'meshes'],
  ['Box', 'boxes'],
  ['Photo', 'photoes'],
  ['', 's'],
])('guesses the plural of %j as %s, as KubeFed does', (kind, plural) => {
  expect(pluralName(kind)).toBe(plural);
});
