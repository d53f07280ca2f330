import { expect, it } from 'vitest';
import { checkApiEndpoint, checkProxyUrl, withoutUserInfo } from './endpoint.ts';

it.each([
  'https://a',
  'http://a',
  'HTTPS://a',
  'a',
  '1.2.3.4:6443',
  'https://1.2.3.4:6443',
  'https://a/p?q',
  ':80',
  '[::1]:6443',
  'https://[fe80::1]',
  'https://a:65535/path',
  'https://user@a:1',
])('takes %s as the address of an API server', (text) => {
  expect(checkApiEndpoint(text)).toBeUndefined();
});

it.each([
  ['', 'is required: the address of the API server, for example https://eu-1.example:6443'],
  ['http://', 'has no host'],
  ['ftp://a', 'must begin with https:// or http://'],
  ['a:99999', 'has a port outside 1 to 65535'],
  ['https://a:0', 'has a port outside 1 to 65535'],
  ['host:x', 'has a port outside 1 to 65535'],
  ['example.com/path', 'has a path but no scheme: write https:// in front of it'],
  ['https://a b', 'holds spaces or control characters'],
  ['a\nb', 'holds spaces or control characters'],
  ['https://[::1', 'is no host name or address with an optional port'],
  ['a:1:2', 'is no host name or address with an optional port'],
  ['a?q', 'is no host name or address'],
])('refuses %j as the address of an API server: %s', (text, problem) => {
  expect(checkApiEndpoint(text)).toBe(problem);
});

it.each(['http://x', 'HTTP://x', 'https://x:1', 'socks5://x'])('takes %s as a proxy', (text) => {
  expect(checkProxyUrl(text)).toBeUndefined();
});

it.each(['socks5h://x', 'x', 'x:1', 'ftp://x', ''])('refuses %j as a proxy', (text) => {
  expect(checkProxyUrl(text)).toBe('must begin with http://, https:// or socks5://');
});

it.each([
  ['https://robot:secret@a.example:6443/p', 'https://a.example:6443/p'],
  ['https://robot:se/cr@et@a.example', 'https://a.example'],
  ['https://robot:se#cr?et@a.example', 'https://a.example'],
  ['socks5://robot:secret@a.example', 'socks5://a.example'],
  ['//robot:secret@a.example', '//a.example'],
  ['robot:secret@a.example', 'a.example'],
  ['https://a.example', 'https://a.example'],
  ['a.example:6443', 'a.example:6443'],
  ['http:robot:secret@a.example', 'a.example'],
  ['https://robot:se\ncret@a.example', 'https://a.example'],
])('%j is shown as %j', (url, shown) => {
  expect(withoutUserInfo(url)).toBe(shown);
});
