import { isClusterName, isDns1123Subdomain } from '../api/names.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';

/** On everything that `gitfed join` makes in a cluster: for whom. */
export const JOINED_AS_ANNOTATION = 'gitfed.io/joined-as';
/** On a KubeFedCluster: the ServiceAccount that gitfed is in the member. */
export const ACCOUNT_ANNOTATION = 'gitfed.io/service-account';

/** How many Secrets of tokens there may be at once. */
export const TOKEN_SECRETS = 3;

/** What is called how in a member. */
export interface JoinNames {
  readonly account: string;
  /** `NAMESPACE/ACCOUNT`: the value of {@link JOINED_AS_ANNOTATION}. */
  readonly mark: string;
  /** As the API server knows it. */
  readonly user: string;
  readonly role: string;
  /** Beside a Role with all rights: the ClusterRole for the health of the member. */
  readonly healthRole: string;
  /** Where tokens are, or what they are bound to: one is in use, another is while it is rotated. */
  readonly tokenSecrets: readonly string[];
}

/**
 * Names as KubeFed forms them: the account is `<cluster>-<host>`.
 *
 * @throws {GitfedError} `USAGE` for names that Kubernetes does not take, or that the inventory has.
 */
export function joinNames({
  cluster,
  host,
  account: known,
  namespace,
  inventory,
}: {
  readonly cluster: string;
  /** What tells the accounts of several repositories from each other. */
  readonly host: string;
  /** As it was called when the cluster was joined. */
  readonly account?: string | undefined;
  readonly namespace: string;
  readonly inventory: string;
}): JoinNames {
  if (/[/:]/.test(host)) {
    throw new GitfedError(
      'USAGE',
      `--host-cluster-name ${plainText(host)} has a slash or a colon, which a ServiceAccount cannot have: name another one.`,
    );
  }
  const account = known ?? `${cluster}-${host}`.toLowerCase();
  if (!isDns1123Subdomain(account) || account.length > 200) {
    throw new GitfedError(
      'USAGE',
      `The ServiceAccount would be called ${plainText(account)}, which Kubernetes does not take: choose --host-cluster-name of small letters, digits and hyphens, at most 200 with the name of the cluster.`,
    );
  }
  const tokenSecrets = Array.from({ length: TOKEN_SECRETS }, (_, at) => (at === 0 ? account : `${account}-${at + 1}`));
  if (tokenSecrets.includes(`gitfed-${inventory}`)) {
    throw new GitfedError(
      'USAGE',
      `A Secret with the token would be called gitfed-${inventory}, as the inventory of this repository is: choose another --host-cluster-name.`,
    );
  }
  return {
    account,
    mark: `${namespace}/${account}`,
    user: `system:serviceaccount:${namespace}:${account}`,
    role: `gitfed:${account}`,
    healthRole: `gitfed:${namespace}:healthcheck-${account}`,
    tokenSecrets,
  };
}

/** @throws {GitfedError} `USAGE` */
export function checkClusterName(name: string): void {
  if (isClusterName(name)) return;
  throw new GitfedError(
    'USAGE',
    `${JSON.stringify(plainText(name))} is no name of a cluster: it is made of letters, digits, hyphens and dots, and begins and ends with a letter or digit. The context that leads to it is --cluster-context.`,
  );
}
