/** What the screen needs of a terminal. */
export interface Terminal {
  readonly rows: number;
  write(text: string): void;
}

const TO_OTHER_SCREEN = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const BACK = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR_LINE = '\u001b[2K';

/** A terminal's other screen, painted line by line: only the lines that differ from the frame before are written. */
export class Screen {
  #shown: readonly string[] = [];

  constructor(private readonly terminal: Terminal) {
    terminal.write(TO_OTHER_SCREEN);
  }

  /** Lines below the last row are cut off. */
  paint(lines: readonly string[]): void {
    const visible = lines.slice(0, this.terminal.rows);
    let changed = '';
    for (let row = 0; row < Math.max(visible.length, this.#shown.length); row += 1) {
      const line = visible[row] ?? '';
      if (line !== (this.#shown[row] ?? '')) changed += `\u001b[${String(row + 1)};1H${CLEAR_LINE}${line}`;
    }
    this.#shown = visible;
    if (changed !== '') this.terminal.write(changed);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    this.terminal.write(BACK);
  }
}
