import fc from 'fast-check';
import type { TrackSettings } from '../../src/domain/events.js';
import type { TrackAppend } from '../../src/event-log/event-log.js';
import { type CommandPlan, doubtingPlan, planned, resilientSettings, trackSettings } from './random-commands.js';
import { RecordedTrack } from './recorded-track.js';

/** A random evening: commands, pulses between them, and where its commits end. */
export interface TrackPlan {
  readonly settings: TrackSettings;
  readonly steps: readonly {
    readonly plan: CommandPlan;
    readonly beats: readonly number[];
    readonly commits: boolean;
  }[];
}

export const trackPlan: fc.Arbitrary<TrackPlan> = fc.record({
  settings: fc.oneof(trackSettings, resilientSettings),
  steps: fc.array(
    fc.record({
      plan: doubtingPlan,
      /** Shares of 1,000 that pick who beats, or reports. */
      beats: fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 3 }),
      commits: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  ),
});

/** Plays a plan. @returns the track, and its appends: one for each commit. */
export function playTrack(
  name: string,
  { settings, steps }: TrackPlan,
): { track: RecordedTrack; appends: TrackAppend[] } {
  const track = new RecordedTrack(name, settings);
  const appends: TrackAppend[] = [];
  let committed = 0;
  steps.forEach(({ plan, beats, commits }, index) => {
    track.later(plan.elapsedMs);
    track.attempt(planned(track.tree, plan, track.settings, index));
    for (const share of beats) pulse(track, share);
    if (!commits && index < steps.length - 1) return;
    if (track.events.length > committed) appends.push(track.append(committed));
    committed = track.events.length;
  });
  return { track, appends };
}

function pulse(track: RecordedTrack, share: number): void {
  const present = [...track.tree.peers()];
  const peerId = present[Math.floor((share * present.length) / 1000)]?.identity?.peerId;
  if (peerId === undefined) return;
  if (share % 3 === 0) track.report(peerId, share, share % 2 === 0 ? share : null);
  else track.beat(peerId);
}
