// Not here, as no member is touched: KubeFed's host cluster (webhooks, defaults, leader election, its own files), the planner and the other pure
// functions, which have tables beside their source. Nor is what gitfed has not: remoteStatus. Thresholds of health count over
// passes of one process, and have their tables beside their source too.

/** A promise about member clusters, from the checklist of KubeFed's own tests, and the tests that hold gitfed to it. */
export interface AcceptanceRow {
  /** Where gitfed differs on purpose, the sentence says so after "gitfed:". */
  readonly row: string;
  /** Titles as they stand in the source, of tests in `test/cluster/*.test.ts`. */
  readonly tests: readonly string[];
}

/** What KubeFed federates by default, then the kinds of custom resources: their definition, in the same pass, and installed before. */
export const ENABLED_KINDS: readonly string[] = [
  'ClusterRole',
  'ConfigMap',
  'Deployment',
  'Ingress',
  'Job',
  'Namespace',
  'ReplicaSet',
  'Secret',
  'Service',
  'ServiceAccount',
  'CustomResourceDefinition',
  'Widget',
  'Depot',
  'Gadget',
  'Region',
];

const LIFE = '$kind is created with overrides, updated through one, taken from one cluster and deleted everywhere';

export const ACCEPTANCE_ROWS: readonly AcceptanceRow[] = [
  {
    row: 'Every enabled type, and custom ones of both scopes, is created in every selected member with the overrides of that member.',
    tests: [LIFE],
  },
  {
    row: 'Its status names the members and is in order. gitfed: on the status branch; KubeFed records versions in a (Cluster)PropagatedVersion beside it.',
    tests: [LIFE],
  },
  {
    row: 'An override that replaces /metadata/labels updates that member only, and the label kubefed.io/managed is still there.',
    tests: [LIFE],
  },
  { row: 'A member that leaves the placement loses the object, the others keep it.', tests: [LIFE] },
  {
    row: 'A federated object that is deleted is gone from every member. gitfed: there is no host cluster, whose namespace KubeFed would keep.',
    tests: [LIFE],
  },
  {
    row: 'Placement: names of clusters hide a selector; neither of them, or an empty list of names, selects nothing; an empty selector selects all, labels a part.',
    tests: ['goes by the names of clusters, else by their labels, and names that nobody has are ignored'],
  },
  {
    row: 'A change of placement or of the labels of a cluster moves what is there already.',
    tests: [
      'changes with the labels of a cluster and with the list in an object',
      'that edits an override and narrows a placement is one change and one deletion',
    ],
  },
  {
    row: 'A namespaced object lands only where the FederatedNamespace of its namespace is placed as well.',
    tests: ['narrows everything in it, and takes it along when it changes'],
  },
  {
    row: 'An object whose namespace is not federated leaves every member with the reason NamespaceNotFederated.',
    tests: ['that is missing takes what is in it out of every cluster, and says NamespaceNotFederated'],
  },
  {
    row: 'In a namespaced control plane a FederatedNamespace without clusters removes what is in it, and none places freely.',
    tests: ['counts for what is in it where scope is Namespaced, and the namespace itself stays'],
  },
  {
    row: 'An object without the label in a cluster that is not selected is not deleted.',
    tests: ['leaves an object without our labels alone in a cluster that is not selected'],
  },
  {
    row: 'Adoption enabled: what is there already is updated, and keeps annotations and finalizers. gitfed: labels and fields of others stay too, where KubeFed replaced them.',
    tests: [
      'takes over what is there with its annotations and finalizers, but nothing labelled as not managed',
      'are adopted, but for those labelled as not managed',
    ],
  },
  {
    row: 'Adoption disabled: AlreadyExists, and nothing is written.',
    tests: [
      'that is Disabled leaves what is there unwritten with AlreadyExists, also when its file goes',
      'are left alone where adoptResources is Disabled',
    ],
  },
  {
    row: 'An object labelled kubefed.io/managed "false" is never written: ManagedLabelFalse. gitfed: nor is it deleted with its federated object.',
    tests: ['takes over what is there with its annotations and finalizers, but nothing labelled as not managed'],
  },
  {
    row: 'The label that a member lost comes back. gitfed: there are two, that of KubeFed and that of the inventory, which alone says whose an object is.',
    tests: [
      'that is lost comes back in the next pass, whichever it is',
      'that is lost is an adoption, which may be Disabled; and no longer ours is no longer deleted',
    ],
  },
  {
    row: 'A labelled object without a federated object is not deleted. gitfed: it keeps the label, which KubeFed removed, and is listed as Leftover by drift: it may be that of another repository.',
    tests: [
      'on an object without a federated object is left there, and the object with it',
      'on an object without a federated object makes it a Leftover, which drift lists',
    ],
  },
  {
    row: 'A target that was deleted or changed out of band is put back, and what is in order is not written. gitfed: the member tells what was applied; KubeFed keeps, refreshes and collects a version object.',
    tests: [
      'is undone: an object that is gone comes back, a changed or added field too, and then nothing is written',
      'puts every object where it belongs, its custom resource too, and writes nothing the second time',
    ],
  },
  {
    row: 'Retention, Service: clusterIP, clusterIPs and nodePorts stay, healthCheckNodePort where the member has one. gitfed: a port without protocol is the same port as the TCP that the member made of it.',
    tests: ['of a Service leaves its addresses, its node ports and its health check port as the member gave them'],
  },
  {
    row: 'Retention, ServiceAccount: secrets that the member added stay.',
    tests: ['of a ServiceAccount leaves the secrets that the member added'],
  },
  {
    row: 'Retention, replicas: those of the member stay with retainReplicas true, not with false and not without it.',
    tests: [
      'of a workload leaves replicas to the member where retainReplicas is true, and nowhere else',
      'in replicas stays where retainReplicas is set, also when it is switched on later',
    ],
  },
  {
    row: 'An update that the member refuses is UpdateFailed; nothing is deleted to be made anew.',
    tests: ['of a field that cannot change is UpdateFailed, and the object is not made anew'],
  },
  {
    row: 'deleteoption with propagationPolicy Orphan removes Deployments and leaves their ReplicaSets.',
    tests: ['with deleteoption Orphan leaves ReplicaSets without their Deployment; without it they go along'],
  },
  {
    row: 'Delete options of the annotation: none, a propagation policy, a grace period, both.',
    tests: ['deletes with the grace period and the propagation policy of its deleteoption'],
  },
  {
    row: 'orphan leaves the member objects behind without the label, for the exact value "true" only.',
    tests: ['is left behind without our labels where orphan is "true", and only there'],
  },
  {
    row: 'orphan and deleteoption do not count where a member leaves the placement.',
    tests: [
      'with deleteoption Orphan leaves ReplicaSets without their Deployment; without it they go along',
      'prune, orphan and deleteoption are remembered in the member',
    ],
  },
  {
    row: 'An object that is being deleted is WaitingForRemoval, and its status changes when it is gone.',
    tests: ['or leaves a cluster is WaitingForRemoval there until its finalizers are done'],
  },
  {
    row: 'A member that is not ready is skipped with ClusterNotReady and caught up with; healthy ones selected by the same label go on. gitfed: its deletions wait too, and block no other member.',
    tests: [
      'that is not ready is skipped and caught up with, also in deleting, while healthy ones go on',
      'that is down, frozen or unknown leaves the others complete, and is caught up with',
    ],
  },
  {
    row: 'A KubeFedCluster reports its conditions and the git version of its API server.',
    tests: ['has its conditions and its version of Kubernetes on the status branch'],
  },
  {
    row: 'Adding, changing and deleting a KubeFedCluster takes effect; a member that leaves keeps its objects.',
    tests: ['gets everything when it is registered, elsewhere when its endpoint changes, and keeps it when it leaves'],
  },
  {
    row: 'A FederatedTypeConfig that changes its version takes effect.',
    tests: ['that names another version of its kind has objects applied in that one, as the same objects'],
  },
  {
    row: 'Status is written where a propagation, a cluster set, a status or a reason changed, and not otherwise.',
    tests: ['is one commit on the status branch, and only if it changed something'],
  },
  {
    row: 'ReplicaSchedulingPreference for Deployments and ReplicaSets in two members: 4 are 2 and 2; 6 by weights 2 and 1 are 4 and 2; with minima of 3 they are 3 and 3; intersected with a selector all 6 are in the one that it selects.',
    tests: ['shares the replicas of a $kind between two members: evenly, by weight, by minimum, by label'],
  },
];
