import { runCommandLine } from '../../src/cli/run-command-line.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';

/**
 * The service, run as a process of its own, with a log that keeps nothing and says so at once: for benchmarks alone. Everything before
 * and behind the append is the same, so the difference is what durability costs. An append still ends in a later turn of the event
 * loop, as if a disk of no latency had answered; one that ended in the same turn would leave no time for company and be slower.
 */
WorkerEventLog.prototype.append = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

await runCommandLine(process.argv.slice(2));
