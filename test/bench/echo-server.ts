import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';

/**
 * The baseline of everything over sockets, run as a process of its own: bare socket.io with the settings of the gateway. It
 * acknowledges whatever comes at once, with an answer as long as that of a heartbeat.
 */
const http = createServer((_request, response) => {
  const { user, system } = process.cpuUsage();
  const seconds = String((user + system) / 1e6);
  response.end(
    `process_resident_memory_bytes ${String(process.memoryUsage.rss())}\nprocess_cpu_seconds_total ${seconds}\n`,
  );
});
const io = new Server(http, { transports: ['websocket', 'polling'], perMessageDeflate: false, httpCompression: false });
let position = 1_000_000;

io.of('/mesh').on('connection', (socket) => {
  socket.onAny((...message: unknown[]) => {
    const acknowledge = message.at(-1);
    position += 1;
    if (typeof acknowledge === 'function') (acknowledge as (answer: unknown) => void)({ ok: true, position });
  });
});
http.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${String((http.address() as AddressInfo).port)}`);
});
