import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ForgottenPeer, RetentionCut } from './log-keeper.js';

/** What an operator's tool asks of the service that runs on a data directory. */
export type MaintenanceRequest =
  | Readonly<{ kind: 'retain'; cuts: readonly RetentionCut[] }>
  | Readonly<{ kind: 'forget'; peers: readonly ForgottenPeer[] }>;

export type MaintenanceAnswer = Readonly<{ ok: true } | { ok: false; reason: string }>;

const FOLDER = 'requests';
const REQUEST = '.request.json';
const ANSWER = '.answer.json';

/**
 * The folder in a data directory through which tools ask the service that has the log. Whoever may write into the directory may ask: he
 * could change the log itself. A request is there as a whole or not at all.
 */
export class RequestBox {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, FOLDER);
  }

  /** Puts a request in. @returns its name, by which the answer is found. */
  put(request: MaintenanceRequest): string {
    mkdirSync(this.#folder, { recursive: true });
    const name = randomUUID();
    this.#write(name + REQUEST, request);
    return name;
  }

  /** Requests that wait, in no particular order; `[]` also when nobody ever asked. */
  waiting(): string[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith(REQUEST))
      .map((name) => name.slice(0, -REQUEST.length));
  }

  /** Takes a request out. */
  take(name: string): MaintenanceRequest {
    const file = join(this.#folder, name + REQUEST);
    const request = JSON.parse(readFileSync(file, 'utf8')) as MaintenanceRequest;
    rmSync(file);
    return request;
  }

  answer(name: string, answer: MaintenanceAnswer): void {
    this.#write(name + ANSWER, answer);
  }

  /** The answer, once; null while there is none. */
  collect(name: string): MaintenanceAnswer | null {
    const file = join(this.#folder, name + ANSWER);
    if (!existsSync(file)) return null;
    const answer = JSON.parse(readFileSync(file, 'utf8')) as MaintenanceAnswer;
    rmSync(file);
    return answer;
  }

  /** Takes a request back that nobody has taken. @returns false when somebody has. */
  withdraw(name: string): boolean {
    const file = join(this.#folder, name + REQUEST);
    if (!existsSync(file)) return false;
    rmSync(file, { force: true });
    return true;
  }

  /** Removes what is left of askers and services that are gone. */
  empty(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, content: object): void {
    const unfinished = join(this.#folder, `.${name}`);
    writeFileSync(unfinished, JSON.stringify(content));
    renameSync(unfinished, join(this.#folder, name));
  }
}
