// The shape of JSON: what kind of value stands where. Lists are one shape: that of all their members together.

/** @returns a map from places ("items[].name") to the kinds of value seen there. */
export function shapeOf(value, place = '', into = new Map()) {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  if (!into.has(place)) into.set(place, new Set());
  into.get(place).add(kind);
  if (kind === 'list') for (const one of value) shapeOf(one, `${place}[]`, into);
  if (kind === 'object') for (const [key, one] of Object.entries(value)) shapeOf(one, place ? `${place}.${key}` : key, into);
  return into;
}

const parentOf = (place) => place.slice(0, Math.max(place.lastIndexOf('.'), place.lastIndexOf('['), 0));
const isWithin = (place, outer) => place === outer || place.startsWith(`${outer}.`) || place.startsWith(`${outer}[`);
const kinds = (set) => [...(set ?? [])].filter((kind) => kind !== 'null');

/**
 * Where a stand-in's answer is not like the node's: it has something where the node has nothing although there was
 * something to look at around it, or a value of another kind. Null agrees with everything; knowing less is no difference.
 * Below `free` places anything may stand; `rare` ones are known to be there only at times.
 */
export function differences(node, standIn, { free = [], rare = [] } = {}) {
  const out = [];
  for (const place of standIn.keys()) {
    if ([...free, ...rare].some((outer) => isWithin(place, outer))) continue;
    const [theirs, ours] = [kinds(node.get(place)), kinds(standIn.get(place))];
    if (node.has(place)) {
      if (theirs.length && ours.length && !theirs.some((kind) => ours.includes(kind))) out.push(`${place}: ${theirs} at the node, ${ours} at the stand-in`);
    } else if (!place.endsWith(']') && (!parentOf(place) || kinds(node.get(parentOf(place))).length)) {
      out.push(`${place}: only at the stand-in`);
    }
  }
  return out;
}
