import {
  computed,
  createEnvironmentInjector,
  effect,
  EnvironmentInjector,
  inject,
  Injectable,
  runInInjectionContext,
  signal,
  untracked,
  type Signal,
  type WritableSignal,
} from '@angular/core';
import { injectChat, type SavedChat } from './chat/chat';

/** A conversation in the list. It continues while another one is shown. */
export interface OpenChat extends ReturnType<typeof injectChat> {
  readonly id: string;
  /** The first message, in short. */
  readonly title: Signal<string>;
  /** What has been typed and not been sent. */
  readonly draft: WritableSignal<string>;
  close(): void;
}

interface SavedChats {
  readonly activeId: string;
  readonly chats: readonly { readonly id: string; readonly draft: string; readonly saved: SavedChat }[];
}

const NEW_CHAT: SavedChat = { history: [], ids: [] };

const STORAGE_KEY = 'chats';

/** All conversations of the tab. Those that fit into its storage survive a reload, with the answers that are being written. */
@Injectable({ providedIn: 'root' })
export class Chats {
  private readonly parent = inject(EnvironmentInjector);
  private readonly chats = signal<readonly OpenChat[]>([]);
  private readonly activeId = signal('');
  private readonly leftOut = signal<ReadonlySet<string>>(new Set(), { equal: isSameSet });

  /** Those in which something has been asked, the newest first. */
  readonly started = computed(() => this.chats().filter(({ state }) => state().turns.length > 0));
  readonly active = computed(() => this.chats().find(({ id }) => id === this.activeId()));

  constructor() {
    const { chats, activeId } = read();
    this.chats.set(chats.map(({ id, draft, saved }) => this.open(id, saved, draft)));
    if (this.chats().length === 0) this.create();
    else this.activeId.set(activeId);
    // Not with every word: the service has recorded the answer that is being written.
    const changes = computed(() =>
      this.chats()
        .map(({ id, state }) => `${id} ${state().status} ${state().turns.length}`)
        .join(),
    );
    effect(() => {
      changes();
      this.activeId();
      untracked(() => this.save());
    });
    addEventListener('pagehide', () => this.save());
  }

  /** Shows an empty conversation: a new one, unless there is one already. */
  create(): void {
    const empty = this.chats().find(({ state }) => state().turns.length === 0);
    const chat = empty ?? this.open(crypto.randomUUID(), NEW_CHAT, '');
    if (empty === undefined) this.chats.update((chats) => [chat, ...chats]);
    this.activeId.set(chat.id);
  }

  /** Whether a conversation will not survive a reload, because the storage of the tab is full. */
  isLeftOut({ id }: OpenChat): boolean {
    return this.leftOut().has(id);
  }

  select(id: string): void {
    this.activeId.set(id);
  }

  /** Removes a conversation, and stops its answer. */
  remove(removed: OpenChat): void {
    removed.close();
    this.chats.update((chats) => chats.filter((chat) => chat !== removed));
    if (this.active() !== undefined) return;
    const [next] = this.chats();
    if (next === undefined) this.create();
    else this.activeId.set(next.id);
  }

  /** Each conversation has an injector of its own, with which it ends. */
  private open(id: string, saved: SavedChat, draft: string): OpenChat {
    const injector = createEnvironmentInjector([], this.parent);
    const chat = runInInjectionContext(injector, () => injectChat(saved));
    const title = computed(() => {
      const text =
        chat
          .state()
          .turns.find(({ role }) => role === 'user')
          ?.text.trim() ?? '';
      const [line = ''] = text.split('\n', 1);
      return line === '' ? 'New conversation' : line.slice(0, 80);
    });
    const close = () => {
      chat.stop();
      injector.destroy();
    };
    return { ...chat, id, title, draft: signal(draft), close };
  }

  private save(): void {
    const activeId = this.activeId();
    const all = this.chats().map(({ id, draft, save }) => ({ id, draft: draft(), saved: save() }));
    // Those that do not fit are left out, the oldest first, and the one that is shown last.
    const byAge = [...all.filter(({ id }) => id !== activeId).reverse(), ...all.filter(({ id }) => id === activeId)];
    const leftOut = new Set<string>();
    while (!write({ activeId, chats: all.filter(({ id }) => !leftOut.has(id)) })) {
      const next = byAge.find(({ id }) => !leftOut.has(id));
      if (next === undefined) break;
      leftOut.add(next.id);
    }
    this.leftOut.set(leftOut);
  }
}

/** Returns whether the conversations fit into the storage of the tab. Nothing stays there that is out of date. */
function write(saved: SavedChats): boolean {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(saved));
    return true;
  } catch (error) {
    sessionStorage.removeItem(STORAGE_KEY);
    if (error instanceof DOMException && error.name === 'QuotaExceededError') return false;
    throw error;
  }
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

function read(): SavedChats {
  const text = sessionStorage.getItem(STORAGE_KEY);
  return text === null ? { activeId: '', chats: [] } : (JSON.parse(text) as SavedChats);
}
