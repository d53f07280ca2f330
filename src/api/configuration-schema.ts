import type { JsonValue } from '../core/index.ts';

/** The part of JSON Schema that `gitfed.yaml` needs; `validateSchema` understands exactly this. */
export interface Schema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly const?: string;
  readonly enum?: readonly (string | boolean)[];
  readonly pattern?: string;
  /** The value may hold a password: it is not shown. */
  readonly writeOnly?: true;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false;
  readonly anyOf?: readonly Schema[];
  readonly default?: JsonValue;
  readonly examples?: readonly JsonValue[];
}

const DURATION = '^(?:[0-9]{1,9}(?:\\.[0-9]{1,9})?(?:ms|s|m|h))+$';

const NAMES: Schema = { type: 'array', items: { type: 'string', minLength: 1 }, default: [] };

/** JSON Schema of `gitfed.yaml`, as `gitfed schema` prints it. Defaults are taken from here. */
export const configurationSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://gitfed.io/schemas/v1alpha1/configuration.json',
  title: 'gitfed Configuration',
  description: 'Settings of a gitfed repository: the file gitfed.yaml. Everything is optional.',
  type: 'object',
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'gitfed.io/v1alpha1', description: 'Version of this format.' },
    kind: { const: 'Configuration', description: 'Always Configuration.' },
    metadata: {
      type: 'object',
      description: 'For people only: nothing is read from it.',
      additionalProperties: false,
      properties: { name: { type: 'string', description: 'A name for this repository.' } },
    },
    inventory: {
      type: 'string',
      description:
        'Name under which gitfed remembers in every member cluster what it applied. Without it the name is derived from the repository. Changing it makes gitfed start over.',
      pattern: '^[a-z0-9](?:[-a-z0-9]{0,54}[a-z0-9])?$',
      examples: ['shop'],
    },
    templateAnnotations: {
      description: 'What becomes of annotations in templates. Drop is what KubeFed does.',
      enum: ['Apply', 'Drop'],
      default: 'Apply',
    },
    suspend: {
      description: 'Pauses writes: true for everything, or for some clusters, kinds or namespaces only.',
      anyOf: [
        { type: 'boolean' },
        {
          type: 'object',
          additionalProperties: false,
          properties: {
            all: { type: 'boolean', description: 'Pauses everything.', default: false },
            clusters: { ...NAMES, description: 'Clusters to leave alone, by name.' },
            kinds: {
              ...NAMES,
              description: 'Kinds to leave alone, by kind or kind.group of the objects in member clusters.',
              examples: [['Deployment.apps']],
            },
            namespaces: { ...NAMES, description: 'Namespaces to leave alone, with what is in them.' },
          },
        },
      ],
      default: false,
    },
    prune: {
      type: 'object',
      description: 'Removing objects that are no longer in the repository.',
      additionalProperties: false,
      properties: {
        maxDeletions: {
          type: 'object',
          description: 'A pass that would delete more than both of these in one cluster deletes nothing there.',
          additionalProperties: false,
          properties: {
            count: { type: 'integer', description: 'Number of objects.', minimum: 0, maximum: 1_000_000, default: 10 },
            percent: {
              type: 'integer',
              description: 'Percentage of the inventory of the cluster.',
              minimum: 0,
              maximum: 100,
              default: 30,
            },
          },
        },
      },
    },
    gates: {
      type: 'object',
      description:
        'What a change may not do unless a commit of it says so with the trailer "Gitfed-Allow: GATE reason". prune.maxDeletions is a gate too.',
      additionalProperties: false,
      properties: {
        maxClusters: {
          type: 'integer',
          description: 'Clusters in which anything may change. Without it: all of them.',
          minimum: 0,
          maximum: 1_000_000,
          examples: [20],
        },
        maxReplicasLost: {
          type: 'object',
          description:
            'Replicas of workloads that the fleet as a whole may lose: more than both of these is too much. Of the two, the one that is left out is 0. Without it: any number.',
          additionalProperties: false,
          properties: {
            count: { type: 'integer', description: 'Number of replicas.', minimum: 0, maximum: 1_000_000_000 },
            percent: {
              type: 'integer',
              description: 'Percentage of the replicas of all workloads.',
              minimum: 0,
              maximum: 100,
            },
          },
          examples: [{ count: 20, percent: 10 }],
        },
        protected: {
          type: 'object',
          description: 'What nothing may happen to: an object that one of the lists names is protected.',
          additionalProperties: false,
          properties: {
            from: {
              description: 'Changes protects from being created, changed and deleted, Deletions from being deleted.',
              enum: ['Changes', 'Deletions'],
              default: 'Changes',
            },
            kinds: {
              ...NAMES,
              description: 'Kinds, by kind or kind.group of the objects in member clusters.',
              examples: [['PersistentVolumeClaim', 'CustomResourceDefinition.apiextensions.k8s.io']],
            },
            namespaces: { ...NAMES, description: 'Namespaces, with what is in them.' },
            clusters: { ...NAMES, description: 'Clusters, by name, with all that is in them.' },
          },
        },
      },
    },
    status: {
      type: 'object',
      description: 'What gitfed commits about the member clusters.',
      additionalProperties: false,
      properties: {
        branch: {
          type: 'string',
          description: 'Branch for status; by default gitfed/status, or gitfed/status-PATH for a path below the root.',
          pattern: '^[^-\\s][^\\s]*$',
        },
        repository: {
          type: 'string',
          description: 'URL of another repository for that branch; by default it goes where the source came from.',
          writeOnly: true,
          pattern: '^[^-\\s][^\\s]*$',
        },
        mode: {
          description:
            'push sends commits to the repository, local keeps them here, off (or false, as YAML 1.1 reads it) makes none.',
          enum: ['push', 'local', 'off', false],
          default: 'push',
        },
        minInterval: {
          type: 'string',
          description: 'Shortest time between two status commits, such as 10s or 1m30s.',
          pattern: '^(?:[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h))+$',
          default: '10s',
        },
      },
    },
    scheduling: {
      type: 'object',
      description: 'ReplicaSchedulingPreferences.',
      additionalProperties: false,
      properties: {
        anyReplicasKind: {
          type: 'boolean',
          description:
            'Whether preferences work for every federated kind with spec.replicas, not only for FederatedDeployment and FederatedReplicaSet as in KubeFed.',
          default: true,
        },
        scheduler: { type: 'string', description: 'Name of the scheduler.', minLength: 1, default: 'kubefed' },
      },
    },
    observation: {
      type: 'object',
      description: 'When what runs in the member clusters counts for planning replicas.',
      additionalProperties: false,
      properties: {
        unschedulableAfter: {
          type: 'string',
          description: 'For how long no node has been found for a pod before its replica moves, such as 60s or 5m.',
          pattern: DURATION,
          default: '60s',
        },
        progressDeadline: {
          type: 'string',
          description:
            'For how long the other clusters wait for one in which a workload does not get to its planned number, such as 10m.',
          pattern: DURATION,
          default: '10m',
        },
      },
    },
    failover: {
      type: 'object',
      description: 'Moving replicas away from clusters that are lost.',
      additionalProperties: false,
      properties: {
        maxUnreadyPercent: {
          type: 'integer',
          description:
            'Where more than this percentage of the ready clusters, and at least two, are lost together, nothing moves until they return or somebody says that they are gone.',
          minimum: 0,
          maximum: 100,
          default: 30,
        },
      },
    },
    failback: {
      type: 'object',
      description: 'Moving replicas back to clusters that were lost.',
      additionalProperties: false,
      properties: {
        stabilization: {
          type: 'string',
          description:
            'For how long a cluster that was lost has to be in order without a break before it takes part again, such as 5m.',
          pattern: DURATION,
          default: '5m',
        },
      },
    },
    credentials: {
      type: 'object',
      description: 'Secrets with which member clusters are reached.',
      additionalProperties: false,
      properties: {
        allowPlaintext: {
          type: 'boolean',
          description:
            'Accepts Secrets in the repository that are not encrypted. Everyone who can read the repository can then use them.',
          default: false,
        },
      },
    },
    limits: {
      type: 'object',
      description: 'What is too large to be read. It ends in a finding.',
      additionalProperties: false,
      properties: {
        fileBytes: {
          type: 'integer',
          description: 'Bytes of one file.',
          minimum: 1,
          maximum: 268_435_456,
          default: 5_242_880,
        },
        documentNodes: {
          type: 'integer',
          description: 'Values in one YAML document, counted after its aliases are expanded.',
          minimum: 1,
          maximum: 100_000_000,
          default: 1_000_000,
        },
        depth: {
          type: 'integer',
          description: 'Nesting of one YAML document.',
          minimum: 1,
          maximum: 1000,
          default: 200,
        },
        files: {
          type: 'integer',
          description: 'Files of the repository.',
          minimum: 1,
          maximum: 10_000_000,
          default: 200_000,
        },
      },
    },
    fieldManagers: {
      type: 'object',
      description: 'Tools that applied objects before gitfed did.',
      additionalProperties: false,
      properties: {
        takeOver: {
          type: 'array',
          items: { type: 'string', minLength: 1 },
          description:
            'Field managers whose fields gitfed takes over, so that a field removed from the repository disappears in the cluster.',
          default: [
            'controller-manager',
            'kubectl-client-side-apply',
            'kubectl-create',
            'kubectl-replace',
            'kubectl-edit',
          ],
        },
        people: {
          type: 'array',
          items: { type: 'string', minLength: 1 },
          description:
            'Field managers of tools with which people change objects by hand: a field that one of them adds is drift. A name that ends in * stands for all that begin so.',
          default: ['kubectl*', 'before-first-apply'],
        },
      },
    },
    drift: {
      type: 'object',
      description: 'What is done where a member cluster differs from the repository.',
      additionalProperties: false,
      properties: {
        policy: {
          description: 'Correct puts it back as KubeFed did, Report only tells.',
          enum: ['Correct', 'Report'],
          default: 'Correct',
        },
      },
    },
    ignoreDifferences: {
      type: 'array',
      description:
        'Fields that are left to others once an object exists. Every difference that a rule hides is counted for it.',
      default: [],
      items: {
        type: 'object',
        description: 'What is left out matches everything.',
        additionalProperties: false,
        properties: {
          group: { type: 'string', description: 'API group of the object in member clusters; "" is the core group.' },
          kind: { type: 'string', description: 'Its kind.', minLength: 1 },
          namespace: { type: 'string', description: 'Its namespace.', minLength: 1 },
          name: { type: 'string', description: 'Its name.', minLength: 1 },
          clusters: { type: 'array', items: { type: 'string', minLength: 1 }, description: 'Only in these clusters.' },
          jsonPointers: {
            type: 'array',
            items: { type: 'string', pattern: '^(?:/(?:[^~/]|~[01])*)+$' },
            description: 'Fields, as RFC 6901 writes them.',
            examples: [['/spec/replicas']],
          },
          managedFieldsManagers: {
            type: 'array',
            items: { type: 'string', minLength: 1 },
            description:
              'Field managers that keep a field which they have taken. A name that ends in * stands for all that begin so.',
            examples: [['kube-controller-manager']],
          },
        },
      },
    },
    keepLive: {
      type: 'array',
      description:
        'Objects that the members keep as they are: they are neither applied nor deleted, and reported as KeptLive.',
      default: [],
      examples: [[{ group: '', kind: 'Secret', namespace: 'shop', name: 'db' }]],
      items: {
        type: 'object',
        description: 'What is left out matches everything.',
        additionalProperties: false,
        properties: {
          group: { type: 'string', description: 'API group of the object in member clusters; "" is the core group.' },
          kind: { type: 'string', description: 'Its kind.', minLength: 1 },
          namespace: { type: 'string', description: 'Its namespace; "" for one in no namespace.' },
          name: { type: 'string', description: 'Its name.', minLength: 1 },
        },
      },
    },
  },
} as const satisfies Schema;
