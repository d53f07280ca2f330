import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated, messages, modelOf, places } from '../../test/helpers/model-of.ts';
import { federatedObjectName } from './federated-object.ts';
import type { Model } from './model.ts';

function names(model: Model): string[] {
  return model.objects.map(federatedObjectName);
}

describe('a Secret', () => {
  const secret =
    'apiVersion: v1\nkind: Secret\nmetadata: {name: eu-1, namespace: kube-federation-system}\nstringData: {token: hunter2}\n';

  it('in plain text is refused without showing it', () => {
    const model = modelOf({ 'a.yaml': secret, 'b.yaml': FLEET });
    expect(places(model)).toEqual(['a.yaml:1:1 PlaintextCredential']);
    expect(JSON.stringify(model.findings)).not.toContain('hunter2');
    expect(model.holds).toEqual([]);
  });

  it.each([
    ['if the configuration allows it', secret, { 'gitfed.yaml': 'credentials: {allowPlaintext: true}' }],
    ['if it is encrypted', `${secret}sops: {version: 3.9.0}\n`, {}],
    ['if it is empty', secret.replace('{token: hunter2}', '{}'), {}],
  ])('is accepted %s', (_title, text, files) => {
    expect(messages(modelOf({ 'a.yaml': text, 'b.yaml': FLEET, ...files }))).toEqual([]);
  });

  it('that is allowed is handed on, unless it is there twice', () => {
    const files = { 'gitfed.yaml': 'credentials: {allowPlaintext: true}', 'b.yaml': FLEET };
    const once = modelOf({ 'a.yaml': secret, ...files });
    expect(once.credentials).toMatchObject([
      { namespace: 'kube-federation-system', name: 'eu-1', object: { stringData: { token: 'hunter2' } } },
    ]);
    const twice = modelOf({ 'a.yaml': documents(secret, secret), ...files });
    expect(twice.findings.map(({ code }) => code)).toEqual(['DuplicateObject', 'DuplicateObject']);
    expect(twice).not.toHaveProperty('credentials');
  });

  it('that is federated in plain text is allowed with a warning', () => {
    const spec = '{template: {stringData: {password: hunter2, pin: 1234}}, placement: {clusterSelector: {}}}';
    const model = modelOf({ 'a.yaml': federated('FederatedSecret', spec), 'b.yaml': FLEET });
    expect(model.findings.map(({ code }) => code)).toEqual(['PlaintextSecret', 'AmbiguousScalar']);
    expect(JSON.stringify(model.findings)).not.toMatch(/hunter2|1234/);
    expect(names(model)).toContain('FederatedSecret/shop/web');
  });

  it('that is federated and encrypted is held back', () => {
    const text = `${federated('FederatedSecret', '{template: {data: "ENC[AES256_GCM,data:x]"}, placement: "ENC[...]"}')}sops: {version: 3.9.0}\n`;
    const model = modelOf({ 'a.yaml': text, 'b.yaml': FLEET });
    expect(model.findings.map(({ code }) => code)).toEqual(['NotDecrypted']);
    expect(model.objects.find(({ id }) => id.name === 'web')).toMatchObject({
      template: { ok: false },
      placement: { ok: false },
    });
    expect(model.holds).toEqual([]);
  });
});
