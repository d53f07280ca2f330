import type { PrinterColumn } from './served-resource.ts';

const NUMBER = 'integer';

function column(name: string, jsonPath: string, type = 'string', priority = 0): PrinterColumn {
  return { name, jsonPath, type, priority };
}

/** Columns between the name and the age, of the kinds that people look at most. */
const COLUMNS: Readonly<Record<string, readonly PrinterColumn[]>> = {
  Namespace: [column('Status', '.status.phase')],
  'Deployment.apps': [
    column('Ready', '.status.readyReplicas/.spec.replicas'),
    column('Up-to-date', '.status.updatedReplicas', NUMBER),
    column('Available', '.status.availableReplicas', NUMBER),
  ],
  'StatefulSet.apps': [column('Ready', '.status.readyReplicas/.spec.replicas')],
  'ReplicaSet.apps': [
    column('Desired', '.spec.replicas', NUMBER),
    column('Current', '.status.replicas', NUMBER),
    column('Ready', '.status.readyReplicas', NUMBER),
  ],
  'DaemonSet.apps': [
    column('Desired', '.status.desiredNumberScheduled', NUMBER),
    column('Current', '.status.currentNumberScheduled', NUMBER),
    column('Ready', '.status.numberReady', NUMBER),
  ],
  Pod: [column('Status', '.status.phase'), column('Node', '.spec.nodeName', 'string', 1)],
  Service: [column('Type', '.spec.type'), column('Cluster-IP', '.spec.clusterIP')],
  Secret: [column('Type', '.type')],
  'CronJob.batch': [column('Schedule', '.spec.schedule'), column('Suspend', '.spec.suspend', 'boolean')],
  'CustomResourceDefinition.apiextensions.k8s.io': [column('Created At', '.metadata.creationTimestamp', 'date')],
  'Lease.coordination.k8s.io': [column('Holder', '.spec.holderIdentity')],
  'PriorityClass.scheduling.k8s.io': [
    column('Value', '.value', NUMBER),
    column('Global-Default', '.globalDefault', 'boolean'),
  ],
};

export function builtinColumns(group: string, kind: string): readonly PrinterColumn[] | undefined {
  const key = group === '' ? kind : `${kind}.${group}`;
  return Object.hasOwn(COLUMNS, key) ? COLUMNS[key] : undefined;
}
