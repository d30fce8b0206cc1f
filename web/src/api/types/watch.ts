export interface Hit {
  id: string;
  sensor: string;
  value: string;
  kind: string;
  seen: string;
  field: string;
  log: string;
  file: string;
  line: number;
  host: string;
  critical: boolean;
  count: number;
  first: string;
  last: string;
  items: { item: string; name: string; voucher: string }[];
  alert?: string | null;
}

export interface CriticalHost {
  host: string;
  name: string;
  service: string;
  sector: string;
  protected_code?: string | null;
  population?: number | null;
  severity_floor: number;
  marked_by: string;
  marked_at: string;
}

export interface Sensor {
  name: string;
  last_seen: string | null;
  set_id: string;
  set_current: boolean;
  lines: number;
  bytes: number;
  hits: number;
}
