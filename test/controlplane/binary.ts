import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ensureGoBinary } from './go-binary.ts';

/** The parts of a control plane, as the subcommands of the Go program call them. */
export type ComponentName = 'etcd' | 'apiserver' | 'controller-manager' | 'scheduler';

const SOURCES = import.meta.dirname;

/** How the same programs are called where each has a binary of its own. */
const UPSTREAM_NAMES: Record<ComponentName, string> = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  'controller-manager': 'kube-controller-manager',
  scheduler: 'kube-scheduler',
};

const NO_CONTROL_PLANE =
  'no Kubernetes control plane: install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd';

/**
 * The compiled control plane, built when there is none yet; or the folder in KUBEBUILDER_ASSETS when that is set,
 * because whoever sets it wants no build. Give either to componentCommand.
 *
 * Without both it is undefined, and tests are to be skipped; but in CI that is an error, lest a whole suite silently
 * stops running.
 */
export async function ensureControlPlaneBinary(): Promise<string | undefined> {
  const found = (await kubebuilderAssets()) ?? (await compiledControlPlane());
  if (found === undefined) {
    unlessInCi(NO_CONTROL_PLANE);
  }
  return found;
}

/**
 * Why one of the components cannot be started on this machine, which is a reason to skip a test; undefined when all of
 * them can. In CI it is an error.
 */
export async function unavailable(components: readonly ComponentName[]): Promise<string | undefined> {
  const found = await ensureControlPlaneBinary();
  if (found === undefined) {
    return NO_CONTROL_PLANE;
  }
  for (const component of components) {
    const [program] = await componentCommand(found, component);
    if (program !== undefined && !existsSync(program)) {
      return unlessInCi(`KUBEBUILDER_ASSETS has no ${UPSTREAM_NAMES[component]}`);
    }
  }
  return undefined;
}

/** The command that starts a component. */
export async function componentCommand(found: string, component: ComponentName): Promise<string[]> {
  if ((await stat(found)).isDirectory()) {
    return [path.join(found, UPSTREAM_NAMES[component])];
  }
  return [found, '-exit-with-parent', component];
}

async function kubebuilderAssets(): Promise<string | undefined> {
  const directory = process.env.KUBEBUILDER_ASSETS;
  if (!directory) {
    return undefined;
  }
  for (const component of ['etcd', 'apiserver'] as const) {
    if (!existsSync(path.join(directory, UPSTREAM_NAMES[component]))) {
      throw new Error(`KUBEBUILDER_ASSETS is set, but ${directory} has no ${UPSTREAM_NAMES[component]}`);
    }
  }
  return directory;
}

async function compiledControlPlane(): Promise<string | undefined> {
  return ensureGoBinary({
    name: 'controlplane',
    directory: SOURCES,
    ldflags: versionFlags(await kubernetesVersion()),
    notice: 'building the Kubernetes control plane for the tests; the first time takes about 8 minutes',
  });
}

/** The version of Kubernetes that go.mod asks for. */
export async function kubernetesVersion(): Promise<string> {
  const goMod = await readFile(path.join(SOURCES, 'go.mod'), 'utf8');
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1];
  if (version === undefined) {
    throw new Error('go.mod does not require k8s.io/kubernetes');
  }
  return version;
}

/** Upstream's build stamps the version into the binaries; without the stamps /version would say v0.0.0-master. */
function versionFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.');
  const stamps = {
    'k8s.io/component-base/version.gitVersion': version,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/component-base/version.gitCommit': '',
    'k8s.io/client-go/pkg/version.gitVersion': version,
  };
  return Object.entries(stamps)
    .map(([variable, value]) => `-X ${variable}=${value}`)
    .join(' ');
}

/** A reason to skip a test, which CI does not accept. */
function unlessInCi(reason: string): string {
  if (process.env.CI === 'true' || process.env.CI === '1') {
    throw new Error(reason);
  }
  return reason;
}
