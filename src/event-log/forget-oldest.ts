/** Makes room in a map that holds so many at most for one more key: what was put in first goes, unless the key is there already. */
export function forgetOldest<Key>(map: Map<Key, unknown>, key: Key, sizeMax: number): void {
  if (map.size < sizeMax || map.has(key)) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
