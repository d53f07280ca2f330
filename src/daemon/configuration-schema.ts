import type { Schema } from '../api/index.ts';

const TIME_PATTERN = '^(?:[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h))+$';
const FILE: Schema = { type: 'string', minLength: 1 };

/** JSON Schema of the daemon's own configuration, as `gitfed schema --kind DaemonConfiguration` prints it. Defaults are taken from here. */
export const daemonConfigurationSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://gitfed.io/schemas/v1alpha1/daemon-configuration.json',
  title: 'gitfed DaemonConfiguration',
  description: 'Settings of gitfed daemon: the file that --config names. Everything but the source is optional.',
  type: 'object',
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'gitfed.io/v1alpha1', description: 'Version of this format.' },
    kind: { const: 'DaemonConfiguration', description: 'Always DaemonConfiguration.' },
    metadata: {
      type: 'object',
      description: 'For people only: nothing is read from it.',
      additionalProperties: false,
      properties: { name: { type: 'string', description: 'A name for this daemon.' } },
    },
    source: {
      type: 'string',
      description: 'The repository that is followed: a folder, or a URL that git can fetch.',
      writeOnly: true,
      pattern: '^[^-].*$',
      examples: ['https://git.example/platform/fleet.git'],
    },
    ref: {
      type: 'string',
      description: 'The branch that is followed. The default is what HEAD of the repository names.',
      pattern: '^[^-\\s][^\\s]*$',
      examples: ['main'],
    },
    path: {
      type: 'string',
      description: 'A folder of the repository that is read as one, relative to its root. The default is the root.',
      pattern: '^(?!/)(?!(?:.*/)?\\.\\.(?:/|$)).+$',
      examples: ['fleets/production'],
    },
    clusters: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      description: 'Works on these clusters only. The default is every registered one.',
      examples: [['eu-1', 'eu-2']],
    },
    pollInterval: {
      type: 'string',
      description: 'Time between two looks at the repository, such as 30s or 1m30s, give or take a tenth.',
      pattern: TIME_PATTERN,
      default: '30s',
    },
    resyncInterval: {
      type: 'string',
      description: 'Time after which a cluster is compared in full although nothing was heard of it, such as 1h.',
      pattern: TIME_PATTERN,
      default: '1h',
    },
    requestTimeout: {
      type: 'string',
      description: 'Gives up on a request to an API server that is not answered for so long, such as 15s.',
      pattern: TIME_PATTERN,
      default: '15s',
    },
    listen: {
      type: 'string',
      description: 'HOST:PORT where /healthz, /readyz and /metrics are served, and webhooks without webhook.listen.',
      minLength: 1,
      default: '127.0.0.1:9090',
    },
    webhook: {
      type: 'object',
      description: 'Pushes that forges announce. Without a secret there is no such endpoint.',
      additionalProperties: false,
      properties: {
        listen: {
          type: 'string',
          description: 'HOST:PORT where webhooks alone are served, so that the other endpoints stay inside.',
          minLength: 1,
          examples: ['0.0.0.0:8080'],
        },
        secretFile: {
          ...FILE,
          description: 'File with the secret; while it is changed, two lines with the old and the new one.',
        },
      },
    },
    dataDir: { ...FILE, description: 'Folder that keeps the clone of a URL, and what is not pushed yet.' },
    credentialsDir: {
      ...FILE,
      description: 'Folder with the credentials of members: SECRET-NAME/token with ca.crt, or SECRET-NAME/kubeconfig.',
    },
    kubeconfig: {
      ...FILE,
      description: 'Kubeconfig whose contexts give credentials of members, and whose programs are run.',
    },
    ageKeyFile: { ...FILE, description: 'File with the age identities that decrypt Secrets which SOPS encrypted.' },
    git: {
      type: 'object',
      description: 'How the repository is reached.',
      additionalProperties: false,
      properties: {
        tokenFile: { ...FILE, description: 'File with a token or password for https.' },
        username: { type: 'string', minLength: 1, description: 'User name that goes with the token.' },
        credentialsFile: { ...FILE, description: 'File with credentials in the format of git-credential-store.' },
        sshKeyFile: { ...FILE, description: 'File with the private key for ssh.' },
        sshKnownHosts: { ...FILE, description: 'File with the host keys that ssh accepts.' },
        caFile: { ...FILE, description: 'File with the certificate authorities that https accepts.' },
      },
    },
    verify: {
      type: 'object',
      description: 'Which commits are trusted.',
      additionalProperties: false,
      properties: {
        mode: {
          description:
            'Which commits must be signed by somebody who may: all since the last one (Range), only the newest (Head), or none (None). The default is Range where it is said who may sign, and None elsewhere.',
          enum: ['None', 'Head', 'Range'],
        },
        allowedSigners: {
          ...FILE,
          description: 'File in the format of ssh-keygen that lists who may sign with SSH keys.',
        },
        allowedGpgKeys: {
          ...FILE,
          description: 'File with the OpenPGP public keys that may sign, as gpg exports them.',
        },
      },
    },
    allowRewind: {
      type: 'boolean',
      description: 'Follows the branch also to a commit that does not descend from the last one.',
      default: false,
    },
    status: {
      type: 'object',
      description: 'Commits on the status branch.',
      additionalProperties: false,
      properties: {
        author: {
          type: 'string',
          description: 'Author of these commits, as Name <address>.',
          pattern: '^[^<>\\n]+ <[^<>\\s]+>$',
          examples: ['gitfed <gitfed@example.com>'],
        },
        repository: {
          type: 'string',
          description: 'URL of another repository for that branch. It wins over gitfed.yaml.',
          writeOnly: true,
          pattern: '^[^-\\s][^\\s]*$',
        },
        minInterval: {
          type: 'string',
          description: 'Shortest time between two of these commits, such as 10s. It wins over gitfed.yaml.',
          pattern: TIME_PATTERN,
        },
      },
    },
    notify: {
      type: 'object',
      description: 'Who is told when something fails, recovers, drifts or moves. Never said by a repository.',
      additionalProperties: false,
      properties: {
        webhookUrl: {
          type: 'string',
          description: 'URL that gets a signed webhook for each notification.',
          writeOnly: true,
          pattern: '^https?://[^\\s]+$',
          examples: ['https://hooks.example/gitfed'],
        },
        webhookSecretFile: {
          ...FILE,
          description: 'File with the secret that signs them (whsec_…); while it is changed, two lines with both.',
        },
        forgeTokenFile: {
          ...FILE,
          description: 'File with a token of the forge that may set commit statuses. Without it none is set.',
        },
        forge: {
          description: 'What hosts the repository. The default is what its address tells.',
          enum: ['github', 'gitlab', 'gitea', 'forgejo'],
        },
        forgeUrl: {
          type: 'string',
          description: 'URL of the API of the forge, where it is not at its usual place.',
          pattern: '^https?://[^\\s]+$',
          examples: ['https://git.example/api/v4'],
        },
        repository: {
          type: 'string',
          description: 'Address of the repository on its forge. The default is the source.',
          writeOnly: true,
          pattern: '^[^-\\s][^\\s]*$',
          examples: ['https://git.example/platform/fleet'],
        },
        context: {
          type: 'string',
          description: 'Name of the commit status. The default is gitfed/INVENTORY.',
          pattern: '^[^\\s].{0,99}$',
          examples: ['gitfed/production'],
        },
        targetUrl: {
          type: 'string',
          description: 'URL that a commit status links to, such as that of a dashboard.',
          pattern: '^https?://[^\\s]+$',
          examples: ['https://grafana.example/d/gitfed'],
        },
      },
    },
    home: {
      type: 'object',
      description: 'A Kubernetes cluster in which several daemons share the work. Without one, a daemon works alone.',
      additionalProperties: false,
      properties: {
        kubeconfig: {
          ...FILE,
          description: 'Kubeconfig whose current context is the cluster in which daemons share the work.',
        },
        inCluster: {
          type: 'boolean',
          description: 'Daemons share the work in the cluster that they run in, as the service account of their pod.',
          default: false,
        },
        namespace: {
          type: 'string',
          description: 'Namespace of their Leases. The default is that of the context or of the pod.',
          pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
          examples: ['gitfed'],
        },
        name: {
          type: 'string',
          description:
            'Daemons with the same name share the work. The default is made of the source, ref, path and clusters.',
          pattern: '^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$',
          examples: ['production'],
        },
        leaseDuration: {
          type: 'string',
          description: 'A daemon of which nothing is heard for so long is taken for gone, such as 15s.',
          pattern: TIME_PATTERN,
          default: '15s',
        },
      },
    },
    log: {
      type: 'object',
      description: 'The log, which goes to standard error.',
      additionalProperties: false,
      properties: {
        level: {
          description: 'The least important lines that are written.',
          enum: ['debug', 'info', 'warn', 'error'],
          default: 'info',
        },
        format: { description: 'Lines of JSON, or text for people.', enum: ['json', 'text'], default: 'json' },
      },
    },
  },
} as const satisfies Schema;
