import type { WorkloadChange, WorkloadState } from './types.ts';
export function planWorkloads(_s: WorkloadState): readonly WorkloadChange[] {
  return [];
}
