/**
 * Builds the documentation as a static site: `npm run docs` writes it to `dist-docs/`, from where a browser can open
 * `index.html` without a server. The pages make no request to the network.
 *
 * The guides are the Markdown files of `docs/`. The page of an export is made from its docstring, and its marble diagram is
 * drawn from the text that `spec/docs/diagrams.spec.ts` runs.
 */
import { build } from 'esbuild';
import MiniSearch from 'minisearch';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { apiHtml, picturesOf, summaryOf } from './site/apiHtml.js';
import { decisionTree } from './site/decisionTree.js';
import { exportPages, type ExportPage } from './site/exportPages.js';
import { codeHtml, renderMarkdown, type Links, type Rendered } from './site/markdown.js';
import { referenceExamples } from './site/referenceExamples.js';
import { SEARCH_FIELDS } from './site/searchFields.js';
import { searchEntries } from './site/searchEntries.js';
import { pageHtml, type NavGroup, type Page } from './site/template.js';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'dist-docs');

const START = [
  'README.md',
  'docs/first-stream.md',
  'docs/which-operator.md',
  'docs/rxjs-newcomers.md',
  'docs/migrating-from-the-sdk.md',
  'docs/faq.md',
  'docs/compatibility.md',
];
const GUIDES = [
  'operators',
  'screens',
  'conversation',
  'angular',
  'servers',
  'node',
  'errors',
  'network-failures',
  'tools',
  'structured-output',
  'pacing',
  'testing',
  'performance',
  'cost-and-usage',
];
const PROJECT = [
  'docs/architecture.md',
  'bench/README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'AGENTS.md',
  'examples/README.md',
  'examples/angular-chat/README.md',
  'examples/nest-gateway/README.md',
];

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const guides = [
  ...GUIDES.map((name) => `docs/${name}.md`),
  // A guide that is not in the list above is not lost.
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
].filter((file, index, all) => file.endsWith('.md') && all.indexOf(file) === index);
const markdownFiles = [...new Set([...START, ...guides, ...PROJECT])];
const examples = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.ts'));
const apis = exportPages(ROOT).filter(({ name }, index, all) => all.findIndex((each) => each.name === name) === index);

/** From the file of the repository to its address in the site. */
const addresses = new Map<string, string>([
  ...markdownFiles.map((file): [string, string] => [file, addressOf(file)]),
  ...examples.map((file): [string, string] => [`examples/${file}`, `examples/${file.replace(/\.ts$/, '.html')}`]),
]);

