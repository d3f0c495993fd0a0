import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocksOf } from '../../scripts/docs/codeBlocks.js';
import { parseDiagram } from '../../scripts/docs/diagram.js';
import { marbles } from '../support/marbles.js';
import { diagramCases } from './support/diagramCases.js';
import { runDiagram } from './support/runDiagram.js';

const ROOT = join(__dirname, '../..');

/** What the guides show as text that is not the output of a program. */
const drawings = ['README.md', 'AGENTS.md', ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) => codeBlocksOf(join(ROOT, file)).map((block) => ({ ...block, file })))
  .filter(({ language, flags }) => language === 'text' && !flags.includes('output'))
  .map(({ file, line, code }) => ({ place: `${file}:${line}`, code }));
const diagrams = drawings.flatMap(({ place, code }) => {
  const diagram = parseDiagram(code);
  return diagram === undefined ? [] : [{ place, diagram }];
});

/** Runs a diagram with the letters of the docstring of its operator. */
function run(diagram: (typeof diagrams)[number]['diagram']): void {
  const name = /^\w+/.exec(diagram.operator)?.[0] ?? '';
  const [known] = Object.entries(diagramCases).flatMap(([operator, [first]]) => (operator === name ? [first] : []));
  if (known === undefined) throw new Error(`There is no case of ${name || 'a diagram without an operator'}.`);
  marbles((helpers) => {
    runDiagram(known, helpers, diagram);
  })();
}

describe('The marble diagram', () => {
  it.each(diagrams)('at $place shows what the operator does', ({ diagram }) => {
    expect(() => {
      run(diagram);
    }).not.toThrow();
  });

  it.each(diagrams)('at $place is found if it is wrong', ({ diagram }) => {
    const results = diagram.results.map((row) => ({ ...row, marbles: row.marbles.replace(/(?<=\w.*)-(?=\w)/, '--') }));

    expect(() => {
      run({ ...diagram, results });
    }).toThrow();
  });

  it('is what every text with marbles is', () => {
    const others = drawings.filter(({ place }) => !diagrams.some((each) => each.place === place));

    expect(others.filter(({ code }) => /(?:^|\s)[-\w]*-[a-z#(|]?-[-\w#(|)]*(?:\s|$)/m.test(code))).toEqual([]);
  });
});
