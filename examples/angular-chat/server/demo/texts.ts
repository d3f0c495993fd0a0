// What the demo model writes.

export const LISBON = `Two days are enough for the old city, if you walk and leave the museums for the rain.

### Saturday: down to the river

Start high, at **Miradouro da Senhora do Monte**, before nine, when the light is still soft. Then let the streets take you down through Mouraria to the cathedral.

1. **Morning.** Coffee in Graça, then the viewpoints on foot.
2. **Noon.** Grilled sardines in Alfama. Order the house wine.
3. **Evening.** The ferry to Cacilhas. It costs less than a coffee, and has the best view of the city.

### Sunday: along the water

| Time | Where | How |
|---|---|---|
| 9:30 | Jerónimos Monastery, at opening | Tram 15E |
| 11:30 | MAAT, walk over the roof | 20 min on foot |
| 13:00 | Lunch in LX Factory | Bus 714 |
| 16:00 | Gulbenkian garden | Metro to São Sebastião |

> Tram 28 is charming in pictures and full in practice. Walk its route instead: it is only 3 km.

Pack shoes with soles that grip. The pavements are limestone, and **slippery when wet**.`;

export const CODE = `A debounce waits until values stop arriving, then emits the last one. With RxJS it is one operator; by hand, it is mostly about cleaning up:

\`\`\`ts
import { Observable, type MonoTypeOperatorFunction } from 'rxjs';

/** Emits a value once nothing has followed it for \`ms\`. */
export function debounce<T>(ms: number): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const subscription = source.subscribe({
        next: (value) => {
          clearTimeout(timer);
          timer = setTimeout(() => subscriber.next(value), ms);
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      return () => {
        clearTimeout(timer);
        subscription.unsubscribe();
      };
    });
}
\`\`\`

Two details are easy to miss:

- The teardown clears the timer, so **nothing is emitted after you unsubscribe**.
- \`complete\` drops a value that still waits. RxJS's own \`debounceTime\` emits it first.

Use it like any operator:

\`\`\`ts
search$.pipe(debounce(300), switchMap((query) => find(query))).subscribe(show);
\`\`\``;

export const PIANO_THINKING =
  'A Fermi estimate: split the question into factors that I can guess within a factor of two or three. ' +
  'Population of Chicago: 2.7 million. People per household: about 2.5, so roughly 1.1 million households. ' +
  'How many have a piano? One in twenty sounds right, and schools and churches add a little. ' +
  'A piano is tuned about once a year. A tuner manages four a day, for 250 days. ' +
  'So 55,000 pianos divided by 1,000 per tuner: 55. Errors up and down should partly cancel.';

export const PIANO = `**About 55**, and I would be surprised by fewer than 25 or more than 120.

| Factor | Estimate |
|---|--:|
| Households in Chicago | 1,100,000 |
| Households with a piano | 1 in 20 |
| Pianos | 55,000 |
| Tunings per piano and year | 1 |
| Tunings per tuner and year | 1,000 |

The weakest guess is how many households own a piano. If it is 1 in 50, the answer falls to 22.`;

export const TABLE_THINKING =
  'They want a table for four on Friday. I need a restaurant that is free, so I look first, and ask before I book.';

export const LOOKING = 'I will look for a table for four on Friday.';

export const FOUND = `Three restaurants have a table. **Prado** suits you best: it is quiet, has a table at 20:30, and its menu changes with the season. Shall I book it?`;

export const BOOKED = `Done. Your table at **Prado** is booked for **Friday, 12 March, at 20:30**, for four people, in Ada's name.

The reference is \`REFERENCE\`. You can cancel free of charge until Thursday noon.`;

export const NOT_BOOKED =
  'I have not booked anything. **Cervejaria Ramiro** has a table at 21:30, and **Taberna da Rua das Flores** one at 19:30. Would you prefer one of them?';

export const TIDES = `The tide comes in twice a day, and the moon is most of the reason.

### Two bulges

The moon pulls the near side of the earth a little more than its centre, and the centre a little more than the far side. The water therefore rises in two bulges: one towards the moon, one away from it. The earth turns beneath them, so a harbour passes through both in a day.

### Why the times shift

The moon moves on while the earth turns. It takes the earth another 50 minutes to catch up with it, so high water comes 50 minutes later each day.

### Springs and neaps

- At new and full moon, the sun pulls along the same line. The range is large: a **spring tide**.
- At the half moons, it pulls across. The range is small: a **neap tide**.

The coast does the rest. A funnel such as the Bay of Fundy piles the water up to 16 metres; in the Mediterranean, which is nearly closed, it hardly moves at all.`;

export const OVERLOADED =
  'The model was overloaded twice. The service waited for as long as the API asked it to, while you saw a countdown, and sent the request again. Nothing of this answer was shown before, so nothing had to be withdrawn.';

export const CONNECTION = `The connection between the service and the model is lost in the middle of this answer, on purpose. Watch the banner: the service reconnects, sends back what had arrived, and asks the model to continue exactly there.

You will not find the seam. No word is missing, none is doubled, and the sentence that was interrupted ends as if nothing had happened. The tokens of both requests are counted, since both are billed.

The same holds between your browser and the service: try the tunnel mode of your phone, or the offline switch of the developer tools.`;

export const FAILURE = `This answer fails half way, more often than the service retries. What had arrived stays, and you can continue it: the model then writes on from where it was interrupted.

That is the whole trick: an answer that ends early is never mistaken for a complete one, and it is never thrown away either. If you read this sentence, you have continued it.`;

export const UNKNOWN = `I am a **demo model**: my answers are written in advance, so that you can try this application without an API key. Ask me about one of these:

- a weekend in Lisbon, or why there are tides
- the code of a debounce, in TypeScript
- how many piano tuners there are in Chicago, which I have to think about
- a table for four on Friday, which takes two tools and your approval
- what happens if the *connection* is lost, the model is *overloaded*, or an answer *fails*

With \`ANTHROPIC_API_KEY\` set, the same application talks to Claude.`;
