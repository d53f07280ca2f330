import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

interface Kept {
  readonly stage: Stage;
  readonly narrator: Narrator;
  /** Of the daemon's endpoints. */
  readonly address: string;
  readonly signal: AbortSignal;
}

/** Says where everything is, and waits until it is interrupted. */
export async function keepRunning({ stage, narrator, address, signal }: Kept): Promise<void> {
  const { kubeconfig, checkout, fleet } = stage;
  const [first] = fleet.clusters;
  await narrator.heading('All of it goes on until Ctrl-C, and is removed then');
  await narrator.show([
    'Look into a cluster; the contexts are named as the clusters are:',
    `  export KUBECONFIG=${kubeconfig}`,
    `  kubectl --context ${first?.name} --namespace shop get deployments`,
    'Change something, commit and push; or change a cluster by hand, and see it put back:',
    `  cd ${checkout.folder}`,
    'How the clusters are, in words, and in figures:',
    '  gitfed status --fetch',
    '  git fetch --quiet && git show origin/gitfed/status:README.md',
    `  curl ${address}/metrics`,
  ]);
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
