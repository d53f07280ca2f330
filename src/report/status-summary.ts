import type { Configuration } from '../api/index.ts';
import { formatObjectId, type JsonObject, stringifyJson } from '../core/index.ts';
import { plainJson, plainText } from './plain-text.ts';
import type { ObjectState } from './status-objects.ts';

/** One cluster at a glance. */
export interface ClusterSummary {
  readonly name: string;
  readonly state: 'Synced' | 'Failed' | 'NotReady' | 'Suspended';
  readonly kubernetesVersion?: string;
  readonly objects: readonly ObjectState[];
}

export interface FleetSummary {
  readonly commit: string;
  readonly inventory: string;
  readonly suspend: Configuration['suspend'];
  readonly clusters: readonly ClusterSummary[];
}

/** `status.json`: the fleet for programs. */
export function summaryJson({ commit, inventory, suspend, clusters }: FleetSummary): string {
  const document: JsonObject = {
    commit,
    inventory,
    clusters: Object.fromEntries(
      clusters.map(({ name, state, kubernetesVersion, objects }): [string, JsonObject] => [
        name,
        {
          state,
          ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
          objects: objects.length,
          problems: problemsOf(objects).length,
        },
      ]),
    ),
    // Read again when gitfed.yaml is broken: what was suspended stays so.
    suspend: { ...suspend },
  };
  return `${plainJson(stringifyJson(document, 2))}\n`;
}

const MOST_PROBLEMS = 50;

/** `README.md`: the fleet for people. */
export function summaryMarkdown({ commit, inventory, clusters }: FleetSummary): string {
  const rows = clusters.map(({ name, state, kubernetesVersion, objects }) =>
    row([name, state, kubernetesVersion ?? '', `${objects.length}`, `${problemsOf(objects).length}`]),
  );
  const problems = clusters.flatMap(({ name, objects }) =>
    problemsOf(objects).map(({ id, status, message }) => row([name, formatObjectId(id), status, message ?? ''])),
  );
  const more = problems.length - MOST_PROBLEMS;
  const lines = [
    '# Status',
    '',
    'Written by gitfed: changes made here are lost.',
    '',
    `Commit \`${commit}\`, inventory \`${inventory}\`.`,
    '',
    ...(rows.length === 0
      ? ['No cluster is registered.']
      : [
          row(['cluster', 'state', 'Kubernetes', 'objects', 'not in order']),
          row(['---', '---', '---', '---:', '---:']),
          ...rows,
        ]),
    ...(problems.length === 0
      ? []
      : [
          '',
          '## Not in order',
          '',
          row(['cluster', 'object', 'status', '']),
          row(['---', '---', '---', '---']),
          ...problems.slice(0, MOST_PROBLEMS),
          ...(more > 0 ? ['', `And ${more} more, in \`objects/\`.`] : []),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is neither in order nor wanted so. */
export function problemsOf(objects: readonly ObjectState[]): readonly ObjectState[] {
  return objects.filter(({ status }) => status !== '' && status !== 'Suspended' && status !== 'KeptByAnnotation');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Text that Markdown takes for nothing else: no markup, mention, link or HTML. */
function cell(text: string): string {
  if (/^-+:?$/.test(text)) return text;
  return plainText(text).replace(/[\\`*_{}[\]<>()#+!|~@&$:]/g, (character) => `&#${character.charCodeAt(0)};`);
}
