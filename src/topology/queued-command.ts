import type { Outcome, TopologyCommand } from '../domain/commands.js';
import type { PeerNumber } from '../domain/ids.js';
import type { LiveTrack } from './live-track.js';

/** What can be asked of the writer: a command of the domain, or to time out whoever was overdue in a track at a moment. */
export type WriterCommand = TopologyCommand | Readonly<{ type: 'ExpireOverdue'; asOfMs: number }>;
export type OnDurable = (outcome: Outcome) => void;

/** A command on its way. */
export interface QueuedCommand {
  readonly track: string;
  readonly command: WriterCommand;
  readonly sequence: number;
  readonly onDurable: OnDurable;
}

/** The peer whose lingering pulses must be recorded before this command. */
export function peerOf(command: WriterCommand, track: LiveTrack | null): PeerNumber | null {
  if ('peer' in command) return command.peer;
  const peerId = command.type === 'Join' ? command.identity.peerId : 'peerId' in command ? command.peerId : null;
  return peerId === null ? null : (track?.tree.peerNamed(peerId)?.number ?? null);
}
