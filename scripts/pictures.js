/** Draws the marble diagrams: `npm run pictures` turns each `docs/marbles/NAME.txt` into `NAME.svg`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseMarbleDiagramSpecification } from '@swirly/parser';
import { renderMarbleDiagram } from '@swirly/renderer-node';
import { lightStyles } from '@swirly/theme-default-light';

const folder = new URL('../docs/marbles/', import.meta.url);

const styles = {
  ...lightStyles,
  event_radius: 29,
  event_value_font_size: 12,
  stream_title_font_size: 15,
  minimum_width: 640,
  operator_title_font_family: 'monospace',
  operator_title_font_size: 16,
};

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const { xml } = renderMarbleDiagram(parseMarbleDiagramSpecification(text), { styles });
  writeFileSync(new URL(file.replace(/txt$/, 'svg'), folder), `${xml}\n`);
}
