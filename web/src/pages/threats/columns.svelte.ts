import type { Column } from '../../parts/Rows.svelte';
import { t } from '../../text/text.svelte';

// Which columns of the list someone wants to see, kept on this machine.

export const allIntelColumns = ['type', 'name', 'source', 'tlp', 'age', 'sightings', 'related'] as const;
export type IntelColumn = (typeof allIntelColumns)[number];

const kKey = 'tocsin.columns.intel';

function kept(): IntelColumn[] {
  const text = localStorage.getItem(kKey);
  if (!text) return [...allIntelColumns];
  const wanted = new Set(text.split(','));
  return allIntelColumns.filter((column) => column === 'name' || wanted.has(column));
}

class Columns {
  shown = $state<IntelColumn[]>(kept());

  toggle(column: IntelColumn): void {
    const wanted = new Set(this.shown);
    if (!wanted.delete(column)) wanted.add(column);
    this.shown = allIntelColumns.filter((one) => one === 'name' || wanted.has(one));
    localStorage.setItem(kKey, this.shown.join(','));
  }
}

export const intelColumns = new Columns();

export function columnName(column: IntelColumn): string {
  return {
    type: t('intel.type'),
    name: t('intel.name'),
    source: t('intel.source'),
    tlp: t('intel.tlp'),
    age: t('intel.age'),
    sightings: t('intel.sightings'),
    related: t('intel.related'),
  }[column];
}

const kWidths: Partial<Record<IntelColumn, string>> = {
  type: '118px',
  source: '150px',
  tlp: '142px',
  age: '156px',
  sightings: '116px',
  related: '112px',
};

export function columnsFor(shown: IntelColumn[]): Column[] {
  return shown.map((id) => ({
    id,
    name: columnName(id),
    width: kWidths[id],
    num: id === 'sightings' || id === 'related',
  }));
}
