import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

/**
 * What the compiler makes of the program, kept for this very compiler: it is of no use to another one.
 *
 * @param id names the text of the program.
 */
export function compiledFile(folder, id) {
  return join(folder, `program-${id}-${cachedDataVersionTag()}.compiled`);
}

/** Loads the program as Node would, but for its compiled code, which is taken from beside it where it fits. */
export function loadProgram(folder, id) {
  const file = join(folder, 'program.js');
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const compiled = compiledFile(folder, id);
  const script = new Script(source, { filename: file, ...compiledCode(compiled) });
  if (script.cachedDataRejected === true) forget(compiled);
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return { script, program: module.exports };
}

/** It is damaged, since its name fits: the next `npm start` makes it anew. */
function forget(compiled) {
  try {
    rmSync(compiled);
  } catch {
    // Somebody else's folder: the service is whole without it.
  }
}

function compiledCode(file) {
  try {
    return { cachedData: readFileSync(file) };
  } catch {
    return {};
  }
}
