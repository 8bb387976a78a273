import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('every alert is about a metric that the service has', () => {
  const known = new Set(read('src/admin/service-metrics.ts').match(/meshledger_[a-z_]+/g));
  const asked = [...read('docs/deploy/alerts.yml').matchAll(/expr:.*?(meshledger_[a-z_]+)/g)].map(([, name]) => name!.replace(/_bucket$/, ''));
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((name) => !known.has(name))).toEqual([]);
});
