/** Values as bash reads them back, byte for byte. */

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
/** A secret's place; it is filled with letters and digits only, so it needs no quotes. */
const PLACEHOLDER = /^\{\{secret:[a-z_]+\}\}$/;

/** The value for the right side of an assignment: bare where bash leaves it alone, else in single quotes. */
export function quoteForBash(value: string): string {
  if (PLAIN.test(value) || PLACEHOLDER.test(value)) return value;
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
