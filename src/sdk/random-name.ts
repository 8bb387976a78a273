/** Random URL-safe text that nobody can guess, of `bytes` random bytes. */
export function randomName(bytes: number): string {
  const digits = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...digits))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
