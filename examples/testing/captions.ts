/** The pipeline that the tests in this folder are about: a numbered caption for each sentence of an answer. */
import { map, pipe } from 'rxjs';
import { bufferBySentence, textDeltas } from 'rxjs-anthropic';

export function captions() {
  return pipe(
    textDeltas(),
    bufferBySentence(),
    map((sentence, index) => `${index + 1}. ${sentence.trim()}`),
  );
}
