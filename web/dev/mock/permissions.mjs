import { readFileSync } from 'node:fs';

// The node's own table of who may do what, as its tests keep it.
const table = readFileSync(new URL('../../../testdata/people/permissions.txt', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => /^([a-z_]+) {2,}(.+)$/.exec(line))
  .filter(Boolean)
  .map(([, action, roles]) => ({ action, roles: roles.split(' ') }));

export const permitted = (roles) => table.filter((rule) => roles.some((role) => rule.roles.includes(role))).map((rule) => rule.action);
