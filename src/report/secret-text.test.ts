import { describe, expect, it } from 'vitest';
import { mayHoldSecret } from './secret-text.ts';

const TYPE_CONFIG = `apiVersion: core.kubefed.io/v1beta1
kind: FederatedTypeConfig
metadata: {name: secrets}
spec:
  targetType: {version: v1, kind: Secret, pluralName: secrets, scope: Namespaced}
`;

describe('mayHoldSecret', () => {
  it.each([
    ['a credential', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {token: s}\n'],
    ['a credential beside another document', `${TYPE_CONFIG}---\napiVersion: v1\nkind: Secret\n`],
    ['a Secret in a List', 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret}\n'],
    ['a FederatedSecret', 'kind: FederatedSecret\nspec:\n  template: {}\n'],
    ['a Secret under another federated name', 'kind: SharedCredential\nspec:\n  template:\n    data: {a: Yg==}\n'],
    ['stringData of any kind', 'kind: Other\nspec:\n  template:\n    stringData: {a: b}\n'],
    ['JSON', '{"kind": "Secret", "data": {"a": "Yg=="}}'],
    ['a text that cannot be read', 'kind: "Secret\n'],
  ])('is true for %s', (_, text) => {
    expect(mayHoldSecret(text)).toBe(true);
  });

  it.each([
    ['no text', ''],
    ['the FederatedTypeConfig of Secrets', TYPE_CONFIG],
    ['a FederatedConfigMap', 'kind: FederatedConfigMap\nspec:\n  template:\n    data: {a: b}\n'],
    ['a FederatedDeployment', 'kind: FederatedDeployment\nspec:\n  template:\n    spec: {replicas: 1}\n'],
  ])('is false for %s', (_, text) => {
    expect(mayHoldSecret(text)).toBe(false);
  });
});
