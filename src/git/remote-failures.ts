import type { RemoteEnvironment } from './access.ts';
import { serverWords } from './errors.ts';
import { sshHost } from './remote-url.ts';

/** What a process was doing when it failed. */
export interface RemoteAttempt extends Pick<RemoteEnvironment, 'hasCredential'> {
  /** Without userinfo. */
  readonly url: string;
  /** Where its objects are kept. */
  readonly directory: string;
}

type Explanation = (attempt: RemoteAttempt, words: string) => string;

/** The first that fits. Git's words of one cause differ between its versions, and those of curl between its libraries. */
const EXPLANATIONS: readonly (readonly [RegExp, Explanation])[] = [
  [
    /fsck error/,
    (_attempt, words) =>
      `the repository holds an object that is not in order, or is made to do harm: ${/object .*/.exec(words)?.[0] ?? 'git fsck names it'}. Nothing was taken over.`,
  ],
  [
    /No space left on device|[Dd]isk quota exceeded|Out of diskspace/,
    ({ directory }) => `the disk is full at ${directory}. Make room there; nothing that was fetched before is lost.`,
  ],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|HOST KEY .*CHANGED/i, changedHostKey],
  [/Host key verification failed|No \S+ host key is known/, unknownHostKey],
  [
    /UNPROTECTED PRIVATE KEY FILE|bad permissions/,
    () => 'ssh takes no key that others can read. Let nobody but its user read the file: chmod 600 FILE',
  ],
  [
    /no such identity: [\s\S]*Permission denied \(publickey/,
    (_attempt, words) =>
      `ssh cannot read the key ${missingKey(words)}. Name one that is there with --git-ssh-key-file, or see whether it is mounted.`,
  ],
  [
    /Permission denied \(publickey/,
    () =>
      'the server accepts none of the SSH keys that it was shown. Register the public key there, or name another private key with --git-ssh-key-file. A key with a passphrase works through an agent only.',
  ],
  [
    /returned error: 30\d|unable to update url base from redirection/,
    ({ url }) =>
      `the server sends on to another address, which is not followed, since a credential could go with it. Use that address; this shows it: curl --silent --head '${url.replaceAll("'", '%27')}/info/refs?service=git-upload-pack'`,
  ],
  [
    /could not read (?:Username|Password)|Authentication failed|returned error: 401/,
    ({ hasCredential }) =>
      hasCredential
        ? 'the server does not accept the token or password (401). Look whether it has expired, and whether it is for this server.'
        : 'the server asks for a credential (401), and there is none for it. Give one with --git-token-file, --git-credentials-file or GITFED_GIT_TOKEN.',
  ],
  [
    /returned error: 403/,
    () =>
      'the server forbids it (403). Give the credential the right to this repository; to push takes the right to write.',
  ],
  [
    /returned error: 404|repository '.*' not found|Repository not found|does not appear to be a git repository/,
    ({ hasCredential }) =>
      `there is no such repository there (404). Check the URL${hasCredential ? ', and whether the credential may see the repository' : '; a private one may look so to somebody without a credential'}.`,
  ],
  [/returned error: 407/, () => 'the proxy asks for a credential (407). Put it into HTTPS_PROXY.'],
  [/returned error: 429/, () => 'the server takes no more requests for now (429). Wait, or ask less often.'],
  [
    /returned error: (5\d\d)/,
    (_attempt, words) =>
      `the server has a problem of its own (${/returned error: (5\d\d)/.exec(words)?.[1]}). Try again later.`,
  ],
  [
    /certificate|SSL|TLS|gnutls/,
    (_attempt, words) =>
      `no trusted connection comes about: ${reason(words)}. Certificates of an authority of your own are checked with --git-ca-file FILE; the check cannot be switched off.`,
  ],
  [
    /Could not resolve (?:host|proxy|hostname)|Name or service not known|Temporary failure in name resolution/,
    () => 'the name of the server is not known here. Check the URL and the DNS of this machine.',
  ],
  [
    /Connection refused|Failed to connect|Couldn't connect|No route to host|Network is unreachable/,
    () => 'the server is not reached: nobody answers there. Check host, port, proxy and firewall.',
  ],
  [
    /timed out|Operation too slow|block timeout reached|Connection closed by remote host.*timeout/i,
    () => 'the server gave no answer in time. Check proxy and firewall, and try again.',
  ],
  [
    /early EOF|unexpected disconnect|RPC failed|hung up unexpectedly|transfer closed|Empty reply|reset by peer|invalid index-pack output|expected flush/,
    () => 'the connection broke off. What was there before is unharmed; try again.',
  ],
];

/** What happened, why, and what to do; `undefined` where git's own words have to do. */
export function explainRemote(words: string, attempt: RemoteAttempt): string | undefined {
  // A server may say anything, and a ref may be called anything.
  const own = words.replace(/^(?:remote:| *! \[).*$/gm, '');
  const explained = EXPLANATIONS.find(([pattern]) => pattern.test(own))?.[1](attempt, own);
  const said = serverWords(words);
  return explained === undefined || said === '' ? explained : `${explained} The server says: ${said}`;
}

function changedHostKey({ url }: RemoteAttempt): string {
  return `the host key of ${sshHost(url).host} is not the one that is known: the server was set up anew, or somebody stands between. Nothing was sent. If its operators confirm the new key, remove the old line and ${toAdd(url)}`;
}

function unknownHostKey({ url }: RemoteAttempt): string {
  return `the host key of ${sshHost(url).host} is not known, so that nobody can tell whether it is the right server. Nothing was sent. To know it, ${toAdd(url)}`;
}

function toAdd(url: string): string {
  const { host, port } = sshHost(url);
  const scan = `ssh-keyscan ${port === '' ? '' : `-p ${port} `}${host}`;
  return `add it to the file of --git-ssh-known-hosts, else to ~/.ssh/known_hosts: ${scan} >> FILE. Then compare what ssh-keygen -lf FILE prints with what the operators of the server publish.`;
}

/** The part of curl's message that says what is wrong. */
function reason(words: string): string {
  const line = words.split('\n').find((each) => /certificate|SSL|TLS|gnutls|CAfile/i.test(each)) ?? words;
  return line
    .replace(/^(?:fatal|error): /, '')
    .replace(/^unable to access '[^']*': /, '')
    .replace(/\.? CAfile: .*$/s, '')
    .replace(/\.$/, '');
}

function missingKey(words: string): string {
  const [, file = '', why = ''] = /no such identity: (.+): ([^:\n]+)/.exec(words) ?? [];
  return `${file} (${why.trim()})`;
}
