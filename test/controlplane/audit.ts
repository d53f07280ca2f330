import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Cluster } from './cluster.ts';
import { poll } from './poll.ts';

/** What a test may want to know of an event of audit.k8s.io/v1. */
export interface AuditEvent {
  auditID: string;
  stage: 'ResponseComplete';
  verb: string;
  requestURI: string;
  userAgent?: string;
  user: { username: string; groups?: string[] };
  objectRef?: {
    apiGroup?: string;
    apiVersion?: string;
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
  };
  responseStatus?: { code?: number; reason?: string };
  requestReceivedTimestamp: string;
  stageTimestamp: string;
}

const MARKERS = 3;
const BARRIER = '/version?audit-barrier=';

/**
 * The requests which the API server has answered, oldest first, over restarts.
 *
 * An event is written around the time of the response, not before it. So this makes requests of its own, one after the
 * other, and reads the log once the last is in it: one alone may overtake the event of a request before it that came on
 * another connection. The markers are left out. A cluster that is down has nothing left to write.
 */
export async function auditEvents(cluster: Cluster): Promise<AuditEvent[]> {
  const auditLog = cluster.auditLog;
  if (auditLog === undefined) {
    throw new Error(`${cluster.name} has no audit log: start the control plane with audit: true`);
  }
  for (let marker = 1; marker < MARKERS && cluster.responsive; marker += 1) await eventsUpToNow(cluster, auditLog);
  const events = cluster.responsive ? await eventsUpToNow(cluster, auditLog) : await readEvents(auditLog);
  return events.filter((event) => !event.requestURI.startsWith(BARRIER));
}

async function eventsUpToNow(cluster: Cluster, auditLog: string): Promise<AuditEvent[]> {
  const marker = BARRIER + randomUUID();
  await cluster.request('GET', marker);
  const check = async (): Promise<AuditEvent[] | false> => {
    const events = await readEvents(auditLog);
    return events.some((event) => event.requestURI === marker) && events;
  };
  return poll(check, { what: `audit log of ${cluster.name} has ${marker}`, timeoutMs: 10_000 });
}

async function readEvents(auditLog: string): Promise<AuditEvent[]> {
  const text = await readFile(auditLog, 'utf8');
  // The last element is empty, or a line that is being written.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter((event) => event.stage === 'ResponseComplete');
}

/** The audit policy: who asked for what and how it ended, without the objects. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};
