import { formatYaml } from '../core/index.ts';

/** How every `gitfed.yaml` begins that gitfed writes. */
export function configurationHead(inventory: string): string {
  return `# The configuration of gitfed; \`gitfed schema\` prints what else there is.
apiVersion: gitfed.io/v1alpha1
kind: Configuration
# Under this name every member cluster remembers what came from this repository. Do not change it later.
${formatYaml({ inventory })}`;
}
