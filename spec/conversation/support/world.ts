/** A conversation, a service and an API that fail in every way, for the properties of conversations. */
import { Observable, Subject, throwError, type Subscriber } from 'rxjs';
import { z } from 'zod';
import {
  conversation,
  defineTool,
  OverloadedError,
  resumeRun,
  runTools,
  type AnyEvent,
  type ContentBlockParam,
  type Conversation,
  type ConversationState,
  type MessageParam,
  type MessageStreamEvent,
  type RunState,
  type StopReason,
} from '../../../src/index.js';
import {
  buildMessage,
  eventsOf,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../../src/testing/index.js';
import { refusalOf } from '../../history/support/api.js';
import { found, search } from '../../history/support/partials.js';
import { restart } from '../../support/events.js';

/** Where tools run: nowhere, in the conversation, or in the service. */
export type Mode = 'no tools' | 'tools here' | 'tools in the service';

/** What a message of the model consists of, and why it stops. */
export interface Script {
  readonly blocks: readonly ('thinking' | 'text' | 'blank' | 'search' | 'open search' | keyof typeof TOOLS)[];
  readonly stop: StopReason | 'usual';
  /** Whether its calls have ids that other calls have too. */
  readonly repeatsIds: boolean;
}

export type Action =
  | { readonly type: 'send' | 'edit' | 'step' | 'go on'; readonly n: number }
  | {
      readonly type:
        | 'stop'
        | 'retry'
        | 'continue'
        | 'approve'
        | 'decline'
        | 'reset'
        | 'fail'
        | 'cut'
        | 'restart'
        | 'finish tools'
        | 'save and restore';
    };

const anything = z.object({}).loose();

const TOOLS = {
  works: 'works',
  fails: 'fails',
  takes: 'takes',
  asks: 'asks',
  unknown: 'unknown',
} as const;

/** A request to the API. */
interface ApiRequest {
  readonly subscriber: Subscriber<AnyEvent>;
  rest: readonly MessageStreamEvent[];
  /** The text of the message that the request continues. */
  readonly before: string;
  /** The text that the request has sent; undefined before its message has started. */
  text: string | undefined;
}

/** The statuses in which something happens. */
const BUSY: ReadonlySet<string> = new Set(['connecting', 'thinking', 'streaming', 'tool', 'retrying', 'reconnecting']);

export class World {
  readonly states: ConversationState[] = [];
  /** The messages of the last request, if what is sent next has to begin with them. */
  #sent: readonly MessageParam[] = [];
  readonly #mode: Mode;
  readonly #scripts: readonly Script[];
  readonly #open: ApiRequest[] = [];
  readonly #running = new Set<Subject<string>>();
  /** The runs of the service that have paused, by the ids of their requests. */
  readonly #paused = new Map<string, RunState>();
  #chat: Conversation;
  #count = 0;
  /** The text of the message that the next request continues. */
  #continuedText = '';

  constructor(mode: Mode, scripts: readonly Script[]) {
    this.#mode = mode;
    this.#scripts = scripts;
    this.#chat = this.#create([]);
  }

  get chat(): Conversation {
    return this.#chat;
  }

  /** Lets something happen. */
  act(action: Action): void {
    const chat = this.#chat;
    const request = this.#open.at(-1);
    const { turns, tools } = chat.state;
    if (['edit', 'retry', 'reset', 'save and restore'].includes(action.type)) this.#sent = [];
    const waiting = tools.find(({ status }) => status === 'approval');
    switch (action.type) {
      case 'send':
        chat.send(`Question ${action.n}`);
        return;
      case 'edit': {
        const questions = turns.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
        const index = questions[action.n % (questions.length || 1)];
        if (index !== undefined) chat.edit(index, [{ type: 'text', text: `Other question ${action.n}` }]);
        return;
      }
      case 'go on':
        this.act(this.#nextAction(action.n));
        return;
      case 'step':
        for (let i = 0; i < action.n; i += 1) this.#step(this.#open.at(-1));
        return;
      case 'approve':
        chat.approve(waiting?.id ?? 'none');
        return;
      case 'decline':
        chat.decline(waiting?.id ?? 'none', 'No.');
        return;
      case 'fail':
        request?.subscriber.error(new OverloadedError('Overloaded', { status: 529 }));
        return;
      case 'cut':
        request?.subscriber.complete();
        return;
      case 'restart':
        // Nothing is retried once a message is complete.
        if (request === undefined || request.rest.length === 0) return;
        request.rest = this.#nextMessage();
        request.text = undefined;
        request.subscriber.next(restart({ error: new OverloadedError('Overloaded', { status: 529 }) }));
        return;
      case 'finish tools':
        for (const tool of this.#running) {
          tool.next('finished');
          tool.complete();
        }
        return;
      case 'save and restore': {
        const saved = JSON.stringify(chat.history);
        chat.destroy();
        this.states.length = 0;
        this.#chat = this.#create(JSON.parse(saved) as MessageParam[]);
        if (JSON.stringify(this.#chat.history) !== saved) this.#refusals.push(`restored another history than ${saved}`);
        return;
      }
      case 'continue':
        if (chat.state.canContinue) this.#continuedText = turns.at(-1)?.text ?? '';
        chat.continue();
        return;
      default:
        chat[action.type]();
    }
  }

  /**
   * Returns what is wrong with the conversation, as it is now.
   *
   * @param isSettled - Whether the promises of tools have settled, so that something else must be awaited.
   */
  faults(isSettled: boolean): string[] {
    const { state, history } = this.#chat;
    const { status, turns, current, tools, canContinue, canRetry } = state;
    // The type says when there is an error. Here it is checked.
    const { error }: { readonly error?: unknown } = state;
    const ids = turns.map(({ id }) => id);
    const isBusy = BUSY.has(status);
    const isWaiting = tools.some((tool) => tool.status === 'approval');
    const request = this.#open[0];
    const shown = request?.text === undefined ? undefined : request.before + request.text;
    const works = this.#open.length > 0 || this.#running.size > 0;
    const faults: Record<string, boolean> = {
      'more than one request': this.#open.length > 1,
      'two turns with one id': new Set(ids).size < ids.length,
      [`${status}, but nothing happens`]: isSettled && isBusy && !works && !isWaiting,
      [`${status}, but a request is open`]: ['idle', 'error', 'aborted'].includes(status) && works,
      'a call waits, but the answer has ended': isWaiting && ['idle', 'done', 'error', 'aborted'].includes(status),
      'a call is open, but the answer has ended':
        tools.some((tool) => ['writing', 'running'].includes(tool.status)) &&
        ['idle', 'error', 'aborted'].includes(status) &&
        !this.#isUnresumed,
      'waits for approval of nothing': status === 'approval' && !isWaiting,
      'the current turn is not the last one': current !== undefined && turns.at(-1) !== current,
      'a current turn, but nothing is in progress': current !== undefined && !isBusy && status !== 'approval',
      'can continue or retry while busy': (canContinue || canRetry) && (isBusy || status === 'approval'),
      'an error that is not shown': status === 'error' && error === undefined,
      [`shows ${JSON.stringify(current?.text)} instead of ${JSON.stringify(shown)}`]:
        shown !== undefined && current !== undefined && withoutSpace(current.text) !== withoutSpace(shown),
      'a turn has changed that is not the last one': this.states.some((_, index) => this.#changesEarlierTurns(index)),
      'not frozen': !isFrozen(state),
      'the last state was not emitted': this.states.at(-1) !== state,
    };
    const found = Object.entries(faults).flatMap(([fault, isFound]) => (isFound ? [fault] : []));
    const next: MessageParam[] = history.at(-1)?.role === 'user' ? [] : [{ role: 'user', content: 'Go on.' }];
    const refused = refusal([...history, ...next]);
    return [...found, ...this.#refusals, ...(refused === undefined ? [] : [`history: ${refused}`])];
  }

  /** Whether turns before the last one are other objects than in the state before. */
  #changesEarlierTurns(index: number): boolean {
    const { turns } = this.states[index] ?? { turns: [] };
    const before = this.states[index - 1]?.turns.slice(0, -1) ?? [];
    return turns.length > before.length && before.some((turn, at) => turn !== turns[at]);
  }

  /** Why the API has refused requests. */
  readonly #refusals: string[] = [];

  /** Whether the request that was to resume a run has failed at once, so that it can be resumed again. */
  get #isUnresumed(): boolean {
    return this.#mode === 'tools in the service' && this.#chat.state.status === 'error';
  }

  /** Returns what a user and a service usually do next. */
  #nextAction(n: number): Action {
    const { status, canContinue, canRetry } = this.#chat.state;
    if (status === 'approval') return { type: n % 3 === 0 ? 'decline' : 'approve' };
    if (this.#open.length > 0) return { type: 'step', n };
    if (this.#running.size > 0) return { type: 'finish tools' };
    if (canContinue && n % 4 > 0) return { type: 'continue' };
    return canRetry && n % 2 > 0 ? { type: 'retry' } : { type: 'send', n };
  }

  #create(history: readonly MessageParam[]): Conversation {
    const tools = this.#tools();
    const chat = conversation({
      history,
      ...(this.#mode === 'tools here' && { tools, runTools }),
      request: ({ messages, resume, id }) => {
        if (this.#mode !== 'tools in the service') return this.#api(messages);
        const params = { model: 'claude-opus-5-5', max_tokens: 1024 };
        const options = {
          tools,
          onTool: ({ needsApproval }: { needsApproval: boolean }) => !needsApproval || ('pause' as const),
          request: (asked: { readonly messages: readonly MessageParam[] }) =>
            this.#api(asked.messages) as Observable<MessageStreamEvent>,
          onState: (state: RunState) => void this.#paused.set(id, state),
        };
        if (resume === undefined) return runTools({ ...params, messages }, options);
        const state = this.#paused.get(resume.id);
        if (state === undefined) return throwError(() => new Error('The service does not know this run.'));
        return resumeRun(state, resume.decisions, params, options);
      },
    });
    chat.state$.subscribe((state) => this.states.push(state));
    return chat;
  }

  #tools() {
    const run = (name: string, output: () => unknown, needsApproval = false) =>
      defineTool({ name, input: anything, needsApproval, run: output });
    return [
      run('works', () => 'done'),
      run('fails', () => Promise.reject(new Error('broken'))),
      run('takes', () => this.#takeTime()),
      run('asks', () => 'allowed', true),
    ];
  }

  #takeTime(): Observable<string> {
    return new Observable((subscriber) => {
      const end = new Subject<string>();
      this.#running.add(end);
      subscriber.add(end.subscribe(subscriber));
      return () => this.#running.delete(end);
    });
  }

  #api(messages: readonly MessageParam[]): Observable<AnyEvent> {
    const refused = refusal(messages);
    if (refused !== undefined) this.#refusals.push(`request: ${refused}`);
    const before = this.#continuedText;
    this.#continuedText = '';
    return new Observable((subscriber) => {
      const isAppended = this.#sent.every((message, index) => isAppendedTo(message, messages[index]));
      if (!isAppended)
        this.#refusals.push(`request: an earlier turn has changed\n${JSON.stringify([this.#sent, messages], null, 1)}`);
      // The question with which a message is continued is not a part of the conversation afterwards. A paused message may have
      // calls that are never answered.
      const isContinued = JSON.stringify(messages).includes('<end_of_previous_answer>');
      this.#sent = isContinued || messages.at(-1)?.role === 'assistant' ? [] : messages;
      const request: ApiRequest = {
        subscriber,
        rest: this.#nextMessage(openSearches(messages)),
        before,
        text: undefined,
      };
      this.#open.push(request);
      return () => void this.#open.splice(this.#open.indexOf(request), 1);
    });
  }

  #step(request: ApiRequest | undefined): void {
    if (request === undefined) return;
    const [event, ...rest] = request.rest;
    request.rest = rest;
    if (event === undefined) {
      request.subscriber.complete();
      return;
    }
    if (event.type === 'message_start') request.text = '';
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
      request.text = (request.text ?? '') + event.delta.text;
    }
    request.subscriber.next(event);
  }

  /** @param open - The searches of a paused message, whose results the next message begins with. */
  #nextMessage(open: readonly string[] = []): readonly MessageStreamEvent[] {
    const script = this.#scripts[this.#count % this.#scripts.length];
    this.#count += 1;
    if (script === undefined) throw new Error('no script');
    const id = this.#count;
    const hasCalls = script.blocks.some((block) => block in TOOLS);
    const isPaused = script.stop === 'pause_turn' && script.blocks.at(-1) === 'open search' && !hasCalls;
    // The API would run a search only after the calls, and have its result in the next message.
    const blocks = script.blocks.filter((block) => block !== 'open search' || !hasCalls);
    if (script.stop === 'refusal') this.#sent = []; // the question is left out
    const content = blocks.flatMap((block, index): (AnyContentBlock | string)[] => {
      const searchId = `srvtoolu_${id}_${index}`;
      switch (block) {
        case 'thinking':
          return [thinkingBlock(`Thought ${id}.${index}`)];
        case 'text':
          return [`Text ${id}.${index}, words`];
        case 'blank':
          return [' \n'];
        case 'search':
          return [
            { ...search, id: searchId },
            { ...found, tool_use_id: searchId },
          ];
        case 'open search':
          return [{ ...search, id: searchId }];
        default:
          return [toolUseBlock(block, { n: index }, { id: script.repeatsIds ? 'toolu' : `toolu_${id}_${index}` })];
      }
    });
    const usual = hasCalls ? 'tool_use' : 'end_turn';
    const stop_reason = script.stop === 'usual' || (script.stop === 'pause_turn' && !isPaused) ? usual : script.stop;
    const results = open.map((tool_use_id) => ({ ...found, tool_use_id }));
    return eventsOf(buildMessage({ id: `msg_${id}`, content: [...results, ...content], stop_reason }), {
      deltaLength: 6,
    });
  }
}

/** Why the API would refuse a request; undefined if it accepts it. */
function refusal(messages: readonly MessageParam[]): string | undefined {
  const repeated = messages.findIndex(({ role }, index) => role === 'user' && messages[index - 1]?.role === 'user');
  if (repeated !== -1) return `messages.${repeated}: two messages of the user`;
  if (messages[0]?.role !== 'user') return 'the first message is not of the user';
  const why = refusalOf({ model: 'claude-opus-5-5', max_tokens: 1, messages: joined(messages) });
  return why === undefined ? undefined : `${why}\n${JSON.stringify(messages, null, 1)}`;
}

function blocksOf({ content }: MessageParam): readonly ContentBlockParam[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
}

/** A paused message and the rest of it are one message to the API. */
function joined(messages: readonly MessageParam[]): MessageParam[] {
  const result: MessageParam[] = [];
  for (const message of messages) {
    const before = result.at(-1);
    if (before?.role === 'assistant' && message.role === 'assistant') {
      result[result.length - 1] = {
        ...message,
        content: [...blocksOf(before), ...blocksOf(message)],
      };
    } else {
      result.push(message);
    }
  }
  return result;
}

/** The ids of the searches without a result at the end of a paused message. */
function openSearches(messages: readonly MessageParam[]): string[] {
  const last = joined(messages).at(-1);
  if (last?.role !== 'assistant') return [];
  const blocks = blocksOf(last) as readonly { type: string; id?: string; tool_use_id?: string }[];
  const known = new Set(blocks.map(({ tool_use_id }) => tool_use_id));
  return blocks.flatMap(({ type, id = '' }) => (type === 'server_tool_use' && !known.has(id) ? [id] : []));
}

/** Whether a message is the same as in the request before. Another question may have been added to one without an answer. */
function isAppendedTo(before: MessageParam, now: MessageParam | undefined): boolean {
  if (now?.role !== before.role) return false;
  const [old, all] = [blocksOf(before), blocksOf(now)];
  const same = before.role === 'user' ? all.slice(0, old.length) : all;
  return JSON.stringify(same) === JSON.stringify(old);
}

/** White space where two requests meet is not sent twice. */
function withoutSpace(text: string): string {
  return text.replace(/\s/g, '');
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Error) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}
