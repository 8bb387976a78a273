import type { MeshPeer } from '../sdk/mesh-peer.js';
import { drawPicture, PICTURE_HEIGHT, PICTURE_WIDTH } from './test-picture.js';

const FRAMES_PER_SECOND = 15;
const JPEG_QUALITY = 0.7;

/**
 * Plays the origin: draws a picture 15 times a second and gives it to the mesh as a JPEG. Every frame stands for itself, so that
 * whoever comes late sees something at once. Frames are numbered by the wall clock: two roots that publish agree on them.
 *
 * @returns a function that ends it.
 */
export function publishPicture(peer: MeshPeer): () => void {
  const canvas = document.createElement('canvas');
  canvas.width = PICTURE_WIDTH;
  canvas.height = PICTURE_HEIGHT;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser draws no pictures');
  let objectId = Math.floor((Date.now() * FRAMES_PER_SECOND) / 1_000);
  const timer = setInterval(() => {
    const frameNumber = objectId;
    objectId += 1;
    drawPicture(context, frameNumber % 1_000_000);
    canvas.toBlob((blob) => void push(peer, blob, frameNumber), 'image/jpeg', JPEG_QUALITY);
  }, 1_000 / FRAMES_PER_SECOND);
  return () => {
    clearInterval(timer);
  };
}

async function push(peer: MeshPeer, blob: Blob | null, objectId: number): Promise<void> {
  if (blob !== null) peer.pushFrame(await blob.arrayBuffer(), objectId);
}
