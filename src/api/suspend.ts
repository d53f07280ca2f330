import type { ObjectId } from '../core/index.ts';
import type { Configuration } from './model.ts';

/** Whether the configuration pauses writes to an object. */
export function isSuspended(id: ObjectId, suspend: Configuration['suspend']): boolean {
  if (suspend.all || suspend.kinds.includes(id.kind) || suspend.kinds.includes(`${id.kind}.${id.group}`)) return true;
  const namespace = id.group === '' && id.kind === 'Namespace' ? id.name : id.namespace;
  return suspend.namespaces.includes(namespace);
}
