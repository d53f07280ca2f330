import type { ApiClient } from './client.ts';
import { isApiError } from './errors.ts';

/** How a member answered, in KubeFed's terms. */
export type ClusterHealth =
  | { readonly state: 'Ready'; readonly kubernetesVersion: string }
  /** `/healthz` says something else than ok. */
  | { readonly state: 'NotReady'; readonly message: string }
  | { readonly state: 'Offline'; readonly message: string };

/**
 * Asks a member for its health and version. Never throws for what a member does.
 *
 * @see https://kubernetes.io/docs/reference/using-api/health-checks/
 */
export async function readHealth(client: ApiClient): Promise<ClusterHealth> {
  try {
    const asked = client.json({ method: 'GET', path: '/version' });
    // Of no interest where it is not healthy.
    asked.catch(() => undefined);
    const { body } = await client.request({ method: 'GET', path: '/healthz', accept: '*/*' });
    if (body.trim().toLowerCase() !== 'ok') return { state: 'NotReady', message: '/healthz responded without ok' };
    const version = (await asked) as { readonly gitVersion?: unknown } | null;
    return { state: 'Ready', kubernetesVersion: versionText(version?.gitVersion) };
  } catch (error) {
    if (isApiError(error)) return { state: 'Offline', message: `${error.message}` };
    throw error;
  }
}

function versionText(value: unknown): string {
  return typeof value === 'string' && /^[\w.+-]{1,64}$/.test(value) ? value : 'unknown';
}
