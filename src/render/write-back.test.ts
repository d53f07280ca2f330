import { describe, expect, it } from 'vitest';
import { cluster, documents, federatedNamespace, modelOf, preference } from '../../test/helpers/model-of.ts';
import { type FieldStep, formatJsonPointer, type JsonValue, parseFieldPath } from '../core/index.ts';
import { documentAtLine, editYaml } from '../core/yaml.ts';
import { findSubject } from './explain-subject.ts';
import { type ClusterFieldWanted, type WriteBack, type WriteBackOptions, writeBack } from './write-back.ts';

const FLEET = documents(cluster('eu-1'), cluster('eu-2'), cluster('us-1'), federatedNamespace('shop'));
const ALL = ['eu-1', 'eu-2', 'us-1'];
const LIMITS = { documentNodes: 10_000, depth: 50 };

const WEB = `apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    metadata:
      labels:
        app: web # the name
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - name: web
            image: web:1
            args: [a, b]
  placement:
    clusterSelector: {}
`;

const OVERRIDES = `  overrides:
  # eu-1 is larger
  - clusterName: eu-1
    clusterOverrides:
    - path: /spec/replicas
      value: 5 # five
    - path: /spec/template/spec/containers/0
      op: add
      value: {name: proxy, image: "proxy:1"}
`;

function field(path: string, value?: JsonValue, isNew = false): ClusterFieldWanted['field'] {
  const parsed = parseFieldPath(path);
  if (!parsed.ok) throw new Error(parsed.reason);
  return { path: parsed.steps as readonly FieldStep[], isNew, ...(value === undefined ? {} : { value }) };
}

function added(path: string, value: JsonValue): ClusterFieldWanted['field'] {
  return field(path, value, true);
}

function inClusters(clusters: readonly string[], ...fields: readonly ClusterFieldWanted['field'][]) {
  return fields.flatMap((one) => clusters.map((name): ClusterFieldWanted => ({ cluster: name, field: one })));
}

function write(
  text: string,
  wanted: readonly ClusterFieldWanted[],
  into: WriteBackOptions['into'] = 'auto',
  more: Readonly<Record<string, string>> = {},
): WriteBack & { readonly text: string } {
  const model = modelOf({ 'fleet.yaml': FLEET, 'web.yaml': text, ...more });
  const found = findSubject(model, { kind: 'deployment', name: 'web' });
  if (found.type !== 'object') throw new Error(found.type);
  const { source } = found.object;
  const result = writeBack(model, found.object, wanted, { into });
  const edits = result.edits.map((edit) => ({ ...edit, path: [...source.path, ...edit.path] }));
  const edited = editYaml(text, edits, {
    limits: LIMITS,
    document: documentAtLine(text, source.document.locate([]).line) ?? 0,
  });
  if (!edited.ok) throw new Error(edited.reason);
  return { ...result, text: edited.text };
}

