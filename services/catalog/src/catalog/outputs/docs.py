"""The API, documented on one page that loads nothing from anywhere else."""

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>API</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; }
summary { cursor: pointer; padding: .4rem 0; } code { font-size: .95em; }
table { border-collapse: collapse; } td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
pre { overflow: auto; padding: .8rem; border: 1px solid #8884; border-radius: .4rem; }
</style>
<h1>API</h1>
<p>The description for programs: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
<div id="operations"></div>
<h2>Records</h2><div id="records"></div>
<script>
const add = (parent, tag, text) => {
  const element = parent.appendChild(document.createElement(tag));
  if (text !== undefined) element.textContent = text;
  return element;
};
const type = (schema = {}) => schema.$ref?.split('/').pop() ?? schema.anyOf?.map(type).join(' | ')
  ?? (schema.type === 'array' ? `${type(schema.items)}[]` : schema.enum?.join(' | ') ?? schema.type ?? '');
fetch('/api/openapi.json').then((answer) => answer.json()).then((api) => {
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const box = add(document.querySelector('#operations'), 'details');
      add(add(box, 'summary'), 'code', `${method.toUpperCase()} ${path}`);
      add(box, 'p', operation.description ?? operation.summary);
      const table = add(box, 'table');
      for (const given of operation.parameters ?? []) {
        const row = add(table, 'tr');
        add(add(row, 'td'), 'code', given.name);
        add(row, 'td', type(given.schema));
        add(row, 'td', given.description ?? '');
      }
      for (const [status, answer] of Object.entries(operation.responses)) {
        const schema = Object.values(answer.content ?? {})[0]?.schema;
        add(box, 'p', `${status}: ${type(schema) || answer.description}`);
      }
    }
  }
  for (const [name, schema] of Object.entries(api.components?.schemas ?? {})) {
    const box = add(document.querySelector('#records'), 'details');
    add(add(box, 'summary'), 'code', name);
    add(box, 'p', schema.description ?? '');
    add(box, 'pre', JSON.stringify(schema.properties ?? schema, null, 2));
  }
});
</script></html>
"""
