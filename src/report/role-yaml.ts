import { formatYaml, type JsonObject } from '../core/index.ts';
import type { MemberRoleResult } from '../reconcile/member-role.ts';
import { plainText } from './plain-text.ts';
import { count, list } from './wording.ts';

/** What has to be known before a role is applied, a line each. */
export function roleWarnings({ unlimited, remaining, keepsNamespaces }: MemberRoleResult): readonly string[] {
  return [
    ...(unlimited === undefined ? [] : UNLIMITED[unlimited]),
    ...[...remaining].map(
      ([kind, clusters]) =>
        `${plainText(kind)} is not in the repository. It is in the role because of ${list(clusters)}.`,
    ),
    ...(keepsNamespaces
      ? [
          'Namespaces are federated, and this role may not look at everything in one: gitfed then leaves a namespace',
          'whose FederatedNamespace is removed, and says NamespaceNotEmpty. --list-everything lets it delete empty ones.',
        ]
      : []),
  ];
}

const UNLIMITED = {
  Cluster: [
    'THIS ROLE EQUALS CLUSTER-ADMIN: ROLES OR THEIR BINDINGS ARE FEDERATED, WHICH TAKES THE VERBS escalate AND bind.',
    'WHOEVER HOLDS IT, OR MAY CHANGE THE REPOSITORY, CAN TAKE EVERY RIGHT IN THE CLUSTER.',
  ],
  Namespaces: [
    'IN ITS NAMESPACES THIS ROLE EQUALS CLUSTER-ADMIN: ROLES OR THEIR BINDINGS ARE FEDERATED, WHICH TAKES THE VERBS',
    'escalate AND bind. WHOEVER HOLDS IT, OR MAY CHANGE THE REPOSITORY, CAN TAKE EVERY RIGHT THERE.',
  ],
} as const;

/** A stream of YAML documents for `kubectl apply`, with a comment that says what it is good for. */
export function formatRoleYaml(role: MemberRoleResult): string {
  const { inventory, kinds, members } = role;
  const origin = members.length === 0 ? 'the repository' : `the repository and of ${list(members)}`;
  const comment = [
    ...roleWarnings(role),
    `The least that gitfed needs in a member, for inventory ${plainText(inventory)}: ${count(kinds, 'kind')} of ${origin}.`,
  ];
  const head = comment.map((line) => `# ${line}\n`).join('');
  return `${head}${role.objects.map((object) => `---\n${formatYaml(object)}`).join('')}`;
}

/** One document that `kubectl apply` takes as well. */
export function roleToJson({ objects }: MemberRoleResult): JsonObject {
  return { apiVersion: 'v1', kind: 'List', items: objects };
}