describe('a field is written back', () => {
  it.each<[title: string, text: string, wanted: readonly ClusterFieldWanted[], expected: string]>([
    [
      'into a new override, where one cluster wants it',
      WEB,
      inClusters(['us-1'], field('.spec.replicas', 7)),
      `${WEB}  overrides:
  - clusterName: us-1
    clusterOverrides:
    - path: /spec/replicas
      value: 7
`,
    ],
    [
      'into the template, where all clusters want it',
      WEB,
      inClusters(ALL, field('.spec.replicas', 7)),
      WEB.replace('replicas: 3', 'replicas: 7'),
    ],
    [
      'into the template, where all want it that have it from there, and into the override of the other',
      WEB + OVERRIDES,
      inClusters(ALL, field('.spec.replicas', 7)),
      (WEB + OVERRIDES).replace('replicas: 3', 'replicas: 7').replace('value: 5', 'value: 7'),
    ],
    [
      'into the template, where the cluster that does not want it has its own',
      WEB + OVERRIDES,
      inClusters(['eu-2', 'us-1'], field('.spec.replicas', 7)),
      (WEB + OVERRIDES).replace('replicas: 3', 'replicas: 7'),
    ],
    [
      'into the override that is there, and its comments stay',
      WEB + OVERRIDES,
      inClusters(['eu-1'], field('.spec.replicas', 6)),
      (WEB + OVERRIDES).replace('value: 5', 'value: 6'),
    ],
    [
      'into what an override has added',
      WEB + OVERRIDES,
      inClusters(['eu-1'], field('.spec.template.spec.containers[name="proxy"].image', 'proxy:2')),
      (WEB + OVERRIDES).replace('"proxy:1"', 'proxy:2'.replace(/.*/, '"proxy:2"')),
    ],
    [
      'with the index that an override sees, behind what others inserted',
      WEB + OVERRIDES,
      inClusters(['eu-1'], field('.spec.template.spec.containers[name="web"].image', 'web:2')),
      `${WEB + OVERRIDES}    - path: /spec/template/spec/containers/1/image
      value: web:2
`,
    ],
    [
      'as an addition, with escapes in its path',
      WEB,
      inClusters(['us-1'], added('.metadata.labels["shop.example/a~b"]', 'x')),
      `${WEB}  overrides:
  - clusterName: us-1
    clusterOverrides:
    - path: /metadata/labels/shop.example~1a~0b
      op: add
      value: x
`,
    ],
    [
      'as an addition with what has to be there for it',
      WEB,
      inClusters(['us-1'], added('.spec.template.metadata.labels.tier', 'front')),
      `${WEB}  overrides:
  - clusterName: us-1
    clusterOverrides:
    - path: /spec/template/metadata
      op: add
      value:
        labels:
          tier: front
`,
    ],
    [
      'as an item at the end of its list',
      WEB,
      inClusters(['us-1'], added('.spec.template.spec.containers[name="debug"]', { name: 'debug', image: 'busybox' })),
      `${WEB}  overrides:
  - clusterName: us-1
    clusterOverrides:
    - path: /spec/template/spec/containers/-
      op: add
      value:
        name: debug
        image: busybox
`,
    ],
    [
      'as an item at the end of the list of the template',
      WEB,
      inClusters(ALL, added('.spec.template.spec.containers[name="debug"]', { name: 'debug', image: 'busybox' })),
      WEB.replace(
        '            args: [a, b]\n',
        '            args: [a, b]\n          - name: debug\n            image: busybox\n',
      ),
    ],
    [
      'as a removal',
      WEB,
      inClusters(['us-1'], field('.spec.template.spec.containers[name="web"].args')),
      `${WEB}  overrides:
  - clusterName: us-1
    clusterOverrides:
    - path: /spec/template/spec/containers/0/args
      op: remove
`,
    ],
    [
      'as a removal from the template',
      WEB,
      inClusters(ALL, field('.spec.template.spec.containers[name="web"].args')),
      WEB.replace('            args: [a, b]\n', ''),
    ],
    [
      'by taking back the override that had added it',
      WEB + OVERRIDES,
      inClusters(['eu-1'], field('.spec.template.spec.containers[name="proxy"]')),
      (WEB + OVERRIDES).replace(/ {4}- path: \/spec\/template[\s\S]*$/, ''),
    ],
    [
      'by making a removal of the override that had replaced it',
      WEB + OVERRIDES,
      inClusters(['eu-1'], field('.spec.replicas')),
      (WEB + OVERRIDES).replace('      value: 5 # five\n', '      op: remove\n'),
    ],
    [
      'into an entry without operations',
      `${WEB}  overrides:\n  - clusterName: us-1\n    clusterOverrides: []\n`,
      inClusters(['us-1'], field('.spec.replicas', 7)),
      `${WEB}  overrides:\n  - clusterName: us-1\n    clusterOverrides:\n    - path: /spec/replicas\n      value: 7\n`,
    ],
    [
      'into fields that are written in another case of letters',
      `${WEB}  Overrides:\n  - clusterName: us-1\n    ClusterOverrides:\n    - Path: /spec/replicas\n      Value: 4\n`,
      inClusters(['us-1'], field('.spec.replicas', 7)),
      `${WEB}  Overrides:\n  - clusterName: us-1\n    ClusterOverrides:\n    - Path: /spec/replicas\n      Value: 7\n`,
    ],
  ])('%s', (_title, text, wanted, expected) => {
    const { text: edited, unwritten } = write(text, wanted);
    expect(unwritten).toEqual([]);
    expect(edited).toBe(expected);
  });

  it('into the template if that is asked for, and says which clusters get it too', () => {
    const { text, written } = write(WEB + OVERRIDES, inClusters(['us-1'], field('.spec.replicas', 7)), 'template');
    expect(text).toBe((WEB + OVERRIDES).replace('replicas: 3', 'replicas: 7'));
    expect(
      written.map(({ clusters, others, into, place }) => [clusters, others, into, formatJsonPointer(place)]),
    ).toEqual([[['us-1'], ['eu-2'], 'template', '/spec/template/spec/replicas']]);
  });

  it('as items in the order that they have, each with a path of its own', () => {
    const item = (name: string, index?: number): ClusterFieldWanted['field'] => {
      const wanted = added(`.spec.template.spec.containers[name="${name}"]`, { name });
      return index === undefined ? wanted : { ...wanted, index };
    };
    const { manifests, text } = write(WEB, inClusters(['us-1'], item('z', 0), item('b', 3), item('a', 2), item('c')));
    expect(manifests.get('us-1')).toMatchObject({
      spec: { template: { spec: { containers: ['z', 'web', 'a', 'b', 'c'].map((name) => ({ name })) } } },
    });
    expect(text.match(/(?<=containers\/)\S+/g)).toEqual(['-', '0', '2', '3']);
  });

  it('into one of several documents, and into an item of a list of objects', () => {
    const more = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x} # x\n---\n';
    const listed = `${more}apiVersion: v1\nkind: List\nitems:\n- ${WEB.trimEnd().replaceAll('\n', '\n  ')}\n`;
    const wanted = inClusters(['us-1'], field('.spec.template.spec.containers[0].args', ['c']));
    const override =
      'clusterName: us-1\nclusterOverrides:\n- path: /spec/template/spec/containers/0/args\n  value:\n  - c\n';
    const below = (indent: string): string => override.trimEnd().replaceAll('\n', `\n${indent}`);
    expect(write(more + WEB, wanted).text).toBe(`${more}${WEB}  overrides:\n  - ${below('    ')}\n`);
    expect(write(listed, wanted).text).toBe(`${listed}    overrides:\n    - ${below('      ')}\n`);
  });

  it('into overrides alone if that is asked for', () => {
    const { written } = write(WEB, inClusters(ALL, field('.spec.replicas', 7)), 'overrides');
    expect(written.map(({ clusters, into }) => [clusters, into])).toEqual(ALL.map((name) => [[name], 'override']));
  });

  it('each to its own value where clusters want different ones', () => {
    const wanted = [
      ...inClusters(['eu-1'], field('.spec.replicas', 7)),
      ...inClusters(['us-1'], field('.spec.replicas', 8), field('.metadata.labels.app', 'w')),
    ];
    const { text, written, manifests } = write(WEB, wanted);
    expect(written.map(({ clusters }) => clusters)).toEqual([['eu-1'], ['us-1'], ['us-1']]);
    expect(text.match(/clusterName/g)).toHaveLength(2);
    expect(manifests.get('us-1')).toMatchObject({ spec: { replicas: 8 }, metadata: { labels: { app: 'w' } } });
  });
});

