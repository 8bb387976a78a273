import type { PeerNumber } from '../../domain/ids.js';
import { type PeerNaming, spokenName } from '../peer-names.js';
import { counted, spokenDuration } from '../spoken-figures.js';
import type { Incident, IncidentFigures } from './incident.js';

/** Peers a sentence names. */
const PEERS_SPOKEN_MAX = 3;

/** An incident as one sentence that a person can read out. */
export function incidentSentence(incident: Incident, naming: PeerNaming): string {
  const { figures, peers, startedAt, endedAt } = incident;
  const lasted = spokenDuration(Math.max(0, endedAt - startedAt));
  switch (figures.kind) {
    case 'departures':
    case 'interruption':
      return massLoss(figures, peers, naming);
    case 'forwarding_failed':
      return `${spokenNames(peers, naming)} forwarded nothing for ${spokenDuration(figures.windowMs)} while it was fed: ${counted(figures.complaints, 'child', 'children')} got nothing, and it lost its slots`;
    case 'service_gap':
      return `the service could hear nobody for ${spokenDuration(figures.gapMs)} (${figures.reason}), with ${counted(figures.audience, 'peer')} in the track`;
    case 'offload_drop':
      return `offload fell from ${percent(figures.beforePermille)} to ${percent(figures.afterPermille)} within ${lasted}, with ${counted(figures.audience, 'peer')} in the track`;
    case 'long_wait':
      return `${counted(peers.length, 'peer')} waited for a feed for up to ${spokenDuration(figures.waitedMsMax)} (${spokenNames(peers, naming)}), up to ${String(figures.waitingMax)} of ${String(figures.audience)} at a time`;
    case 'restless_peer':
      return peers.length === 1
        ? `${spokenNames(peers, naming)} was reassigned ${counted(figures.reassignmentsMax, 'time')} within ${lasted}`
        : `${counted(peers.length, 'peer')} (${spokenNames(peers, naming)}) were reassigned up to ${counted(figures.reassignmentsMax, 'time')} each within ${lasted}`;
  }
}

function massLoss(
  figures: Extract<IncidentFigures, { audience: number; goodbyes: number }>,
  peers: readonly PeerNumber[],
  naming: PeerNaming,
): string {
  const { goodbyes, timedOut, kicked, suspected, relays, interrupted, audience, silentMsMax, follows } = figures;
  const went = [
    timedOut > 0 ? `${counted(timedOut, 'peer')} timed out` : '',
    goodbyes > 0 ? `${counted(goodbyes, 'peer')} said goodbye` : '',
    kicked > 0 ? `${counted(kicked, 'peer')} ${were(kicked)} kicked` : '',
    suspected > 0 ? `${counted(suspected, 'peer')} ${were(suspected)} suspected` : '',
  ].filter((part) => part !== '');
  const how = went.length > 0 ? went.join(', ') : `${counted(peers.length, 'peer')} gave up children`;
  const among = relays > 0 ? `, ${counted(relays, 'relay')} among them` : '';
  const consequence = `${String(interrupted)} more of ${counted(audience, 'peer')} lost ${interrupted === 1 ? 'its' : 'their'} feed`;
  const silence = silentMsMax > 0 ? `; silent for up to ${spokenDuration(silentMsMax)}` : '';
  const after = follows === null ? '' : `; after the service was away, see position ${String(follows)}`;
  return `${how} at once${among} (${spokenNames(peers, naming)}); ${consequence}${silence}${after}`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

function percent(permille: number): string {
  return `${(permille / 10).toFixed(1)} %`;
}

function spokenNames(peers: readonly PeerNumber[], naming: PeerNaming): string {
  const names = peers.slice(0, PEERS_SPOKEN_MAX).map((peer) => spokenName(naming, peer));
  const more = peers.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${counted(more, 'other')}` : ''}`;
}
