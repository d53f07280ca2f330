/**
 * Enough of a Kubernetes cluster, in this process and over HTTP, for the demo, tests and simulated fleets.
 * Must not know gitfed's clients, git or rendering: what gitfed believes of a server is not what the sandbox is made of.
 */
export type { AccessRequest, Authorize } from './access.ts';
export type { Outage } from './http-server.ts';
export type { LoggedRequest } from './request-log.ts';
export { type DirectAnswer, type DirectRequest, Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';
