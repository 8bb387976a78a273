import { createServer } from 'node:net';
import { CannotListenError } from './cannot-listen-error.js';

/**
 * Makes sure that the address can be listened on, before anything is recorded: a start that is bound to fail must leave no trace in
 * the log. Nobody can connect meanwhile.
 *
 * @throws CannotListenError
 */
export async function checkCanListen(host: string, port: number): Promise<void> {
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new CannotListenError(host, port, error));
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
