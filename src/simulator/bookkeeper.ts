import { Tally } from './measures.js';
import type { DeliveryWatcher } from './delivery.js';
import type { Viewer } from './viewer.js';
import type { VirtualTime } from './virtual-time.js';

/** Books the time of every viewer, from the moment on that is measured from, by the definitions of PLANNER.md. */
export class Bookkeeper implements DeliveryWatcher {
  readonly tally = new Tally();

  constructor(
    private readonly time: VirtualTime,
    private readonly fromMs: number,
  ) {}

  get measuring(): boolean {
    return this.time.nowMs >= this.fromMs;
  }

  beforeChange(viewer: Viewer): void {
    const { nowMs } = this.time;
    const sinceMs = Math.max(viewer.bookedMs, this.fromMs);
    viewer.bookedMs = nowMs;
    const spentMs = nowMs - sinceMs;
    if (!viewer.online || spentMs <= 0) return;
    const { tally } = this;
    tally.onlineMs += spentMs;
    if (viewer.fed) {
      tally.fedMs += spentMs;
      if (viewer.current?.from !== null) tally.fedByPeerMs += spentMs;
    } else if (viewer.waiting) tally.waitingMs += spentMs;
    else if (viewer.everFed) tally.starvedMs += spentMs;
  }

  fed(viewer: Viewer): void {
    const { nowMs } = this.time;
    if (!viewer.everFed) {
      viewer.everFed = true;
      if (viewer.joinedMs >= this.fromMs) this.tally.startupsMs.push(nowMs - viewer.joinedMs);
    }
    this.#endOutage(viewer);
  }

  cutOff(viewer: Viewer): void {
    viewer.outageSinceMs = this.time.nowMs;
    if (this.measuring) this.tally.interruptions += 1;
  }

  /** The viewer leaves, or the run ends. An outage it still was in lasted until now. */
  close(viewer: Viewer): void {
    this.beforeChange(viewer);
    this.#endOutage(viewer);
  }

  #endOutage(viewer: Viewer): void {
    const { outageSinceMs } = viewer;
    viewer.outageSinceMs = null;
    if (outageSinceMs !== null && outageSinceMs >= this.fromMs)
      this.tally.outagesMs.push(this.time.nowMs - outageSinceMs);
  }
}
