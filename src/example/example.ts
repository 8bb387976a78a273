import { MeshPeer } from '../sdk/mesh-peer.js';
import type { ReceivedFrame } from '../sdk/mesh-events.js';
import { publishPicture } from './publish-picture.js';

const SHOW_EVERY_MS = 250;

const joinForm = element('join', HTMLFormElement);
const publishButton = element('publish', HTMLButtonElement);
const leaveButton = element('leave', HTMLButtonElement);
const enterButton = element('enter', HTMLButtonElement);
const statusLine = element('status', HTMLElement);
const facts = element('facts', HTMLElement);
const picture = element('picture', HTMLCanvasElement);
const track = element('track', HTMLInputElement);
const token = element('token', HTMLInputElement);
const capacity = element('capacity', HTMLInputElement);

let peer: MeshPeer | null = null;
let stopPublishing: (() => void) | null = null;
let isDrawing = false;

joinForm.addEventListener('submit', (event) => {
  event.preventDefault();
  void enter();
});
publishButton.addEventListener('click', () => {
  if (stopPublishing !== null) {
    endPublishing();
  } else if (peer !== null) {
    stopPublishing = publishPicture(peer);
    publishButton.textContent = 'Stop publishing';
  }
});
leaveButton.addEventListener('click', () => void peer?.close());
setInterval(showFacts, SHOW_EVERY_MS);

async function enter(): Promise<void> {
  const entering = new MeshPeer({
    url: location.origin,
    track: track.value,
    capacity: Number(capacity.value),
    ...(token.value === '' ? {} : { token: token.value }),
  });
  peer = entering;
  enterButton.disabled = true;
  leaveButton.disabled = false;
  statusLine.textContent = 'Joining …';
  entering.on('frame', (frame) => void show(frame));
  entering.on('origin', ({ isWanted }) => {
    publishButton.disabled = !isWanted;
    if (!isWanted) endPublishing();
  });
  entering.on('closed', ({ reason }) => {
    left(reason);
  });
  try {
    await entering.connect();
  } catch {
    // The event `closed` has said why.
  }
}

function left(reason: string): void {
  endPublishing();
  peer = null;
  enterButton.disabled = false;
  leaveButton.disabled = true;
  publishButton.disabled = true;
  statusLine.textContent = `Not in the mesh: ${reason}.`;
}

function endPublishing(): void {
  stopPublishing?.();
  stopPublishing = null;
  publishButton.textContent = 'Publish';
}

/** A frame that comes while the one before is still being decoded is not shown. */
async function show({ data }: ReceivedFrame): Promise<void> {
  if (isDrawing) return;
  isDrawing = true;
  try {
    const bitmap = await createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
    picture.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
  } catch {
    statusLine.textContent = 'A frame came that is no picture: somebody publishes something else on this track.';
  } finally {
    isDrawing = false;
  }
}

function showFacts(): void {
  if (peer?.assignment == null) return;
  const { assignment, parentId, childIds, stats } = peer;
  statusLine.textContent = `${assignment.role}${assignment.depth === null ? '' : `, depth ${String(assignment.depth)}`}`;
  const lines: [string, string][] = [
    ['This peer', peer.peerId],
    ['Fed by', parentId ?? (peer.isFedByOrigin ? 'the origin' : 'nobody yet')],
    ['Feeds', childIds.join(', ') || 'nobody'],
    ['Frames received', String(stats.received)],
    ['Frames missing', String(stats.missing)],
    ['Frames forwarded', String(stats.forwarded)],
  ];
  facts.replaceChildren(...lines.map(([name, value]) => factRow(name, value)));
}

function factRow(name: string, value: string): HTMLTableRowElement {
  const row = document.createElement('tr');
  const heading = document.createElement('th');
  heading.textContent = name;
  const cell = document.createElement('td');
  cell.textContent = value;
  row.append(heading, cell);
  return row;
}

function element<Kind extends HTMLElement>(name: string, kind: new () => Kind): Kind {
  const found = document.getElementById(name);
  if (!(found instanceof kind)) throw new Error(`the page has no ${name}`);
  return found;
}
