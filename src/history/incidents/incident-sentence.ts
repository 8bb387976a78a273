import type { PeerNumber } from '../../domain/ids.js';
import { type PeerNaming, spokenName } from '../peer-names.js';
import { counted, spokenDuration } from '../spoken-figures.js';
import type { Incident } from './incident.js';

/** Peers a sentence names. */
const PEERS_SPOKEN_MAX = 3;

/** An incident as one sentence that a person can read out. */
export function incidentSentence(incident: Incident, naming: PeerNaming): string {
  const { figures, peers, startedAt, endedAt } = incident;
  const lasted = spokenDuration(endedAt - startedAt);
  switch (figures.kind) {
    case 'mass_failure':
      return massFailure(figures, peers, naming);
    case 'free_rider':
      return `${spokenNames(peers, naming)} forwarded nothing for ${spokenDuration(figures.windowMs)} while it was fed: ${counted(figures.complaints, 'child', 'children')} got nothing, and it lost its slots`;
    case 'service_gap':
      return `the service could hear nobody for ${spokenDuration(figures.gapMs)} (${figures.reason}), with ${counted(figures.audience, 'peer')} in the track`;
    case 'long_wait':
      return `up to ${String(figures.waitingMax)} of ${counted(figures.audience, 'peer')} waited for a slot, for ${lasted}`;
    case 'flash_crowd':
      return `${counted(figures.joins, 'peer')} joined within ${lasted}, on top of ${counted(figures.audienceBefore, 'peer')}`;
    case 'flapping_peer':
      return `${spokenNames(peers.slice(0, 1), naming)} came back ${counted(figures.returns, 'time')} within ${lasted}`;
  }
}

function massFailure(
  figures: Extract<Incident['figures'], { kind: 'mass_failure' }>,
  peers: readonly PeerNumber[],
  naming: PeerNaming,
): string {
  const { relays, timedOut, suspected, interrupted, audience, silentMsMax, follows } = figures;
  const failed = [
    timedOut > 0 ? `${counted(timedOut, 'peer')} timed out` : '',
    suspected > 0
      ? `${timedOut > 0 ? String(suspected) : counted(suspected, 'peer')} ${suspected === 1 ? 'was' : 'were'} suspected`
      : '',
  ].filter((part) => part !== '');
  const consequence = `${String(interrupted)} more of ${counted(audience, 'peer')} lost ${interrupted === 1 ? 'its' : 'their'} feed`;
  const silence = silentMsMax > 0 ? `; silent for up to ${spokenDuration(silentMsMax)}` : '';
  const after = follows === null ? '' : `; after the service was away, see position ${String(follows)}`;
  return `${failed.join(' and ')} at once, ${counted(relays, 'relay')} among them (${spokenNames(peers, naming)}); ${consequence}${silence}${after}`;
}

function spokenNames(peers: readonly PeerNumber[], naming: PeerNaming): string {
  const names = peers.slice(0, PEERS_SPOKEN_MAX).map((peer) => spokenName(naming, peer));
  const more = peers.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${counted(more, 'other')}` : ''}`;
}
