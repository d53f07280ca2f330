import { formatObjectId } from '../core/index.ts';
import type { FleetStatus } from '../reconcile/fleet-status.ts';
import { names, takeLines } from './markdown-lines.ts';
import { inlineCode } from './markdown-text.ts';
import { type PreviewBlock, sectionBlock } from './preview-blocks.ts';
import { oldWarningLines } from './preview-findings.ts';
import type { PreviewInput } from './preview-types.ts';
import { type DriftRecord, isUncorrected } from './recorded-drift.ts';
import { whatIfSection } from './what-if-markdown.ts';
import { count } from './wording.ts';

const MOST_LINES = 40;
const MOST_CHARACTERS = 8000;

/** What is told beside the change itself, each in a section of its own. */
export function previewSections(input: PreviewInput): readonly PreviewBlock[] {
  const { whatIf, drift, isLive = false } = input;
  return [
    ...(whatIf === undefined ? [] : [whatIfBlock(whatIf)]),
    ...(drift === undefined ? [] : [driftBlock(drift)]),
    ...oldWarningBlock(input),
    sectionBlock('How to read this', legend(isLive)),
  ];
}

/** A comment counts them, and has better things to show. */
function oldWarningBlock(input: PreviewInput): readonly PreviewBlock[] {
  const lines = oldWarningLines(input);
  const name = 'Warnings that were there before';
  return lines.length === 0 ? [] : [sectionBlock(name, [], folded(name, lines))];
}

function whatIfBlock(view: NonNullable<PreviewInput['whatIf']>): PreviewBlock {
  const name = 'What if a cluster is lost';
  return sectionBlock(
    name,
    folded(name, whatIfSection(view)),
    folded(name, whatIfSection(view, Number.POSITIVE_INFINITY)),
  );
}

/** Not what the change does: what was different in the clusters before it. */
function driftBlock(status: FleetStatus): PreviewBlock {
  const name = 'Drift that the status branch has recorded: no part of this change';
  return sectionBlock(
    name,
    folded(name, driftLines(status, MOST_LINES)),
    folded(name, driftLines(status, Number.POSITIVE_INFINITY)),
  );
}

function driftLines({ clusters, branch, statusCommit, writtenAt }: FleetStatus, most: number): readonly string[] {
  const time = new Date(writtenAt * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const source = `As of ${inlineCode(time)}, commit ${inlineCode(statusCommit.slice(0, 12))} of ${inlineCode(branch)}.`;
  const records = clusters.flatMap(({ name, drift }) =>
    drift.filter(isUncorrected).map((record) => ({ cluster: name, record })),
  );
  if (records.length === 0) return [`No object differs from the repository. ${source}`];
  const same = Map.groupBy(records, ({ record }) => `${formatObjectId(record.id)} ${record.type} ${record.state}`);
  const lines = [...same.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [
          driftLine(
            first.record,
            group.map(({ cluster }) => cluster),
          ),
        ];
  });
  const room = most === Number.POSITIVE_INFINITY ? most : MOST_CHARACTERS;
  const { shown, left } = takeLines(lines, room, most);
  const objects = `${count(records.length, 'object')} ${records.length === 1 ? 'differs' : 'differ'} from the repository, whatever this change does.`;
  return [`${objects} ${source}`, '', ...shown, ...(left === 0 ? [] : [`- and ${left} more`])];
}

function driftLine({ id, type, state }: DriftRecord, clusters: readonly string[]): string {
  const what = type === 'missing' ? 'is missing' : 'differs';
  const fought = state === 'fought' ? ', and is changed again each time' : '';
  return `- ${inlineCode(formatObjectId(id))} ${what} in ${names(clusters)}${fought}`;
}

/** A section that takes a click to be seen. */
function folded(title: string, lines: readonly string[]): readonly string[] {
  return ['', '<details>', `<summary>${title}</summary>`, '', ...lines, '', '</details>', ''];
}

function legend(isLive: boolean): readonly string[] {
  const how = isLive
    ? 'For this report, the state was rendered for every cluster and compared with what the clusters have. Nothing has been applied.'
    : 'For this report, both states were rendered for every cluster and compared. Nothing has been applied, and no cluster was asked.';
  return folded('How to read this', [
    `gitfed keeps objects in several Kubernetes clusters as the files of this repository say. ${how}`,
    '',
    '- **created**, **changed** and **deleted** count objects in each cluster of a line.',
    '- **replicas** are those of Deployments, StatefulSets, ReplicaSets and ReplicationControllers whose number the repository says, before → after.',
    '- Below the table are the objects: what is risky or deleted first, then what happens in the fewest clusters. In a block, `-` is the value before and `+` the value after.',
    '- Values of Secrets are shown as `***`.',
  ]);
}
