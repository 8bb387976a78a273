type Task = (done: () => void) => void;

/** Lets tasks with the same key run one after another; those with different keys do not wait for each other. */
export class Turns {
  readonly #lines = new Map<string, Task[]>();

  /** Runs `task` at once, or when all before it are done. It must call `done` exactly once, now or later. */
  take(key: string, task: Task): void {
    const line = this.#lines.get(key);
    if (line !== undefined) {
      line.push(task);
      return;
    }
    const opened = [task];
    this.#lines.set(key, opened);
    this.#run(key, opened);
  }

  /** A loop and not a chain of calls: a long line of tasks that are done at once must not exhaust the stack. */
  #run(key: string, line: Task[]): void {
    for (let task = line[0]; task !== undefined; task = line[0]) {
      if (!this.#isDoneAtOnce(task, key, line)) return;
      line.shift();
    }
    this.#lines.delete(key);
  }

  #isDoneAtOnce(task: Task, key: string, line: Task[]): boolean {
    const progress = { done: false, returned: false };
    task(() => {
      progress.done = true;
      if (!progress.returned) return;
      line.shift();
      this.#run(key, line);
    });
    progress.returned = true;
    return progress.done;
  }
}
