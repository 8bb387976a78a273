import type { Link, Viewer } from './viewer.js';
import type { VirtualTime } from './virtual-time.js';

/** How long an old parent goes on feeding a child whose new link is up but brings nothing yet. */
const LINGER_MS = 5_000;
/** When a viewer looks again whether its new parent still hangs below it. */
const RETRY_MS = 100;

/** Hears of changes just before they are made, while the viewer still is what it was. */
export interface DeliveryWatcher {
  beforeChange(viewer: Viewer): void;
  fed(viewer: Viewer): void;
  /** The viewer is online and gets nothing any more. */
  cutOff(viewer: Viewer): void;
}

/**
 * Who gets the stream: a viewer is fed while it is online, its link is up, and whoever is at the other end is fed and forwards (the origin
 * always does). Computed where a link or a viewer changes, and from there down; nothing is simulated frame by frame.
 *
 * A move is made before the old link is broken: the old one feeds until the new one does.
 */
export class Delivery {
  constructor(
    private readonly time: VirtualTime,
    private readonly watcher: DeliveryWatcher,
  ) {}

  /** The viewer begins to connect to `from` (null: the origin); the link is up after `delayMs`. */
  connect(viewer: Viewer, from: Viewer | null, delayMs: number): void {
    if (viewer.current?.from === from && viewer.current.up) {
      this.#drop(viewer.next);
      viewer.next = null;
      return;
    }
    this.#drop(viewer.next);
    const link: Link = { to: viewer, from, up: false };
    viewer.next = link;
    from?.outgoing.push(link);
    this.time.after(delayMs, () => {
      if (viewer.next !== link || from?.online === false) return;
      link.up = true;
      this.#update(viewer);
      if (viewer.next === link) this.time.after(LINGER_MS, () => this.#closeOld(viewer, link));
    });
  }

  /** The viewer has no place: its parent closes the link. */
  cut(viewer: Viewer): void {
    this.#drop(viewer.next);
    viewer.next = null;
    this.#replaceCurrent(viewer, null);
    this.#update(viewer);
  }

  /** The viewer is gone: nobody below it gets anything over it. */
  gone(viewer: Viewer): void {
    this.watcher.beforeChange(viewer);
    viewer.online = false;
    viewer.fed = false;
    for (const link of [...viewer.outgoing]) this.#update(link.to);
    this.#drop(viewer.current);
    this.#drop(viewer.next);
    viewer.current = null;
    viewer.next = null;
  }

  #closeOld(viewer: Viewer, link: Link): void {
    if (viewer.next !== link || !viewer.online) return;
    this.#replaceCurrent(viewer, null);
    this.#update(viewer);
  }

  /** Takes the new link as soon as it brings something, or the old one no longer does; then tells those below. */
  #update(viewer: Viewer): void {
    if (!viewer.online) return;
    const { next } = viewer;
    if (next?.up === true && (brings(next) || viewer.current === null || !brings(viewer.current))) {
      if (hangsBelow(next.from, viewer)) {
        this.time.after(RETRY_MS, () => {
          if (viewer.next === next) this.#update(viewer);
        });
      } else {
        this.#replaceCurrent(viewer, next);
        viewer.next = null;
      }
    }
    const fed = viewer.current !== null && brings(viewer.current);
    if (fed === viewer.fed) return;
    this.watcher.beforeChange(viewer);
    viewer.fed = fed;
    if (fed) this.watcher.fed(viewer);
    else this.watcher.cutOff(viewer);
    for (const link of [...viewer.outgoing]) this.#update(link.to);
  }

  #replaceCurrent(viewer: Viewer, link: Link | null): void {
    this.watcher.beforeChange(viewer);
    this.#drop(viewer.current);
    viewer.current = link;
  }

  #drop(link: Link | null): void {
    const outgoing = link?.from?.outgoing;
    if (link === null || outgoing === undefined) return;
    const index = outgoing.indexOf(link);
    if (index >= 0) outgoing.splice(index, 1);
  }
}

function brings({ up, from }: Link): boolean {
  return up && (from === null || (from.online && from.fed && from.plan.forwards));
}

/** Two viewers that change places must not feed each other. */
function hangsBelow(viewer: Viewer | null, above: Viewer): boolean {
  for (let at = viewer; at !== null; at = at.current?.from ?? null) if (at === above) return true;
  return false;
}
