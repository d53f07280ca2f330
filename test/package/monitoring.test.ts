import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { describedMetrics, PAGE } from '../../scripts/generate-operations.ts';
import { ensurePromql, readQueries } from '../deploy/promql.ts';

const DEPLOY = path.resolve(import.meta.dirname, '../../deploy');
const RULES = path.join(DEPLOY, 'prometheus/alerts.yaml');
const page = readFileSync(PAGE, 'utf8');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const alerts = (load(readFileSync(RULES, 'utf8')) as Rules).groups.flatMap(({ rules }) => rules);
const dashboard: Dashboard = JSON.parse(readFileSync(path.join(DEPLOY, 'grafana/gitfed.json'), 'utf8'));
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Built once; undefined without Go. */
const promql = await ensurePromql();

describe('deploy/prometheus/alerts.yaml', () => {
  it('has the alerts of the manual, each as it stands there', () => {
    const [, rules = ''] = page.split('```yaml fragment\ngroups:\n');
    const told = load(`groups:\n${rules.split('```')[0]}`) as Rules;
    const bare = ({ alert, expr, for: time }: Rules['groups'][number]['rules'][number]) => ({ alert, expr, time });
    expect(alerts.map(bare)).toEqual(told.groups.flatMap((group) => group.rules).map(bare));
    expect(alerts.length).toBeGreaterThan(10);
  });

  it('leads from each alert to its entry in the runbook', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(page, alert).toContain(`\n## ${alert}\n`);
      expect(annotations['runbook_url']).toBe(`https://gitfed.io/docs/operations.md#${alert.toLowerCase()}`);
      expect(annotations['summary'], alert).toMatch(/\w/);
      expect(labels['severity'], alert).toMatch(/^(?:critical|warning|info)$/);
    }
  });
});

describe('deploy/grafana/gitfed.json', () => {
  it('has panels that can be told apart', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    const titles = dashboard.panels.map(({ title }) => title);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(titles).size).toBe(titles.length);
    expect(queries.length).toBeGreaterThan(20);
  });
});

describe.skipIf(promql === undefined)('Prometheus', () => {
  it('reads the alerts and every query of the dashboard, which ask for what the daemon tells', () => {
    // Grafana puts its variables in before Prometheus sees them.
    const asked = queries.map((query) => query.replaceAll('$__rate_interval', '5m'));
    const { errors, selectors } = readQueries(promql ?? '', RULES, asked);
    expect(errors).toEqual([]);
    expect(selectors.length).toBeGreaterThan(40);
    const metrics = new Map(describedMetrics().map((metric) => [metric.name, metric]));
    for (const { name, labels } of selectors) {
      const metric = metrics.get(name) ?? metrics.get(name.replace(/_(?:bucket|sum|count)$/, ''));
      expect(metric, name).toBeDefined();
      expect(metric?.type === 'histogram', `${name} of a ${metric?.type}`).toBe(!metrics.has(name));
      expect(
        labels.filter((label) => !metric?.labels.includes(label)),
        name,
      ).toEqual([]);
    }
  });
});
