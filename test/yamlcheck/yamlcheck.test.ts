import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recentGoVersion } from '../controlplane/go-binary.ts';
import { YamlCheck } from './yamlcheck.ts';

describe.skipIf((await recentGoVersion()) === undefined)('sigs.k8s.io/yaml', () => {
  let yamlCheck: YamlCheck;

  beforeAll(async () => {
    const started = await YamlCheck.start();
    expect(started).toBeDefined();
    yamlCheck = started as YamlCheck;
  });

  afterAll(() => yamlCheck.close());

  test.each([
    ['the booleans of YAML 1.1', 'a: yes\nb: "yes"\n', '{"a":true,"b":"yes"}'],
    ['octal numbers', 'a: 0755\nb: "0755"\n', '{"a":493,"b":"0755"}'],
    [
      'integers beyond 2^53',
      'a: 9007199254740993\nb: 18446744073709551615\n',
      '{"a":9007199254740993,"b":18446744073709551615}',
    ],
    ['keys that are not strings', '1: a\ntrue: b\n', '{"1":"a","true":"b"}'],
    ['text beyond ASCII', 'a: "\\u2028 ü 😀"\n', '{"a":"\\u2028 ü 😀"}'],
    ['nothing', '', 'null'],
  ])('reads %s', async (_what, yaml, json) => {
    expect(await yamlCheck.toJson(yaml)).toEqual({ json });
  });

  test('refuses a key that appears twice only when it is strict', async () => {
    const yaml = 'a: 1\na: 2\n';
    expect(await yamlCheck.toJson(yaml)).toEqual({ json: '{"a":2}' });
    expect(await yamlCheck.toJson(yaml, { strict: true })).toEqual({ error: expect.stringContaining('already set') });
  });

  test('answers in the order of the questions', async () => {
    const answers = Array.from({ length: 200 }, (_, index) => yamlCheck.toJson(index % 2 ? `a: ${index}\n` : 'a: [\n'));
    const results = await Promise.all(answers);
    results.forEach((result, index) => {
      expect(result).toEqual(index % 2 ? { json: `{"a":${index}}` } : { error: expect.any(String) });
    });
  });

  test('answers what was asked before it was closed, and nothing after', async () => {
    const other = (await YamlCheck.start()) as YamlCheck;
    const before = other.toJson('a: 1\n');
    await other.close();
    expect(await before).toEqual({ json: '{"a":1}' });
    await expect(other.toJson('a: 1\n')).rejects.toThrow('yamlcheck has ended');
  });
});
