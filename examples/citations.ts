// Lists the passages of a document that the answer cites, as they arrive.
// npm run example -- citations
import { citations, streamMessage, tapMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('citations');

const citation$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'The grass is green. The sky is blue.' },
            citations: { enabled: true },
          },
          { type: 'text', text: 'What colour is the grass?' },
        ],
      },
    ],
  },
  options,
).pipe(tapMessage({ text: (text) => process.stdout.write(text) }), citations());

const cited: string[] = [];
await citation$.forEach(({ cited_text }) => cited.push(cited_text));
console.log(`\n\n${cited.map((text, index) => `[${index + 1}] ${text}`).join('\n')}`);
await close();
