import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import type { Message, MessageCreateParams } from 'rxjs-anthropic';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type BuildMessageOptions,
  type MessagesScript,
  type RecordedRequest,
  type Reply,
} from 'rxjs-anthropic/testing';

/** What the embedded server replies in each example. */
export const replies = {
  'ag-ui': [
    answer(['Let me look.', toolUseBlock('get_tide', { harbour: 'Saint-Malo' }, { id: 'toolu_01' })]),
    answer('High tide is at 18:42, with 12.3 m.'),
  ],

  'ai-sdk': (request) => {
    const [tide] = toolResultsIn(paramsOf(request));
    if (tide !== undefined) return answer('High tide is at 18:42, with 12.3 m.');
    return answer(['Let me look.', toolUseBlock('get_tide', { harbour: 'Saint-Malo' }, { id: 'toolu_01' })]);
  },

  'all-events': {
    events: eventsOf(message('The tide comes in twice a day.'), { pingEvery: 3 }),
    paceMs: 10,
  },

  approvals: (request) => {
    switch (paramsOf(request).messages.length) {
      case 1:
        return answer(['I am looking for it.', toolUseBlock('find_order', { order: 4711 }, { id: 'toolu_01' })]);
      case 3:
        return answer([
          'It is lost, so I am asking for a refund.',
          toolUseBlock('refund', { order: 4711, euros: 90 }, { id: 'toolu_02' }),
        ]);
      default:
        return answer('Your order was lost. You get 90 € back.');
    }
  },

  beta: (request) => {
    if (request.headers['anthropic-beta'] === undefined) return refusal('context_management');
    return answer('I kept the two newest readings and dropped the older ones: the trend is still up.', {
      context_management: {
        applied_edits: [{ type: 'clear_tool_uses_20250919', cleared_tool_uses: 6, cleared_input_tokens: 18_240 }],
      },
    });
  },

  blocks: answer([thinkingBlock('The moon passed at noon, and the harbour is six hours behind it.'), 'At six.']),

  buffered: answer(
    'A lighthouse does not shout. It turns, e.g. once in 7.5 seconds, and says only this: here is the rock; keep to ' +
      'the west. Ships have listened to it for 240 years, in fog, in rain and in the dark.',
  ),

  chat: [
    answer('Lisbon.'),
    { events: eventsOf(message('The Tagus is the longest river of all.'), { cutAt: 4 }) },
    answer(' river of the Iberian peninsula.'),
    answer([toolUseBlock('book_ferry', { people: 2 })]),
    answer('You have two seats, at 10:15.'),
  ],

  citations: answer([
    'It is ',
    textBlock('green', {
      citations: [
        {
          type: 'char_location',
          cited_text: 'The grass is green.',
          document_index: 0,
          document_title: null,
          start_char_index: 0,
          end_char_index: 19,
        },
      ],
    }),
    '.',
  ]),

  continue: (request) => {
    const [, partial] = paramsOf(request).messages;
    const text = 'The moon pulls the sea towards it, and the earth turns beneath: twice a day the water comes in.';
    if (partial === undefined) return { events: eventsOf(message(text), { cutAt: 7 }), paceMs: 10 };
    return answer(text.slice(textOf(partial).length), { usage: { input_tokens: 61, output_tokens: 16 } });
  },

  errors: [
    { status: 401, body: errorEvent('authentication_error', 'invalid x-api-key') },
    { status: 529, headers: { 'retry-after-ms': '100' }, body: errorEvent('overloaded_error', 'Overloaded') },
    { status: 529, headers: { 'retry-after-ms': '200' }, body: errorEvent('overloaded_error', 'Overloaded') },
    answer('The third attempt came through.'),
    { events: eventsOf(message('Transferring $50,000 to the account ending in 4711.'), { cutAt: 4 }) },
  ],

  core: [
    { ...answer('Let me book that.'), after: { text: 'Let me', then: 'end' } },
    answer([
      'Let me book that.',
      toolUseBlock('book_table', { restaurant: 'Cervejaria Ramiro', guests: 4 }, { id: 'toolu_01' }),
    ]),
  ],

  'final-message': answer('Because its molecules scatter blue light more than red: the shorter the wave, the more.'),

  'for-await': answer('The North Sea, the Skagerrak, the Kattegat, the Baltic Sea.'),

  gateway: (request) => {
    const [question] = paramsOf(request).messages;
    if (question?.content !== 'Count.') return { ...answer('A runner takes the baton, and passes it on.'), paceMs: 10 };
    return { ...answer('One, two, three, four, five, six, seven.'), after: { event: 3, then: 'stall' } };
  },

  history: [
    {
      events: eventsOf(message(['The Halunder Jet does.', toolUseBlock('find_ferry', { to: 'Helgoland' })]), {
        cutAt: 8,
      }),
    },
    answer('It leaves Cuxhaven at half past eleven.'),
  ],

  interrupt: {
    ...answer(
      'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen.',
    ),
    after: { text: 'four', then: 'stall' },
  },

  'live-tool-input': answer([toolUseBlock('book_table', { restaurant: 'Tasca do Chico', guests: 4, at: '20:30' })]),

  markdown: answer(
    '# The tides\n\nThe moon pulls **twice** a day:\n\n- the near side,\n\n  where the water follows,\n- and the far side\n\n' +
      '| tide | height |\n|---|--:|\n| spring | 4.2 m |\n| neap | 2.1 m |\n\n' +
      '```ts\nconst hours = 12.42;\n\nconst next = now + hours * 3_600_000;\n```\nThat is all.',
  ),

  'native-observable': {
    ...answer('One, two, three, four, five, six, seven, eight, nine, ten.'),
    after: { text: 'three', then: 'stall' },
  },

  'official-sdk': answer('Whichever client opened the stream, the operators are the same.'),

  mcp: [
    answer([toolUseBlock('harbour_get_tide', { harbour: 'Saint-Malo' }, { id: 'toolu_01' })]),
    answer('High tide is at 18:42, with 12.3 m.'),
  ],

  opentelemetry: [
    { status: 529, headers: { 'retry-after-ms': '10' }, body: errorEvent('overloaded_error', 'Overloaded') },
    answer([toolUseBlock('get_tide', { harbour: 'Saint-Malo' }, { id: 'toolu_01' })]),
    answer('High tide is at 18:42, with 12.3 m.'),
  ],

  'own-backend': answer('The service has it, and you do not.'),

  'own-retry': [
    { status: 529, body: errorEvent('overloaded_error', 'Overloaded') },
    answer('I am here.'),
    { status: 401, body: errorEvent('authentication_error', 'invalid x-api-key') },
  ],

  parallel: inThisOrder({ Norway: 'Oslo', Japan: 'Tokyo', Kenya: 'Nairobi', Peru: 'Lima' }),

  'partial-json': answer('{"name":"Roter Sand","metres":24.5,"lamps":["white","red"]}'),

  'raw-sse': answer('Just bytes.'),

  'response-headers': [{ status: 529, body: errorEvent('overloaded_error', 'Overloaded') }, answer('Hello!')],

  resumable: {
    ...answer(
      'The lamp is lit, the log is kept. Whoever comes late reads on from where they stopped, and misses nothing.',
    ),
    paceMs: 25,
  },

  retry: [
    { status: 529, body: errorEvent('overloaded_error', 'Overloaded') },
    { ...answer('At five past six in the morn'), after: { text: 'morn', then: 'end' } },
    answer('At five past six, and again half an hour before seven in the evening.'),
  ],

  share: answer('A lighthouse says one thing, all night long: here is the rock.'),

  snapshots: answer([
    'Let me book that.',
    toolUseBlock('book_table', { restaurant: 'Cervejaria Ramiro', guests: 4, at: '20:30' }),
  ]),

  state: [{ ...answer('Down the hill, th'), cutAtByte: 800 }, answer('Down the hill.')],

  'structured-output': answer(
    JSON.stringify({
      title: 'Alfama, uphill',
      stops: [
        { place: 'Museu do Fado', minutes: 60 },
        { place: 'Largo de São Miguel', minutes: 15 },
        { place: 'Portas do Sol', minutes: 30 },
      ],
    }),
  ),

  temperature: (request) => {
    const { temperature = 1 } = paramsOf(request);
    if (request.headers['anthropic-version'] !== '2023-06-01') return refusal('temperature');
    return answer(temperature === 0 ? 'The Daily Grind' : 'Bean There, Done That');
  },

  text: answer('Bom dia! ☀️ Buongiorno! Guten Tag! おはよう! Good morning!'),

  thinking: (request) => {
    const thoughts =
      'Twelve of them in a row: 1, 3, 5 … 23. Pairs add up to 24, and there are six pairs. 6 × 24 = 144.';
    const text = 'The sum of the first twelve odd numbers is 144, which is 12 squared.';
    return answer(paramsOf(request).thinking?.type === 'adaptive' ? [thinkingBlock(thoughts), text] : text);
  },

  timeouts: [
    { ...answer('I am here,'), after: { text: 'here,', then: 'stall' } },
    answer('I am here now.'),
    { ...answer('I am here,'), after: { text: 'here,', then: 'stall' } },
    answer('I am here now, whoever asks.'),
  ],

  'tool-use': (request) => {
    const results = toolResultsIn(paramsOf(request));
    if (results.length > 0) return answer(`Take an umbrella to Bergen only: ${results.join(', ')}.`);
    return answer([
      'Let me look at both.',
      toolUseBlock('get_weather', { city: 'Bergen' }, { id: 'toolu_01' }),
      toolUseBlock('get_weather', { city: 'Lisbon' }, { id: 'toolu_02' }),
    ]);
  },

  'tool-calls': answer([
    toolUseBlock('get_tide', { harbour: 'Cuxhaven' }, { id: 'toolu_01' }),
    toolUseBlock('get_tide', { harbour: 'Husum' }, { id: 'toolu_02' }),
  ]),

  typewriter: answer(
    'A typewriter is a machine 🏗️ that prints as fast as you type 👩🏽‍💻, and rings at the end of the line 🛎️.',
  ),

  usage: answer('Four score and seven years is 87 years.', {
    usage: { input_tokens: 41, cache_read_input_tokens: 2048, output_tokens: 17 },
  }),

  demo: (request) => ({
    events: eventsOf(
      message(
        [
          thinkingBlock(
            'A slow Sunday for two. The trams fill up by ten, so that comes first; Belém after it, while the pastries ' +
              'are warm. In late November the sun sets soon after five, so the viewpoint has to be reached by then.',
          ),
          textBlock(
            'Here is a slow Sunday ☀️ with short walks between the stops:\n\n' +
              '  1. 🚋 Tram 28 at half past eight, while it is still empty\n' +
              '  2. 🥐 Pastéis de nata in Belém, warm, with cinnamon\n' +
              '  3. 🏛️ The cloister of the Jerónimos, quiet at noon\n' +
              '  4. 🌅 Sunset at the Miradouro da Graça\n\n' +
              'I am putting it in your calendar.',
          ),
          toolUseBlock('add_to_calendar', {
            title: 'Sunday in Lisbon',
            date: '2026-11-29',
            stops: [
              { at: '08:30', place: 'Tram 28, from Martim Moniz' },
              { at: '10:30', place: 'Pastéis de Belém' },
              { at: '12:00', place: 'Mosteiro dos Jerónimos' },
              { at: '16:45', place: 'Miradouro da Graça' },
            ],
          }),
        ],
        { model: paramsOf(request).model, usage: { input_tokens: 618 } },
      ),
      { deltaLength: 6 },
    ),
    delayMs: 500,
    paceMs: 30,
  }),
} satisfies Record<string, MessagesScript>;

