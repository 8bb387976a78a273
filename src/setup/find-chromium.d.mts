/** @returns the path of a Chromium, or null. */
export function findChromium(): string | null;
/** Makes sure that there is a Chromium, or ends this process. */
export function requireChromium(): void;
