import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDiagram, type Diagram } from '../../scripts/docs/diagram.js';
import { drawingsOf, parseDocstring } from '../../scripts/docs/docstring.js';
import { DRAWN } from '../../scripts/docs/drawn.js';
import { marbles } from '../support/marbles.js';
import { diagramCases } from './support/diagramCases.js';
import { runDiagram } from './support/runDiagram.js';

/** The diagrams of an operator, from its file. */
function diagramsOf(name: string): readonly Diagram[] {
  const source = readFileSync(join(__dirname, `../../src/operators/${name}.ts`), 'utf8');
  return [...source.matchAll(/\/\*\*[^]*?\*\//g)]
    .flatMap(([comment]) => drawingsOf(parseDocstring(comment)))
    .flatMap((drawing) => parseDiagram(drawing) ?? []);
}

describe('the marble diagram of', () => {
  it.each(DRAWN)('%s shows what the operator does', (name) => {
    const diagrams = diagramsOf(name);

    expect(diagrams).toHaveLength(diagramCases[name].length);
    diagrams.forEach((diagram, index) => {
      marbles((helpers) => {
        runDiagram(diagramCases[name][index] ?? {}, helpers, diagram);
      })();
    });
  });
});

describe('a diagram that differs from the operator', () => {
  it('is found', () => {
    const [diagram] = diagramsOf('textDeltas');
    const [row] = diagram?.results ?? [];
    const results = [{ label: 'result', marbles: `-${row?.marbles ?? ''}` }];

    expect(() => {
      marbles((helpers) => {
        runDiagram(diagramCases.textDeltas[0] ?? {}, helpers, {
          sources: [],
          operator: '',
          legend: [],
          ...diagram,
          results,
        });
      })();
    }).toThrow();
  });
});

it('a diagram of an unknown shape is not drawn', () => {
  expect(parseDiagram('subscribe   ^        !\nrequest     --POST---')).toBeUndefined();
  expect(parseDiagram('Don’t /wait, /it’s /a')).toBeUndefined();
});
