/** What kind of value an option or a positional argument takes: its placeholder in a usage line, and how it is completed. */
export type ValueKind =
  | 'CLUSTER'
  | 'REF'
  | 'OBJECT'
  | 'NAMESPACE'
  | 'TYPE'
  | 'FIELD'
  | 'FILE'
  | 'DIR'
  | 'NAME'
  | 'NUMBER'
  | 'TIME'
  /** `HOST:PORT`. */
  | 'ADDRESS'
  | 'URL'
  /** Of labels: `region=eu,!legacy`. */
  | 'SELECTOR'
  /** Of gitfed.yaml. */
  | 'GATE'
  | 'VALUE';

const OPTIONS: Readonly<Record<string, ValueKind>> = {
  against: 'REF',
  'age-key-file': 'FILE',
  'age-recipient': 'NAME',
  allow: 'GATE',
  'allow-deletions': 'NUMBER',
  'allowed-gpg-keys': 'FILE',
  'allowed-signers': 'FILE',
  cluster: 'CLUSTER',
  'cluster-context': 'NAME',
  'cluster-selector': 'SELECTOR',
  clusters: 'CLUSTER',
  commit: 'REF',
  config: 'FILE',
  context: 'NAME',
  controller: 'NAME',
  'credentials-dir': 'DIR',
  daemon: 'URL',
  'data-dir': 'DIR',
  'dns-zone': 'NAME',
  'federated-group': 'NAME',
  'federated-version': 'NAME',
  'federation-name': 'NAME',
  field: 'FIELD',
  filename: 'FILE',
  'from-cluster': 'CLUSTER',
  'from-dump': 'DIR',
  'git-ca-file': 'FILE',
  'git-credentials-file': 'FILE',
  'git-ssh-key-file': 'FILE',
  'git-ssh-known-hosts': 'FILE',
  'git-token-file': 'FILE',
  'git-username': 'NAME',
  'host-cluster-name': 'NAME',
  'host-context': 'NAME',
  inventory: 'NAME',
  keep: 'TIME',
  kind: 'NAME',
  'home-kubeconfig': 'FILE',
  'home-lease-duration': 'TIME',
  'home-name': 'NAME',
  'home-namespace': 'NAMESPACE',
  kubeconfig: 'FILE',
  'kubefed-namespace': 'NAMESPACE',
  limit: 'NUMBER',
  listen: 'ADDRESS',
  lose: 'CLUSTER',
  name: 'NAME',
  namespace: 'NAMESPACE',
  observed: 'FILE',
  'notify-context': 'NAME',
  'notify-forge-token-file': 'FILE',
  'notify-forge-url': 'URL',
  'notify-repository': 'URL',
  'notify-target-url': 'URL',
  'notify-webhook-secret-file': 'FILE',
  'notify-webhook-url': 'URL',
  'output-dir': 'DIR',
  path: 'DIR',
  plural: 'NAME',
  'poll-interval': 'TIME',
  program: 'FILE',
  ref: 'REF',
  remote: 'NAME',
  'request-timeout': 'TIME',
  'resync-interval': 'TIME',
  'secret-name': 'NAME',
  'service-account': 'NAME',
  'skip-api-resources': 'TYPE',
  'status-author': 'NAME',
  'status-min-interval': 'TIME',
  'status-repository': 'URL',
  'stop-timeout': 'TIME',
  timeout: 'TIME',
  'token-duration': 'TIME',
  user: 'NAME',
  version: 'NAME',
  'wait-timeout': 'TIME',
  'webhook-listen': 'ADDRESS',
  'webhook-secret-file': 'FILE',
};

const POSITIONALS: Readonly<Record<string, ValueKind>> = {
  cluster: 'CLUSTER',
  dir: 'DIR',
  'kind/name': 'OBJECT',
  name: 'NAME',
  observations: 'REF',
  path: 'DIR',
  source: 'DIR',
  'source-commit': 'REF',
  type: 'TYPE',
};

/** `VALUE` for an option of which nothing is known. */
export function optionValue(name: string): ValueKind {
  return Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? 'VALUE') : 'VALUE';
}

/** `VALUE` for a positional argument of which nothing is known. */
export function positionalValue(name: string): ValueKind {
  return Object.hasOwn(POSITIONALS, name) ? (POSITIONALS[name] ?? 'VALUE') : 'VALUE';
}

/** Values that are names of a repository. */
export type RepositoryValue = Extract<ValueKind, 'CLUSTER' | 'REF' | 'OBJECT' | 'NAMESPACE' | 'TYPE'>;

export function isOfRepository(kind: ValueKind): kind is RepositoryValue {
  return ['CLUSTER', 'REF', 'OBJECT', 'NAMESPACE', 'TYPE'].includes(kind);
}
