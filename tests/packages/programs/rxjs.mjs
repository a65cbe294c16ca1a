import { Subject, firstValueFrom, forkJoin, from, interval, lastValueFrom, of, throwError, timer } from 'rxjs';
import { bufferCount, map, retry, scan, switchMap, take, toArray } from 'rxjs/operators';

export async function run() {
  const seen = [];
  const subject = new Subject();
  subject.pipe(scan((sum, n) => sum + n, 0)).subscribe((sum) => seen.push(sum));
  subject.next(1);
  subject.next(4);
  let tries = 0;
  const attempt = () => { tries += 1; return tries < 3 ? throwError(() => new Error('not yet')) : of('ok'); };
  return [
    await lastValueFrom(interval(2).pipe(take(4), map((n) => n * n), toArray())), seen, await firstValueFrom(of(1).pipe(switchMap(attempt), retry(5))), tries,
    await lastValueFrom(forkJoin({ x: of(1, 2), y: timer(2) })), await lastValueFrom(from([1, 2, 3, 4, 5]).pipe(bufferCount(2), toArray())),
  ];
}
