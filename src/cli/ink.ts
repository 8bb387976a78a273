/** Colours for a terminal; plain text everywhere else, and where NO_COLOR asks for it. */
export interface Ink {
  bold(text: string): string;
  dim(text: string): string;
  /** For what wants attention. */
  alert(text: string): string;
}

const same = (text: string): string => text;
const PLAIN: Ink = { bold: same, dim: same, alert: same };

const styled =
  (begin: number, end: number) =>
  (text: string): string =>
    text === '' ? text : `\u001b[${String(begin)}m${text}\u001b[${String(end)}m`;
const COLOURED: Ink = { bold: styled(1, 22), dim: styled(2, 22), alert: styled(33, 39) };

/** The ink for stdout. */
export function inkForStdout(): Ink {
  return process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? COLOURED : PLAIN;
}
