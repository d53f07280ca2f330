import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { type Content, commitAll, createFolder, gitfed } from './run-gitfed.ts';

/** A repository in which everything is right. What comes beside it must not keep it from being rendered. */
const GOOD: Readonly<Record<string, Content>> = {
  'fleet.yaml': FLEET,
  'good.yaml': federated(
    'FederatedConfigMap',
    '{template: {data: {mode: plain}}, placement: {clusterSelector: {}}}',
    '{name: good, namespace: shop}',
  ),
};

function configMap(name: string, spec: string): string {
  return federated('FederatedConfigMap', spec, `{name: ${name}, namespace: shop}`);
}

const EVERYWHERE = 'placement: {clusterSelector: {}}';

function overriding(operation: string): string {
  return configMap(
    'bad',
    `
  template: {data: {mode: plain}}
  ${EVERYWHERE}
  overrides:
    - clusterName: eu-1
      clusterOverrides:
        - ${operation}`,
  );
}

/** Each level names the one before ten times: 10^10 values from a few hundred bytes. */
function aliasBomb(): string {
  const levels = Array.from({ length: 10 }, (_, level) => {
    const item = level === 0 ? 'lol' : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
  });
  return `${levels.join('\n')}\n`;
}

/** The same bytes on every machine. */
function garbage(length: number): Uint8Array {
  let state = 88172645463325252n;
  return Uint8Array.from({ length }, () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 56n);
  });
}

type Case = readonly [title: string, files: Readonly<Record<string, Content>>, expected: RegExp];

const ERRORS: readonly Case[] = [
  ['broken YAML', { 'bad.yaml': 'kind: [\n' }, /^bad\.yaml:\d+:\d+: error InvalidYAML: /m],
  ['an alias bomb of ten levels', { 'bad.yaml': aliasBomb() }, /^bad\.yaml:\d+:\d+: error InvalidYAML: /m],
  [
    'two objects of one identity in two files, each naming the other',
    { 'a.yaml': configMap('bad', `{${EVERYWHERE}}`), 'b.yaml': configMap('bad', `{${EVERYWHERE}}`) },
    /^a\.yaml:\d+:\d+: error DuplicateObject: .*b\.yaml:\d+/m,
  ],
  [
    'an unknown federated kind',
    { 'bad.yaml': federated('FederatedGizmo', `{${EVERYWHERE}}`) },
    /^bad\.yaml:3:1: error UnknownFederatedType: /m,
  ],
  [
    'a selector with a bad operator',
    {
      'bad.yaml': configMap(
        'bad',
        '{placement: {clusterSelector: {matchExpressions: [{key: region, operator: Near, values: [eu]}]}}}',
      ),
    },
    /^bad\.yaml:\d+:\d+: error InvalidPlacement: /m,
  ],
  [
    'a duplicate clusterName',
    {
      'bad.yaml': configMap(
        'bad',
        `{${EVERYWHERE}, overrides: [{clusterName: eu-1, clusterOverrides: []}, {clusterName: eu-1, clusterOverrides: []}]}`,
      ),
    },
    /^bad\.yaml:\d+:\d+: error DuplicateClusterOverride: /m,
  ],
  ...['/metadata/name', '/metadata/namespace', '/metadata/generateName', '/kind'].map(
    (path): Case => [
      `an override of ${path}`,
      { 'bad.yaml': overriding(`{path: ${path}, value: x}`) },
      /^bad\.yaml:11:\d+: error InvalidOverridePath: /m,
    ],
  ),
  [
    'a patch into a missing parent',
    { 'bad.yaml': overriding('{op: add, path: /metadata/annotations/team, value: shop}') },
    /^bad\.yaml:11:\d+: error OverrideFailed: .*eu-1/m,
  ],
  [
    'an integer beyond uint64',
    { 'bad.yaml': configMap('bad', `{template: {data: {a: 18446744073709551616}}, ${EVERYWHERE}}`) },
    /^bad\.yaml:\d+:\d+: error IntegerOutOfRange: /m,
  ],
  ...['a/b', '..', '../../etc/passwd'].map(
    (name): Case => [
      `an object called ${name}`,
      { 'bad.yaml': configMap(JSON.stringify(name), `{${EVERYWHERE}}`) },
      /^bad\.yaml:\d+:\d+: error InvalidName: /m,
    ],
  ),
  ['a file of 100 MB', { 'bad.yaml': { size: 100_000_000 } }, /^bad\.yaml:1:1: error FileTooLarge: /m],
  ['100,000 nested brackets', { 'bad.yaml': '['.repeat(100_000) }, /^bad\.yaml:\d+:\d+: error InvalidYAML: /m],
  ['100,000 nested brackets as JSON', { 'bad.json': '['.repeat(100_000) }, /^bad\.json:\d+:\d+: error InvalidYAML: /m],
  ['binary garbage named .yaml', { 'bad.yaml': garbage(4096) }, /^bad\.yaml:\d+:\d+: error \w+: /m],
];

