/** Width and height of the picture, pixels. */
export const PICTURE_WIDTH = 640;
export const PICTURE_HEIGHT = 360;

const COLOURS = ['#0b6e4f', '#08415c', '#6b2737', '#3d348b', '#7d4e00'];

/** Draws the picture of one moment: a ball on its way, and the number of the frame, so that one sees what is missing or late. */
export function drawPicture(context: CanvasRenderingContext2D, frameNumber: number): void {
  context.fillStyle = COLOURS[Math.floor(frameNumber / 75) % COLOURS.length] ?? '#000';
  context.fillRect(0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
  const x = PICTURE_WIDTH / 2 + Math.cos(frameNumber / 20) * 240;
  const y = PICTURE_HEIGHT / 2 + Math.sin(frameNumber / 10) * 110;
  context.fillStyle = '#ffd166';
  context.beginPath();
  context.arc(x, y, 34, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#fff';
  context.font = '48px monospace';
  context.fillText(String(frameNumber).padStart(6, '0'), 24, 60);
}
