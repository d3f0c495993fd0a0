/**
 * Draws the marble diagrams: `npm run pictures` turns each `docs/marbles/NAME.txt` into `NAME.svg`. With `--check`, as in
 * `npm run check:docs`, it fails instead if a picture does not show its text, which `spec/docs/pictures.spec.ts` runs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  const picture = new URL(file.replace(/txt$/, 'svg'), folder);
  if (!process.argv.includes('--check')) {
    writeFileSync(picture, `${xml}\n`);
  } else if (!existsSync(picture) || readFileSync(picture, 'utf8') !== `${xml}\n`) {
    console.error(`docs/marbles/${file} is not what its picture shows: run npm run pictures.`);
    process.exitCode = 1;
  }
}
