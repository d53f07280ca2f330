/** Starts two clusters, freezes one, prints their ports and waits to be killed. */
import { startControlPlane } from '../control-plane.ts';

const { clusters } = await startControlPlane({ clusters: 2 });
clusters[1].freeze();
console.log(JSON.stringify(clusters.map((cluster) => Number(new URL(cluster.url).port))));
setInterval(() => {}, 60_000);
