/** What the documentation page may load: itself, and nothing from anywhere else. */
export const DOCS_PAGE_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page at /api/docs: a frame that its script fills from /api/openapi.json. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Meshledger HTTP</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0; font-weight: 600; }
  details { border: 1px solid #d0d7de; border-radius: 6px; margin: .6rem 0; padding: .6rem .9rem; }
  summary { cursor: pointer; } summary code { font-size: .95rem; }
  label { display: grid; grid-template-columns: 12rem 1fr; gap: .5rem; margin: .25rem 0; align-items: center; }
  input { font: inherit; padding: .2rem .4rem; border: 1px solid #8c959f; border-radius: 4px; }
  button { font: inherit; padding: .25rem .9rem; }
  pre { background: #f6f8fa; padding: .6rem; overflow: auto; max-height: 24rem; border-radius: 6px; }
  .get { color: #0a3069; } .post { color: #8a3b00; } .method { font-weight: 700; text-transform: uppercase; }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1117; color: #e6edf3; } pre { background: #161b22; } details { border-color: #30363d; }
    input { background: #0d1117; color: inherit; } .get { color: #79c0ff; } .post { color: #ffa657; }
  }
</style>
<h1>Meshledger HTTP</h1>
<label>Admin token, where one is set <input id="token" type="password" autocomplete="off"></label>
<p><button id="load" type="button">Show</button> <a href="/api/openapi.json">openapi.json</a></p>
<p id="said" role="status"></p>
<main id="operations"></main>
<script src="/api/docs/page.js"></script>
`;

/** Plain browser JavaScript; everything is put in as text, never as markup. */
export const DOCS_SCRIPT = `'use strict';
const token = document.getElementById('token');
const said = document.getElementById('said');
const operations = document.getElementById('operations');
const headers = () => (token.value === '' ? {} : { Authorization: 'Bearer ' + token.value });

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

function block(title, text) {
  const part = element('div');
  part.append(element('h2', title), element('pre', text));
  return part;
}

function addressOf(path, inputs) {
  let address = path;
  const query = new URLSearchParams();
  for (const { parameter, input } of inputs) {
    if (parameter.in === 'path') address = address.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
    else if (input.value !== '') query.set(parameter.name, input.value);
  }
  return address + (query.size === 0 ? '' : '?' + query);
}

function shown(path, method, operation) {
  const part = element('details');
  const summary = element('summary');
  summary.append(element('span', method, 'method ' + method), ' ', element('code', path), ' ', operation.summary);
  part.append(summary, element('p', operation.description));
  const inputs = operation.parameters.map((parameter) => {
    const label = element('label', parameter.name);
    const input = element('input');
    input.placeholder = parameter.schema.default === undefined ? (parameter.schema.type ?? '') : String(parameter.schema.default);
    if (parameter.in === 'path') input.value = parameter.example ?? '';
    label.append(input);
    part.append(label);
    return { parameter, input };
  });
  const [[type, { schema, example }]] = Object.entries(operation.responses[200].content);
  if (type === 'application/json') {
    const button = element('button', 'Ask');
    const answer = element('div');
    button.addEventListener('click', async () => {
      const address = addressOf(path, inputs);
      const response = await fetch(address, { method, headers: headers() });
      const text = await response.text();
      answer.replaceChildren(block(response.status + ' ' + address, pretty(text)));
    });
    part.append(button, answer);
  }
  const refusals = Object.entries(operation.responses).filter(([status]) => status !== '200');
  part.append(
    block('Example', typeof example === 'string' ? example : JSON.stringify(example, null, 2)),
    block('Schema', JSON.stringify(schema, null, 2)),
    block('Refusals', refusals.map(([status, { description }]) => status + ': ' + description).join('\\n')),
  );
  return part;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function load() {
  const response = await fetch('/api/openapi.json', { headers: headers() });
  if (!response.ok) {
    said.textContent = response.status === 401 ? 'The admin token is needed.' : 'The description cannot be read: ' + response.status;
    return;
  }
  const { paths, info } = await response.json();
  said.textContent = info.description;
  operations.replaceChildren(
    ...Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => shown(path, method, operation)),
    ),
  );
}

document.getElementById('load').addEventListener('click', load);
load();
`;
