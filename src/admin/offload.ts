/**
 * Share of viewers that peers feed, in per cent with one decimal; 0 when there are none. Who waits for a slot is fed by nobody.
 *
 * @param relayed peers that have a place and are no roots. @param all peers.
 */
export function offloadPercentage(relayed: number, all: number): number {
  return all === 0 ? 0 : Math.round((relayed * 1000) / all) / 10;
}