function addressOf(file: string): string {
  if (file === 'README.md') return 'index.html';
  return file
    .replace(/^docs\//, '')
    .replace(/README\.md$/, 'index.html')
    .replace(/\.md$/, '.html');
}

const apiAddress = ({ name, kind }: ExportPage) => `${kind === 'type' ? 'types' : 'api'}/${name}.html`;
const apiAddresses = new Map(apis.map((page) => [page.name, apiAddress(page)]));

/** The links of a page, whose source is in this folder. */
function linksOf(address: string, folder: string): Links {
  const from = dirname(address);
  return {
    file: (path) => {
      const file = normalize(join(folder, path));
      const target = addresses.get(file) ?? (/\.(png|svg)$/.test(file) ? `assets/${file}` : undefined);
      return target === undefined ? undefined : relative(from, target);
    },
    api: (name) => {
      const target = apiAddresses.get(name);
      return target === undefined || target === address ? undefined : relative(from, target);
    },
  };
}

function titleOf(file: string): string {
  if (file === 'README.md') return 'rxjs-anthropic';
  return (/^# (.*)$/m.exec(read(file))?.[1] ?? file).replace(/`/g, '');
}

const byName = new Map(apis.map((page) => [page.name, page]));

function markdownPage(file: string): Page {
  const path = addressOf(file);
  const links = linksOf(path, dirname(file));
  const rendered: Rendered =
    file === 'docs/which-operator.md'
      ? decisionTree(read(file), links, (name) => {
          const page = byName.get(name);
          return page && { summary: summaryOf(page), pictures: picturesOf(page) };
        })
      : renderMarkdown(read(file), links);
  return { path, title: titleOf(file), ...rendered };
}

const sources = new Map(examples.map((file) => [file, read(`examples/${file}`)]));
const snippets = referenceExamples(read('docs/reference.md'));

function apiPage(page: ExportPage): Page {
  const path = apiAddress(page);
  const used = new RegExp(`\\b${page.name}\\b`);
  const uses = [...sources].flatMap(([file, text]) =>
    used.test(text)
      ? [{ title: file.replace(/\.ts$/, ''), href: `../examples/${file.replace(/\.ts$/, '.html')}` }]
      : [],
  );
  const additions = { example: snippets.get(page.name), uses: page.kind === 'type' ? [] : uses };
  return { path, title: page.name, ...apiHtml(page, linksOf(path, 'docs'), additions) };
}

function examplePage(file: string): Page {
  const [first = '', second = '', ...code] = (sources.get(file) ?? '').split('\n');
  const [about, command] = [first, second].map((line) => line.replace(/^\/\/ /, ''));
  const html = `<h1>${file.replace(/\.ts$/, '')}</h1><p>${about ?? ''}</p>${codeHtml(command ?? '', 'sh')}${codeHtml(code.join('\n'), 'ts')}`;
  return { path: `examples/${file.replace(/\.ts$/, '.html')}`, title: file.replace(/\.ts$/, ''), html, headings: [] };
}

const entryOf = (module: string, kinds: readonly ExportPage['kind'][]) =>
  apis
    .filter((page) => page.module === module && kinds.includes(page.kind))
    .map((page) => ({ title: page.name, path: apiAddress(page), isCode: true }))
    .sort((a, b) => a.title.localeCompare(b.title, 'en'));

const isError = ({ title }: { readonly title: string }) => title.endsWith('Error');
const modules = [...new Set(apis.map(({ module }) => module))];
const nav: readonly NavGroup[] = [
  { title: 'Start', pages: START.map((file) => ({ title: titleOf(file), path: addressOf(file) })) },
  {
    title: 'Guides',
    pages: guides
      .filter((file) => ![...START, ...PROJECT].includes(file))
      .map((file) => ({ title: titleOf(file), path: addressOf(file) })),
  },
  ...modules.map((module) => ({
    title: module,
    pages: entryOf(module, ['function', 'value', 'class']).filter((page) => !isError(page)),
  })),
  { title: 'Errors', pages: modules.flatMap((module) => entryOf(module, ['class']).filter(isError)) },
  { title: 'Types', pages: [{ title: 'All types', path: 'types/index.html' }] },
  {
    title: 'Examples',
    pages: examples.map((file) => ({
      title: file.replace(/\.ts$/, ''),
      path: `examples/${file.replace(/\.ts$/, '.html')}`,
    })),
  },
  { title: 'Project', pages: PROJECT.map((file) => ({ title: titleOf(file), path: addressOf(file) })) },
];

/** A list of all types. There are too many for the navigation of each page. */
function typesPage(): Page {
  const lists = modules
    .map((module) => ({ module, types: entryOf(module, ['type']) }))
    .filter(({ types }) => types.length > 0)
    .map(({ module, types }) => {
      const links = types.map(({ title, path }) => `<li><a href="../${path}"><code>${title}</code></a></li>`).join('');
      return `<h2 id="${module}">${module}</h2><ul class="columns">${links}</ul>`;
    });
  return { path: 'types/index.html', title: 'All types', html: `<h1>All types</h1>${lists.join('')}`, headings: [] };
}

const pages: readonly Page[] = [
  typesPage(),
  ...markdownFiles.map(markdownPage),
  ...apis.map(apiPage),
  ...examples.map(examplePage),
];

rmSync(OUT, { recursive: true, force: true });
for (const page of pages) {
  mkdirSync(dirname(join(OUT, page.path)), { recursive: true });
  writeFileSync(join(OUT, page.path), pageHtml(page, nav));
}
for (const folder of ['docs/images', 'docs/marbles', 'bench/results']) {
  cpSync(join(ROOT, folder), join(OUT, 'assets', folder), {
    recursive: true,
    filter: (file) => !/\.(json|txt)$/.test(file),
  });
}
cpSync(join(ROOT, 'scripts/site/style.css'), join(OUT, 'style.css'));

const index = new MiniSearch(SEARCH_FIELDS);
index.addAll(pages.flatMap(searchEntries));
writeFileSync(join(OUT, 'search-index.js'), `const SEARCH_INDEX = ${JSON.stringify(JSON.stringify(index))};\n`);
await build({
  entryPoints: [join(ROOT, 'scripts/site/client.ts')],
  outfile: join(OUT, 'client.js'),
  bundle: true,
  minify: true,
  target: 'es2022',
  logLevel: 'error',
});

console.log(`${pages.length} pages: open dist-docs/index.html`);
