import { describe, expect, it } from 'vitest';
import type { Finding } from '../core/index.ts';
import { formatAnnotation, formatFinding, formatFindingCounts } from './findings.ts';
import { createStyle } from './style.ts';

function finding(fields: Partial<Finding> = {}): Finding {
  return { severity: 'error', code: 'InvalidYAML', message: 'no', file: 'a.yaml', line: 3, column: 7, ...fields };
}

describe('a finding', () => {
  it.each<[title: string, fields: Partial<Finding>, expected: string]>([
    ['is one line that editors understand', {}, 'a.yaml:3:7: error InvalidYAML: no'],
    ['about the whole repository has no place', { file: '', line: 1, column: 1 }, 'repository: error InvalidYAML: no'],
    [
      'does not name its cluster twice',
      { cluster: 'eu-1', message: 'not in eu-1' },
      'a.yaml:3:7: error InvalidYAML: not in eu-1',
    ],
    ['about one cluster says which', { cluster: 'eu-1' }, 'a.yaml:3:7: error InvalidYAML: in eu-1: no'],
    [
      'cannot drive a terminal',
      { file: 'a\u001b[2J\n.yaml', message: 'x\u202e\r\u009b' },
      'a\\u{1b}[2J\\n.yaml:3:7: error InvalidYAML: x\\u{202e}\\r\\u{9b}',
    ],
  ])('%s', (_title, fields, expected) => {
    expect(formatFinding(finding(fields), createStyle(false))).toBe(expected);
  });

  it('is coloured by its severity', () => {
    const text = formatFinding(finding({ severity: 'warning' }), createStyle(true));
    expect(text).toContain('\u001b[33mwarning\u001b[0m');
  });
});

describe('an annotation for GitHub', () => {
  it.each<[title: string, fields: Partial<Finding>, expected: string]>([
    ['names the place and the code', {}, '::error file=a.yaml,line=3,col=7,title=InvalidYAML::no'],
    [
      'escapes what ends a property',
      { file: 'a,b:c%.yaml' },
      '::error file=a%2Cb%3Ac%25.yaml,line=3,col=7,title=InvalidYAML::no',
    ],
    [
      'keeps a message in one command',
      { message: '50%\r\n::error::x' },
      '::error file=a.yaml,line=3,col=7,title=InvalidYAML::50%25%0D%0A::error::x',
    ],
    [
      'shows other control characters',
      { message: '\u001b[1m' },
      '::error file=a.yaml,line=3,col=7,title=InvalidYAML::\\u{1b}[1m',
    ],
    ['about the whole repository has no place', { file: '', severity: 'warning' }, '::warning title=InvalidYAML::no'],
  ])('%s', (_title, fields, expected) => {
    expect(formatAnnotation(finding(fields))).toBe(expected);
  });
});

describe('formatFindingCounts', () => {
  it.each([
    [0, 0, 'no findings'],
    [1, 0, '1 error'],
    [0, 2, '2 warnings'],
    [2, 1, '2 errors, 1 warning'],
  ])('of %d errors and %d warnings is "%s"', (errors, warnings, expected) => {
    expect(formatFindingCounts({ errors, warnings })).toBe(expected);
  });
});
