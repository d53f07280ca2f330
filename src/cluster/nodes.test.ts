import { describe, expect, it } from 'vitest';
import { localityOf } from './nodes.ts';

type Labels = Readonly<Record<string, string>>;

function node(name: string, labels?: Labels): { metadata: { name: string; labels?: Labels } } {
  return { metadata: { name, ...(labels === undefined ? {} : { labels }) } };
}

const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
const OLD_REGION = 'failure-domain.beta.kubernetes.io/region';
const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';

describe('where a cluster runs', () => {
  it.each([
    ['no zone and no region without nodes', [], { zones: [] }],
    ['no zone and no region where no node has labels', [node('a'), node('b', { [REGION]: '' })], { zones: [] }],
    [
      'the region of the first node by name that has one',
      [node('c', { [REGION]: 'north' }), node('a'), node('b', { [REGION]: 'south' })],
      { region: 'south', zones: [] },
    ],
    [
      'the zones of all nodes, sorted and each once',
      [
        node('a', { [ZONE]: 'z2' }),
        node('b', { [ZONE]: 'z10' }),
        node('c', { [ZONE]: 'z2' }),
        node('d', { [ZONE]: 'Z' }),
      ],
      { zones: ['Z', 'z10', 'z2'] },
    ],
    [
      'the older labels where a node has no others',
      [node('a', { [OLD_REGION]: 'west', [OLD_ZONE]: 'w1' }), node('b', { [REGION]: 'east', [ZONE]: 'e1' })],
      { region: 'west', zones: ['e1', 'w1'] },
    ],
    [
      'the labels of today where a node has both',
      [node('a', { [OLD_REGION]: 'old', [OLD_ZONE]: 'old', [REGION]: 'new', [ZONE]: 'new' })],
      { region: 'new', zones: ['new'] },
    ],
    [
      'nothing that is no value of a label',
      [
        node('a', { [REGION]: '\u001b[31mred', [ZONE]: 'z'.repeat(64) }),
        node('b', { [REGION]: 'r', [ZONE]: '__proto__' }),
      ],
      { region: 'r', zones: [] },
    ],
  ])('is %s', (_title, nodes, expected) => {
    expect(localityOf(nodes)).toEqual(expected);
  });
});
