import { describe, expect, it } from 'vitest';
import { cluster, documents, messages, modelOf } from '../../test/helpers/model-of.ts';

function withSpec(spec: string, metadata = '{name: eu-1, namespace: kube-federation-system}'): string {
  return `apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

const GOOD = 'apiEndpoint: https://a, secretRef: {name: a}';
const PREFIX = 'InvalidCluster KubeFedCluster/kube-federation-system/eu-1: ';

describe('a KubeFedCluster', () => {
  it('is read with all its fields', () => {
    const spec = `{${GOOD}, caBundle: QUJD, disabledTLSValidations: [SubjectName, ValidityPeriod], proxyURL: "socks5://p:1"}`;
    const model = modelOf({
      'a.yaml': withSpec(spec, '{name: EU-1.example, namespace: fed, labels: {region: eu}, annotations: {a: b}}'),
    });
    expect(messages(model)).toEqual([]);
    expect(model.systemNamespace).toBe('fed');
    expect(model.clusters).toEqual([
      expect.objectContaining({
        name: 'EU-1.example',
        namespace: 'fed',
        labels: { region: 'eu' },
        annotations: { a: 'b' },
        apiEndpoint: 'https://a',
        caBundle: 'QUJD',
        secretName: 'a',
        disabledTLSValidations: ['SubjectName', 'ValidityPeriod'],
        proxyURL: 'socks5://p:1',
      }),
    ]);
  });

  it.each([
    ['a namespace', withSpec(`{${GOOD}}`, '{name: a}'), { namespace: 'kube-federation-system' }],
    ['a CA bundle on one line', withSpec(`{${GOOD}, caBundle: "QUJD\\nQUJD"}`), { caBundle: 'QUJDQUJD' }],
    [
      'a TLS relaxation only once',
      withSpec(`{${GOOD}, disabledTLSValidations: [SubjectName, SubjectName]}`),
      { disabledTLSValidations: ['SubjectName', 'SubjectName'] },
    ],
    [
      'a TLS relaxation other than all of them',
      withSpec(`{${GOOD}, disabledTLSValidations: ["*"]}`),
      { disabledTLSValidations: ['*'] },
    ],
  ])('need not have %s', (_title, text, fields) => {
    const model = modelOf({ 'a.yaml': text });
    expect(messages(model)).toEqual([]);
    expect(model.clusters[0]).toMatchObject(fields);
  });

  it('may leave its CA bundle and its proxy empty', () => {
    const [found] = modelOf({ 'a.yaml': withSpec(`{${GOOD}, caBundle: "", proxyURL: ""}`) }).clusters;
    expect(found?.name).toBe('eu-1');
    expect(found).not.toHaveProperty('caBundle');
    expect(found).not.toHaveProperty('proxyURL');
  });

  it.each([
    ['no spec', 'null', ['spec is required']],
    [
      'an empty spec',
      '{}',
      [
        'spec.apiEndpoint is required: the address of the API server, for example https://eu-1.example:6443',
        'spec.secretRef.name is required: the name of the Secret with the token for this cluster',
      ],
    ],
    [
      'an endpoint of another scheme',
      '{apiEndpoint: "ftp://a", secretRef: {name: a}}',
      ['spec.apiEndpoint "ftp://a" must begin with https:// or http://'],
    ],
    [
      'an endpoint that is a number',
      '{apiEndpoint: 5, secretRef: {name: a}}',
      ['spec.apiEndpoint must be a string, not a number: put it in quotes'],
    ],
    [
      'a secret name that climbs',
      '{apiEndpoint: a, secretRef: {name: ../x}}',
      ['spec.secretRef.name is "../x", which is not a valid name of a Secret'],
    ],
    [
      'a CA bundle that is PEM',
      `{${GOOD}, caBundle: "-----BEGIN CERTIFICATE-----"}`,
      ['spec.caBundle is not base64: write the PEM certificates base64-encoded, on one line'],
    ],
    [
      'an unknown TLS relaxation',
      `{${GOOD}, disabledTLSValidations: [All]}`,
      ['spec.disabledTLSValidations[0] is "All"; it must be *, SubjectName or ValidityPeriod'],
    ],
    [
      'an empty TLS relaxation',
      `{${GOOD}, disabledTLSValidations: [""]}`,
      ['spec.disabledTLSValidations[0] is ""; it must be *, SubjectName or ValidityPeriod'],
    ],
    [
      'all TLS relaxations and one',
      `{${GOOD}, disabledTLSValidations: ["*", SubjectName]}`,
      ['spec.disabledTLSValidations must hold nothing else when it holds "*"'],
    ],
    [
      'all TLS relaxations twice',
      `{${GOOD}, disabledTLSValidations: ["*", "*"]}`,
      ['spec.disabledTLSValidations must hold nothing else when it holds "*"'],
    ],
    [
      'a proxy of another scheme',
      `{${GOOD}, proxyURL: "socks5h://u:p@x"}`,
      ['spec.proxyURL must begin with http://, https:// or socks5://'],
    ],
  ])('with %s is an error, not registered, and holds deletions back', (_title, spec, problems) => {
    const model = modelOf({ 'a.yaml': documents(withSpec(spec), cluster('other')) });
    expect(messages(model)).toEqual(problems.map((problem) => `${PREFIX}${problem}`));
    expect(model.clusters.map(({ name }) => name)).toEqual(['other']);
    expect(model.holds.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'a label that is a boolean',
      '{name: a, labels: {a: yes}}',
      'metadata.labels.a must be a string, not a boolean: put it in quotes',
    ],
    [
      'a label that is no label value',
      '{name: a, labels: {a: "b c"}}',
      'metadata.labels.a is "b c", which is not a valid label value',
    ],
    [
      'a label with a bad key',
      '{name: a, labels: {"a b": c}}',
      'metadata.labels["a b"] has a key that is not a valid label key',
    ],
    ['a name with an underscore', '{name: a_b}', 'metadata.name is "a_b", which is not a valid name'],
  ])('with %s is an error', (_title, metadata, problem) => {
    const model = modelOf({ 'a.yaml': withSpec(`{${GOOD}}`, metadata) });
    expect(messages(model)).toEqual([expect.stringContaining(problem)]);
    expect(model.clusters).toEqual([]);
    expect(model.holds).toHaveLength(1);
  });

  it('in error is still known, so that placements that name it are not warned about', () => {
    const namespace =
      'apiVersion: types.kubefed.io/v1beta1\nkind: FederatedNamespace\nmetadata: {name: a, namespace: a}\nspec: {placement: {clusters: [{name: eu-1}]}}';
    expect(modelOf({ 'a.yaml': documents(withSpec('{}'), namespace) }).findings.map(({ code }) => code)).toEqual([
      'InvalidCluster',
      'InvalidCluster',
    ]);
  });
});
