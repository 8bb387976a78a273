// Part of the build: starts the service on an empty log, writes down what the compiler made of its code by then, and ends it.
import { writeFileSync } from 'node:fs';
import { compiledFile, loadProgram } from './load-program.mjs';

const [folder, id, dataDir] = process.argv.slice(2);
const { script, program } = loadProgram(folder, id);
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => {
  if (String(text).startsWith('listening on')) setImmediate(keep);
  return write(text, ...rest);
};
await program.runCommandLine(['serve', '--port', '0', '--data-dir', dataDir, '--log-level', 'error']);

function keep() {
  writeFileSync(compiledFile(folder, id), script.createCachedData());
  process.kill(process.pid, 'SIGTERM');
}
