import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/core/index.ts';
import { FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, gitfed, ROOT } from './run-gitfed.ts';

interface Sarif {
  readonly $schema: string;
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly SarifRule[] } };
      readonly results: readonly SarifResult[];
    },
  ];
}

interface SarifRule {
  readonly id: string;
  readonly helpUri: string;
  readonly defaultConfiguration: { readonly level: string };
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string; readonly uriBaseId: string };
        readonly region: { readonly startLine: number; readonly startColumn: number };
      };
    },
  ];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

const {
  $schema: _draft,
  id: schemaId,
  ...schema
} = JSON.parse(readFileSync(path.join(import.meta.dirname, 'testdata', 'sarif-schema-2.1.0.json'), 'utf8'));
// The schema is of draft 4; but for these two words it means the same in draft 7.
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addFormat('uri', (text: string) => URL.canParse(text));
ajv.addFormat('uri-reference', /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\dA-F]{2})*$/);
ajv.addFormat('date-time', (text: string) => !Number.isNaN(Date.parse(text)));
const validate = ajv.compile({ ...schema, $id: schemaId });

/** What the command prints for a folder, after it was held against the schema. */
async function sarifOf(folder: string): Promise<Sarif> {
  const { stdout, stderr } = await gitfed(['validate', folder, '-o', 'sarif'], folder);
  expect(stderr).toBe('');
  expect(stdout).not.toContain(folder);
  expect(stdout).not.toContain(ROOT);
  const document: unknown = JSON.parse(stdout);
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  return document as Sarif;
}

function resultsOf({ runs: [run] }: Sarif): readonly SarifResult[] {
  return run.results;
}

const GOLDEN = path.join(ROOT, 'test', 'golden');
const CASES = readdirSync(GOLDEN, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => [name, name === 'examples-repo' ? 'examples/repo' : `test/golden/${name}/input`] as const)
  .map(([name, folder]) => [name, path.join(ROOT, folder)] as const);

describe('gitfed validate -o sarif', () => {
  it('has a rule for every code, with its level and its place in the manual', async () => {
    const { $schema, runs } = await sarifOf(createFolder({ 'fleet.yaml': FLEET }));
    expect($schema).toBe(schemaId);
    const { rules } = runs[0].tool.driver;
    expect(rules.map(({ id, defaultConfiguration: { level } }) => [id, level])).toEqual(
      Object.entries(FINDING_CODES).toSorted(),
    );
    const page = readFileSync(path.join(ROOT, 'docs/findings.md'), 'utf8').toLowerCase();
    for (const { helpUri } of rules) expect(page).toContain(`\n## ${new URL(helpUri).hash.slice(1)}\n`);
  });

  it.each(CASES)('says of %s what the other formats say', async (_name, input) => {
    const folder = createFolder();
    cpSync(input, folder, { recursive: true });
    const { stdout } = await gitfed(['validate', '-o', 'json'], folder);
    const { findings } = JSON.parse(stdout) as { findings: Record<string, unknown>[] };
    const document = await sarifOf(folder);
    const told = resultsOf(document).map(({ ruleId, level, message, locations: [{ physicalLocation }], ruleIndex }) => {
      expect(document.runs[0].tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(physicalLocation.artifactLocation.uriBaseId).toBe('%SRCROOT%');
      const { uri } = physicalLocation.artifactLocation;
      return [ruleId, level, decodeURIComponent(uri), Object.values(physicalLocation.region), message.text.at(-1)];
    });
    expect(told).toEqual(
      findings.map(({ code, severity, file, line, column, message }) => {
        return [code, severity, file === '' ? 'gitfed.yaml' : file, [line, column], `${message}`.at(-1)];
      }),
    );
  });

  it.each(CASES)('recognises each finding of %s when lines are added above it', async (_name, input) => {
    const [before, after] = [createFolder(), createFolder()];
    for (const folder of [before, after]) cpSync(input, folder, { recursive: true });
    for (const file of readdirSync(after, { recursive: true, encoding: 'utf8' })) {
      const name = path.join(after, file);
      if (/\.ya?ml$/.test(file))
        writeFileSync(name, Buffer.concat([Buffer.from('# one\n\n# two\n'), readFileSync(name)]));
    }
    const [was, is] = [resultsOf(await sarifOf(before)), resultsOf(await sarifOf(after))];
    const prints = (results: readonly SarifResult[]) => results.map(({ partialFingerprints }) => partialFingerprints);
    expect(prints(is)).toEqual(prints(was));
    expect(new Set(prints(was).map((print) => JSON.stringify(print))).size).toBe(was.length);
  });

  it('names files from the root of the repository, and as URIs', async () => {
    const bad = federated('FederatedConfigMap', '{placement: 1}', '{name: bad, namespace: shop}');
    const folder = createFolder({ 'fleet/fleet.yaml': FLEET, 'fleet/a #1%: ü/b:c.yaml': bad });
    commitAll(folder);
    const results = resultsOf(await sarifOf(path.join(folder, 'fleet')));
    expect(results.map(({ locations }) => locations[0].physicalLocation.artifactLocation.uri)).toEqual([
      'fleet/a%20%231%25%3A%20%C3%BC/b%3Ac.yaml',
    ]);
  });

  it.each([
    ['', 'kustomization.yaml'],
    ['chart/', 'chart/Chart.yaml'],
  ])('puts a finding about a folder of another tool («%s») into the file that says so', async (folder, uri) => {
    const results = resultsOf(await sarifOf(createFolder({ 'fleet.yaml': FLEET, [uri]: '', [`${folder}a.yaml`]: '' })));
    const [result] = results.filter(({ ruleId }) => ruleId === 'ForeignDirectory');
    expect(result?.locations[0].physicalLocation).toMatchObject({ artifactLocation: { uri } });
  });

  it('puts a finding about the whole repository into gitfed.yaml, and ends well with warnings alone', async () => {
    const folder = createFolder();
    const [result] = resultsOf(await sarifOf(folder));
    expect(result).toMatchObject({ ruleId: 'EmptyRepository', level: 'warning' });
    expect(result?.locations[0].physicalLocation).toMatchObject({ artifactLocation: { uri: 'gitfed.yaml' } });
    expect(await gitfed(['validate', '-o', 'sarif'], folder)).toMatchObject({ code: 0 });
  });

  it('names the object and the cluster, and ends with 1 for an error', async () => {
    const spec =
      '{template: {}, placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{op: remove, path: /data/x}]}]}';
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': federated('FederatedConfigMap', spec) });
    const [result] = resultsOf(await sarifOf(folder));
    expect(result).toMatchObject({
      ruleId: 'OverrideFailed',
      locations: [{ logicalLocations: [{ fullyQualifiedName: 'FederatedConfigMap/shop/web', kind: 'resource' }] }],
      properties: { cluster: 'eu-1', object: 'FederatedConfigMap/shop/web' },
    });
    expect(await gitfed(['validate', '-o', 'sarif'], folder)).toMatchObject({ code: 1 });
  });
});