function message(content: NonNullable<BuildMessageOptions['content']>, fields: BuildMessageOptions = {}): Message {
  return buildMessage({ model: 'claude-opus-5-5', ...fields, content });
}

function answer(content: NonNullable<BuildMessageOptions['content']>, fields?: BuildMessageOptions): Reply {
  return { message: message(content, fields), paceMs: 10 };
}

/** Answers concurrent requests in the order of the list, each after the answer before it is complete. */
function inThisOrder(answers: Readonly<Record<string, string>>): MessagesScript {
  const answered$ = new BehaviorSubject(0);
  return async (request) => {
    const asked = JSON.stringify(paramsOf(request).messages);
    const position = Object.keys(answers).findIndex((name) => asked.includes(name));
    await firstValueFrom(answered$.pipe(filter((count) => count >= position)));
    void request.closed.then(() => {
      answered$.next(answered$.value + 1);
    });
    return { ...answer(Object.values(answers)[position] ?? 'Which country?'), delayMs: 100 };
  };
}

function refusal(field: string): Reply {
  return { status: 400, body: errorEvent('invalid_request_error', `${field}: Extra inputs are not permitted`) };
}

function paramsOf({ body }: RecordedRequest): MessageCreateParams {
  return body as MessageCreateParams;
}

function textOf({ content = '' }: MessageCreateParams['messages'][number]): string {
  if (typeof content === 'string') return content;
  return content.map((block) => ('text' in block ? String(block.text) : '')).join('');
}

function toolResultsIn({ messages }: MessageCreateParams): unknown[] {
  const content = messages.at(-1)?.content ?? [];
  if (typeof content === 'string') return [];
  return content.flatMap((block) => (block.type === 'tool_result' && 'content' in block ? [block.content] : []));
}
