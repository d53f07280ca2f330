import type { Health, HealthAnswer } from './health.ts';
import { type Route, send } from './http-server.ts';
import type { Metrics } from './metrics.ts';

/** `/healthz`, `/readyz` and `/metrics`. None of them knows anything of the repository but a commit id, counts and names of clusters. */
export function createEndpoints(health: Health, metrics: Metrics): (path: string) => Route | undefined {
  const routes = new Map<string, Route>([
    ['/healthz', healthRoute(() => health.live())],
    ['/readyz', healthRoute(() => health.ready())],
    [
      '/metrics',
      {
        methods: ['GET', 'HEAD'],
        handle: async (_request, response) => send(response, 200, metrics.contentType, await metrics.text()),
      },
    ],
  ]);
  return (path) => routes.get(path);
}

function healthRoute(answer: () => HealthAnswer): Route {
  return {
    methods: ['GET', 'HEAD'],
    handle(_request, response) {
      const { ok, body } = answer();
      send(response, ok ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
    },
  };
}
