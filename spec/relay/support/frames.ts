import { lastValueFrom, toArray, type Observable } from 'rxjs';

/** All frames of a stream. */
export function framesOf(frames: Observable<string>): Promise<string[]> {
  return lastValueFrom(frames.pipe(toArray()));
}

/** The value in the data of a frame. */
export function dataOf(frame: string): unknown {
  return JSON.parse(/\ndata: ([^\r\n]*)\n\n$/.exec(`\n${frame}`)?.[1] ?? 'null');
}