const FORMS = ['the working tree', 'a commit'] as const;

describe.each(FORMS)('in %s', (form) => {
  async function validateAndRender(files: Readonly<Record<string, Content>>) {
    const folder = createFolder({ ...GOOD, ...files });
    const ref = form === 'a commit' ? ['--ref', commitAll(folder)] : [];
    const [validated, rendered] = [
      await gitfed(['validate', ...ref], folder),
      await gitfed(['render', ...ref], folder),
    ];
    return { validated, rendered };
  }

  it.each(ERRORS)('%s is an error with its place, and the rest is rendered', async (_title, files, expected) => {
    const { validated, rendered } = await validateAndRender(files);
    expect(validated.stdout).toMatch(expected);
    expect(validated.code).toBe(1);
    expect(rendered.stderr).toMatch(expected);
    expect(rendered.code).toBe(1);
    expect(rendered.stdout.match(/^ {2}name: good$/gm)).toHaveLength(2);
    expect(rendered.stdout).not.toMatch(/^ {2}name: "?bad"?$.*# cluster: eu-1/ms);
  });

  it('a symbolic link out of the repository is reported and not followed', async () => {
    const outside = createFolder({ 'outside.yaml': configMap('outside', `{${EVERYWHERE}}`) });
    const { validated, rendered } = await validateAndRender({ 'link.yaml': { link: `${outside}/outside.yaml` } });
    expect(validated.stdout).toMatch(/^link\.yaml:1:1: error SymlinkOutside: /m);
    expect(validated.code).toBe(1);
    expect(rendered.stdout).not.toContain('outside');
    expect(rendered.stdout.match(/^ {2}name: good$/gm)).toHaveLength(2);
  });

  it('__proto__ and constructor are data keys like any other', async () => {
    const data = '{"__proto__": "a", "constructor": "b", "toString": "c"}';
    const { validated, rendered } = await validateAndRender({
      'keys.yaml': configMap('keys', `{template: {data: ${data}}, ${EVERYWHERE}}`),
    });
    expect(validated).toMatchObject({ code: 0, stdout: '' });
    expect(rendered.stdout).toMatch(
      /data:\n {2}"?__proto__"?: "?a"?\n {2}"?constructor"?: "?b"?\n {2}"?toString"?: "?c"?\n/,
    );
  });
});

describe('an empty repository', () => {
  it.each(['validate', 'render'])('is no error for %s, and a hint says what to do', async (command) => {
    const { code, stdout, stderr } = await gitfed([command], createFolder());
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/EmptyRepository|gitfed init/);
  });
});

describe('the documents of one file', () => {
  it('are judged one by one', async () => {
    const bad = documents('kind: [', configMap('after', `{template: {data: {a: b}}, ${EVERYWHERE}}`));
    const { code, stdout } = await gitfed(['render'], createFolder({ ...GOOD, 'two.yaml': bad }));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}name: after$/m);
  });
});