describe('a field is not written back', () => {
  const PLANNED = preference('{targetKind: FederatedDeployment, totalReplicas: 9, clusters: {"*": {weight: 1}}}');

  it.each<
    [
      title: string,
      wanted: readonly ClusterFieldWanted[],
      into: WriteBackOptions['into'],
      more: Record<string, string>,
      reason: RegExp,
    ]
  >([
    [
      'that a preference plans',
      inClusters(['us-1'], field('.spec.replicas', 7)),
      'auto',
      { 'rsp.yaml': PLANNED },
      /^ReplicaSchedulingPreference shop\/web plans it \(rsp\.yaml:\d+\): change its totalReplicas/,
    ],
    ['that gitfed sets', inClusters(ALL, field('.metadata.labels["kubefed.io/managed"]')), 'auto', {}, /gitfed itself/],
    ['that makes the object what it is', inClusters(ALL, field('.metadata.name', 'x')), 'auto', {}, /this one/],
    ['without a place', inClusters(['us-1'], field('.spec.nothing.here')), 'auto', {}, /no place for it/],
    ['below a word', inClusters(['us-1'], added('.spec.replicas.x', 1)), 'auto', {}, /no place for it/],
    ['in a cluster that does not have it', inClusters(['moon'], field('.spec.replicas', 1)), 'auto', {}, /no place/],
  ])('%s', (_title, wanted, into, more, reason) => {
    const { unwritten, written, edits } = write(WEB, wanted, into, more);
    expect(unwritten.map((one) => one.reason)).toEqual([expect.stringMatching(reason)]);
    expect({ written, edits }).toEqual({ written: [], edits: [] });
  });
});
