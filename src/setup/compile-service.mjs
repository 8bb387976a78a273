// Part of the build: starts the service on an empty log, writes down what the compiler made of its code by then, and ends it.
import { renameSync, writeFileSync } from 'node:fs';
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
  // Under its name only when it is whole: a part of it would be refused at every start and never made good.
  const file = compiledFile(folder, id);
  writeFileSync(`${file}.new`, script.createCachedData());
  renameSync(`${file}.new`, file);
  process.kill(process.pid, 'SIGTERM');
}
