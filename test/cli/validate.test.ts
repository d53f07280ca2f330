import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../src/api/index.ts';
import { daemonConfigurationSchema } from '../../src/daemon/configuration-schema.ts';
import { FLEET, federated } from '../helpers/model-of.ts';
import { createFolder, gitfed } from './run-gitfed.ts';

const WARNING = federated('FederatedConfigMap', '{placement: {clusters: [{name: mars}]}}');
const ERROR = federated('FederatedConfigMap', '{placement: 1}', '{name: bad, namespace: shop}');

describe('gitfed validate', () => {
  it('is silent about a repository in which all is well', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET });
    expect(await gitfed(['validate'], folder)).toEqual({ code: 0, stdout: '', stderr: 'no findings\n' });
  });

  it('ends well with warnings alone', async () => {
    const { code, stdout, stderr } = await gitfed(
      ['validate'],
      createFolder({ 'fleet.yaml': FLEET, 'a.yaml': WARNING }),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1 warning\n' });
    expect(stdout).toMatch(/^a\.yaml:\d+:\d+: warning UnregisteredCluster: [^\n]+\n$/);
  });

  it('finds what only rendering shows', async () => {
    const spec =
      '{template: {}, placement: {clusterSelector: {}}, overrides: [{clusterName: eu-1, clusterOverrides: [{op: remove, path: /data/x}]}]}';
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': federated('FederatedConfigMap', spec) });
    const { code, stdout } = await gitfed(['validate'], folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a\.yaml:\d+:\d+: error OverrideFailed: .*eu-1/m);
  });

  it('has the documented shape as JSON', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a.yaml': WARNING, 'b.yaml': ERROR });
    const { code, stdout, stderr } = await gitfed(['validate', '-o', 'json'], folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ errors: 1, warnings: 1 });
    expect(document.findings[0]).toEqual({
      severity: 'warning',
      code: 'UnregisteredCluster',
      message: expect.any(String),
      file: 'a.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
      cluster: 'mars',
      object: 'FederatedConfigMap/shop/web',
    });
  });

  it('annotates a pull request', async () => {
    const folder = createFolder({ 'fleet.yaml': FLEET, 'a, b.yaml': ERROR });
    const { code, stdout } = await gitfed(['validate', '-o', 'github'], folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^::error file=a%2C b\.yaml,line=\d+,col=\d+,title=\w+::[^\n]+\n$/);
  });

  it('does not let a repository drive the terminal', async () => {
    const evil = federated('FederatedConfigMap', '{placement: {clusters: [{name: "\\e[2J\\u009bx\\u202e"}]}}');
    const { stdout } = await gitfed(['validate'], createFolder({ 'fleet.yaml': FLEET, 'a\u001b[31m.yaml': evil }));
    expect(stdout).toContain('a\\u{1b}[31m.yaml:');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });
});

describe('gitfed schema', () => {
  it('prints the schema that the configuration is read with', async () => {
    const { code, stdout } = await gitfed(['schema'], '.');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(configurationSchema);
  });

  it('prints that of the daemon', async () => {
    const { code, stdout } = await gitfed(['schema', '--kind', 'DaemonConfiguration'], '.');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(daemonConfigurationSchema);
  });
});
