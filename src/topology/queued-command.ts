import type { Outcome, TopologyCommand } from '../domain/commands.js';
import type { PeerNumber } from '../domain/ids.js';
import type { LiveTrack } from './live-track.js';

/** What can be asked of the writer: a command of the domain, or something that becomes one when it is decided. */
export type WriterCommand =
  | TopologyCommand
  /** Times out whoever was overdue in the track at a moment. */
  | Readonly<{ type: 'ExpireOverdue'; asOfMs: number }>
  /** Records what the monitors find: see findings.ts. */
  | Readonly<{ type: 'Monitor' }>
  | NamedReport;

/** What a peer says of its parent, which it knows by name; null is the origin. */
export type NamedReport =
  | Readonly<{ type: 'NoticeStall'; peer: PeerNumber; parentId: string | null; silentMs: number }>
  | Readonly<{ type: 'NoticePlan'; peer: PeerNumber; lostParentId: string; connectedTo: string | null }>;
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
