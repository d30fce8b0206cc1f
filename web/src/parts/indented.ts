/**
 * JSON text with line breaks and indents between its tokens. Nothing is parsed and written anew: every string and number
 * stays as the author wrote it.
 */
export function indented(json: string): string {
  let out = '';
  let depth = 0;
  let inString = false;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charAt(at);
    if (inString) {
      out += character;
      if (character === '\\') out += json.charAt((at += 1));
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
      out += character;
    } else if (character === '{' || character === '[') {
      const rest = json.slice(at + 1).trimStart();
      if (rest.startsWith('}') || rest.startsWith(']')) {
        out += character + rest.charAt(0);
        at = json.length - rest.length;
      } else {
        depth += 1;
        out += character + line();
      }
    } else if (character === '}' || character === ']') {
      depth = Math.max(0, depth - 1);
      out += line() + character;
    } else if (character === ',') {
      out += character + line();
    } else if (character === ':') {
      out += ': ';
    } else if (!/\s/.test(character)) {
      out += character;
    }
  }
  return out;
}
