import { describe, expect, it } from 'vitest';
import { memberOf } from './import-dump.ts';
import { whatKubeFedNoted } from './import-versions.ts';

describe('A file of a dump', () => {
  it.each([
    ['host.yaml', undefined],
    ['member-eu-1.yaml', 'eu-1'],
    ['member-Eu.1.json', 'Eu.1'],
    ['member-.yaml', undefined],
    ['members/eu-1/all.yaml', 'eu-1'],
    ['members/eu-1/shop/all.yml', 'eu-1'],
    ['members/eu-1.yaml', 'eu-1'],
    ['other/member-eu-1.yaml', undefined],
  ])('%s is of the member %s', (file, member) => {
    expect(memberOf(file)).toBe(member);
  });
});

describe('What KubeFed noted', () => {
  const target = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const notes = new Map([
    [
      'shop/deployment-web',
      new Map([
        ['m1', 'gen:2'],
        ['m2', 'rv:7'],
      ]),
    ],
  ]);

  it.each([
    ['says nothing of an object that is as it was written', 'm1', { generation: 2, resourceVersion: '90' }, undefined],
    ['says nothing of one without generations that is as it was', 'm2', { resourceVersion: '7' }, undefined],
    ['tells of a later generation', 'm1', { generation: 3 }, 'It was changed there since KubeFed wrote it last.'],
    ['tells of a later version', 'm2', { resourceVersion: '8' }, 'It was changed there since KubeFed wrote it last.'],
    ['tells of a cluster that was not reached', 'm3', {}, 'KubeFed has not brought its last change there.'],
  ])('%s', (_, cluster, metadata, expected) => {
    expect(whatKubeFedNoted(notes, target, { cluster, namespace: 'shop', live: { metadata } })).toBe(expected);
  });

  it('says nothing of what it has no note of', () => {
    const live = { metadata: { generation: 3 } };
    expect(whatKubeFedNoted(new Map(), target, { cluster: 'm1', namespace: 'shop', live })).toBeUndefined();
  });
});
