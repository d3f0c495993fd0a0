/** The ways in which a page reads a message and renders its Markdown. They run in the browser. */
import Anthropic from '@anthropic-ai/sdk';
import { connect, map, merge, scan, type Observable } from 'rxjs';
import {
  auditFrame,
  bufferByMarkdownBlock,
  coalesceDeltas,
  fromResponse,
  messageState,
  textDeltas,
  type MessageState,
  type MessageStreamEvent,
} from 'rxjs-anthropic';
import { readByHand, SDK_PARAMS } from '../loops.js';
import { OURS } from '../report.js';

/** Where a reader shows the text. */
export interface Screen {
  /** Renders the entire text. */
  show(text: string): void;
  /** Renders the blocks that are new, and the text of the block that can still grow. */
  showBlocks(blocks: readonly string[], open: string): void;
}

/** A text of which only the last block can still change. */
interface View {
  readonly blocks: readonly string[];
  readonly open: string;
}

export const UNCOALESCED = `${OURS}, messageState()`;
export const SDK_TEXT = 'official SDK, text listener';
const COALESCED = `${OURS}, coalesceDeltas(), messageState()`;
const AUDITED = `${OURS}, messageState(), auditFrame()`;
export const BLOCKS = `${OURS}, bufferByMarkdownBlock(), auditFrame()`;

/** Those that render at most once per frame. */
export const COALESCED_READERS: readonly string[] = [COALESCED, AUDITED, BLOCKS];

export const READERS: Readonly<Record<string, (screen: Screen) => Promise<void>>> = {
  [COALESCED]: (screen) => showStates(events().pipe(coalesceDeltas(), messageState()), screen),
  [AUDITED]: (screen) => showStates(events().pipe(messageState(), auditFrame()), screen),
  [BLOCKS]: (screen) =>
    viewsOf(events()).forEach(({ blocks, open }) => {
      screen.showBlocks(blocks, open);
    }),
  [UNCOALESCED]: (screen) => showStates(events().pipe(messageState()), screen),
  [SDK_TEXT]: async (screen) => {
    const client = new Anthropic({ apiKey: 'test', baseURL: location.origin, dangerouslyAllowBrowser: true });
    const stream = client.messages.stream(SDK_PARAMS).on('text', (_, text) => {
      screen.show(text);
    });
    await stream.done();
  },
  'hand-written loop': async (screen) => {
    let text = '';
    await readByHand(await request(), ({ delta }) => {
      if (delta?.text !== undefined) screen.show((text += delta.text));
    });
  },
};

function request(signal?: AbortSignal): Promise<Response> {
  return fetch('/v1/messages', { method: 'POST', body: '{}', ...(signal && { signal }) });
}

function events(): Observable<MessageStreamEvent> {
  return fromResponse(request);
}

/** Shows each state whose text is another one, as a screen does. */
function showStates(states$: Observable<MessageState>, screen: Screen): Promise<void> {
  let shown = '';
  return states$.forEach(({ text }) => {
    if (text !== shown) screen.show((shown = text));
  });
}

/** The example in docs/pacing.md. */
function viewsOf(events$: Observable<MessageStreamEvent>): Observable<View> {
  return events$.pipe(
    textDeltas(),
    connect((text$) =>
      merge(
        text$.pipe(map((text) => (view: View): View => ({ ...view, open: view.open + text }))),
        text$.pipe(
          bufferByMarkdownBlock(),
          map((block) => (view: View): View => ({
            blocks: [...view.blocks, block],
            open: view.open.slice(block.length),
          })),
        ),
      ),
    ),
    scan((view, change) => change(view), { blocks: [], open: '' } as View),
    auditFrame(),
  );
}
